import Documents
import Objectives
public import Recording

/// A question about recorded numbers: `ratio[0,2]`, `mean(advantage[0,*])`, `grad(logp[0,1]) < 0`.
///
/// Grammar, loosest first: comparisons `< <= > >= == !=`; `+ -`; `* /`; a sign; `^`; then numbers, terms, `grad(term)`,
/// `metric(name)`, `clipped` or `clipped[0,2]`, `mean max min sum count (…)` of all that a wildcard stands for,
/// `abs exp log sqrt sigmoid (…)` of each, `softmax(…)` of each among all, `min max (…, …)` of several expressions, names
/// that were given to expressions, and parentheses.
public struct Expression: Sendable {
  indirect enum Node: Sendable {
    case number(Double)
    case term(TermPattern)
    case gradient(TermPattern)
    /// 1 for each token or response whose objective is the clipped one, else 0; the patterns are those of
    /// `clipped_surrogate` and `clipped_sequence_surrogate`, of which a recording has one.
    case clipped([TermPattern])
    case negated(Node)
    case binary(Operator, Node, Node)
    case function(Function, Node)
    /// The smallest or largest of several expressions, number by number.
    case choice(Function, [Node])
    case named(String, Node)
  }

  enum Operator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case power = "^"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case greater = ">"
  }

  public enum Function: String, CaseIterable, Sendable {
    case mean, max, min, sum, count, abs, exp, log, sqrt, sigmoid, softmax

    /// Whether it chooses among several expressions, too.
    var isChoice: Bool { self == .min || self == .max }
  }

  let root: Node

  init(root: Node) { self.root = root }

  /// The terms that it asks for, where it is nothing but a term or a wildcard.
  public var pattern: TermPattern? { if case .term(let pattern) = root { pattern } else { nil } }

  /// Reads an expression; an error says what was expected and where.
  ///
  /// - Parameters:
  ///   - text: The expression as one types it.
  ///   - glossary: The terms that there are.
  ///   - names: What else may stand for a number or a list.
  public init(
    parsing text: String, glossary: Glossary, names: [NamedExpression] = []
  ) throws(ExpressionError) {
    var parser = ExpressionParser(text: text, glossary: glossary, names: names)
    root = try parser.parse()
  }
}

/// An error in an expression, a position or a command.
public struct ExpressionError: Error, Equatable, Sendable {
  public let message: String

  public init(_ message: String) { self.message = message }
}

private struct ExpressionParser {
  let text: String
  let glossary: Glossary
  let names: [NamedExpression]
  private var rest: Substring
  private var depth = 0

  init(text: String, glossary: Glossary, names: [NamedExpression]) {
    self.text = text
    self.glossary = glossary
    self.names = names
    rest = text[...]
  }

  mutating func parse() throws(ExpressionError) -> Expression.Node {
    let node = try comparison()
    skipBlanks()
    guard rest.isEmpty else { throw ExpressionError("unexpected «\(rest)» in «\(text)»") }
    return node
  }

  private mutating func comparison() throws(ExpressionError) -> Expression.Node {
    let left = try additive()
    guard let symbol = take([.lessOrEqual, .greaterOrEqual, .equal, .unequal, .less, .greater]) else { return left }
    return .binary(symbol, left, try additive())
  }

  private mutating func additive() throws(ExpressionError) -> Expression.Node {
    var node = try multiplicative()
    while let symbol = take([.add, .subtract]) { node = .binary(symbol, node, try multiplicative()) }
    return node
  }

  private mutating func multiplicative() throws(ExpressionError) -> Expression.Node {
    var node = try signed()
    while let symbol = take([.multiply, .divide]) { node = .binary(symbol, node, try signed()) }
    return node
  }

