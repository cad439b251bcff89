import Autodiff

/// Formulas for places that are too narrow for indices: `exp(log_ratio)`, `−mean₁₁(objective)`.
///
/// Operands that look alike are written once, with how many there are.
enum CaptionTypesetter: Typesetter {
  static var notation: Notation { .unicode }
  static func name(_ text: String) -> Typeset { UnicodeTypesetter.name(text) }
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
  static func juxtaposed(_ a: String, _ b: String) -> String? { nil }
  static func power(_ x: String, _ exponent: String) -> String { UnicodeTypesetter.power(x, exponent) }
  static func exponential(_ x: String) -> String? { nil }
  static func range(_ operation: Operation, _ letters: [String], _ body: Typeset) -> Typeset {
    UnicodeTypesetter.range(operation, letters, body)
  }

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
