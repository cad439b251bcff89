public import Recording

/// A name for an expression, to be used in others: `r = reward_model.weight[*]`.
public struct NamedExpression: Sendable {
  public let name: String
  public let expression: Expression

  /// Gives an expression a name; an error says what is wrong with the name or with the expression.
  /// - Parameters:
  ///   - name: A letter, then letters, digits and `_`; not what already has a meaning.
  ///   - text: The expression.
  ///   - glossary: The terms that there are.
  ///   - names: Those given before, which it may use.
  public init(
    _ name: String, _ text: String, glossary: Glossary, names: [NamedExpression]
  ) throws(ExpressionError) {
    guard !name.isEmpty, !name.contains("." as Character), Self.name(startOf: Substring(name)) == name else {
      throw ExpressionError("«\(name)» cannot be a name: a letter, then letters, digits and _")
    }
    let isFunction = Expression.Function(rawValue: name) != nil || ["grad", "metric", "clipped"].contains(name)
    if isFunction || glossary.index(ofName: name) != nil {
      throw ExpressionError("\(name) means something already; take another name")
    }
    self.name = name
    expression = try Expression(parsing: text, glossary: glossary, names: names)
  }

  /// The longest name that a text begins with.
  static func name(startOf text: Substring) -> String {
    let isLetter = { (character: Character) in ("a"..."z").contains(character) || ("A"..."Z").contains(character) }
    guard let first = text.first, isLetter(first) else { return "" }
    return String(text.prefix { isLetter($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "." })
  }
}
