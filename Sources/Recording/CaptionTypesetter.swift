import Autodiff

extension Trace {
  /// A term's formula in one short line, with names without indices: `exp(log_ratio)`, `−mean₁₁(objective)`.
  ///
  /// Operands that look alike are written once, with their number. Nil for a term that was not computed.
  public func formulaCaption(of term: Int) -> String? {
    guard let formula = formula(of: term, longest: 4) else { return nil }
    return FormulaWriter<CaptionTypesetter>(trace: self, isSubstituted: false).writeRoot(formula).text
  }
}

/// Formulas for places that are too narrow for indices.
private enum CaptionTypesetter: Typesetter {
  static func name(_ key: TermKey, in glossary: Glossary) -> Typeset { Typeset(text: glossary.entries[key.name].name) }
  static func number(_ x: Double, _ text: String) -> Typeset { UnicodeTypesetter.number(x, text) }
  static func word(_ word: String) -> Typeset { UnicodeTypesetter.word(word) }
  static func parenthesized(_ x: Typeset) -> String { UnicodeTypesetter.parenthesized(x) }
  static func infix(_ a: String, _ operation: Operation, _ b: String) -> String {
    UnicodeTypesetter.infix(a, operation, b)
  }
  static func minus(_ x: String) -> String { UnicodeTypesetter.minus(x) }
  static func fraction(_ a: String, _ b: String) -> String? { nil }
  static func root(_ x: Typeset) -> String { UnicodeTypesetter.root(x) }
  static func squared(_ x: String) -> String { UnicodeTypesetter.squared(x) }

  static func call(_ operation: Operation, _ arguments: [String], omitted: Int?) -> String {
    // What was omitted is alike to what was not: a sum over sequences and tokens.
    let isAlike = omitted != nil || arguments.count > 2 && arguments.allSatisfy { $0 == arguments[0] }
    guard isAlike else { return UnicodeTypesetter.call(operation, arguments, omitted: omitted) }
    let count = arguments.count - (omitted == nil ? 0 : 1) + (omitted ?? 0)
    let function = UnicodeTypesetter.call(operation, [], omitted: nil).dropLast(2)
    return function + subscripted(count) + "(" + arguments[0] + ")"
  }

  private static func subscripted(_ number: Int) -> String {
    let digits: [Character] = ["₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"]
    return String("\(number)".utf8.map { digits[Int($0 - UInt8(ascii: "0"))] })
  }
}