  private mutating func signed() throws(ExpressionError) -> Expression.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth < 100 else { throw ExpressionError("the expression is nested too deeply") }
    return take([.subtract]) == nil ? try power() : .negated(try signed())
  }

  private mutating func power() throws(ExpressionError) -> Expression.Node {
    let base = try primary()
    return take([.power]) == nil ? base : .binary(.power, base, try signed())
  }

  private mutating func primary() throws(ExpressionError) -> Expression.Node {
    skipBlanks()
    guard let first = rest.first else { throw ExpressionError("the expression «\(text)» ends too early") }
    if first == "(" { return try parenthesized() }
    if ("0"..."9").contains(first) || first == "." { return try number() }
    if let named = takeNamed() { return named }
    let name = rest.prefix { $0 == "_" || $0 == "." || ("a"..."z").contains($0) || ("A"..."Z").contains($0) }
    let isCall = rest.dropFirst(name.count).first == "("
    if name == "clipped" { return .clipped(try clipPatterns(of: rest.dropFirst(name.count))) }
    if isCall, name == "grad" {
      rest = rest.dropFirst(name.count + 1)
      let pattern = try pattern()
      try expectClosing()
      return .gradient(pattern)
    }
    if isCall, let function = Expression.Function(rawValue: String(name)) {
      rest = rest.dropFirst(name.count)
      return try call(function)
    }
    return .term(try pattern())
  }

  private mutating func takeNamed() -> Expression.Node? {
    let word = NamedExpression.name(startOf: rest)
    guard let named = names.last(where: { $0.name == word }) else { return nil }
    rest = rest.dropFirst(word.count)
    return .named(named.name, named.expression.root)
  }

  private mutating func call(_ function: Expression.Function) throws(ExpressionError) -> Expression.Node {
    var arguments: [Expression.Node] = []
    repeat {
      rest = rest.dropFirst()  // the bracket or a comma
      arguments.append(try comparison())
      skipBlanks()
    } while rest.first == ","
    try expectClosing()
    if arguments.count == 1 { return .function(function, arguments[0]) }
    guard function.isChoice else {
      throw ExpressionError("\(function.rawValue) is of one expression, not of \(arguments.count), in «\(text)»")
    }
    return .choice(function, arguments)
  }

  private mutating func parenthesized() throws(ExpressionError) -> Expression.Node {
    rest = rest.dropFirst()
    let node = try comparison()
    try expectClosing()
    return node
  }

  private mutating func number() throws(ExpressionError) -> Expression.Node {
    var length = 0
    var previous: Character = " "
    for character in rest {
      let isExponentSign = (character == "-" || character == "+") && (previous == "e" || previous == "E")
      guard
        ("0"..."9").contains(character) || character == "." || character == "e" || character == "E" || isExponentSign
      else { break }
      length += 1
      previous = character
    }
    let digits = String(rest.prefix(length))
    guard let value = NumberText.parse(digits) else { throw ExpressionError("«\(digits)» is not a number") }
    rest = rest.dropFirst(length)
    return .number(value)
  }

  /// The surrogates that these indices may belong to: of tokens, of responses, or, without an index, of both.
  private mutating func clipPatterns(of indices: Substring) throws(ExpressionError) -> [TermPattern] {
    var patterns: [TermPattern] = []
    var first: ExpressionError?
    for quantity in [Quantity.clippedSurrogate, .clippedSequenceSurrogate] {
      var reader = self
      reader.rest = Substring(quantity.name + indices)
      do throws(ExpressionError) {
        patterns.append(try reader.pattern())
        rest = reader.rest
      } catch {
        first = first ?? error
      }
    }
    if patterns.isEmpty, let first { throw first }
    return patterns
  }

  private mutating func pattern() throws(ExpressionError) -> TermPattern {
    do throws(TermTextError) {
      return try glossary.pattern(readingFrom: &rest)
    } catch {
      throw ExpressionError(error.message)
    }
  }

  private mutating func expectClosing() throws(ExpressionError) {
    skipBlanks()
    guard rest.first == ")" else { throw ExpressionError("a closing parenthesis is missing in «\(text)»") }
    rest = rest.dropFirst()
  }

  private mutating func take(_ symbols: [Expression.Operator]) -> Expression.Operator? {
    skipBlanks()
    for symbol in symbols where rest.utf8.starts(with: symbol.rawValue.utf8) {
      rest = rest.dropFirst(symbol.rawValue.count)
      return symbol
    }
    return nil
  }

  private mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\t" } }
}
