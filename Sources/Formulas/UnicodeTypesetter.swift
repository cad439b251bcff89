import Autodiff

/// Formulas as plain text, with names as one types them: `min(surrogate[0,2], 1.2 × advantage[0,2])`.
enum UnicodeTypesetter: Typesetter {
  static var notation: Notation { .unicode }

  static func name(_ text: String) -> Typeset { Typeset(text: text) }

  static func number(_ x: Double, _ text: String) -> Typeset {
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    let written = isNegative ? "−" + text.dropFirst() : text
    return Typeset(text: written, binding: isNegative ? .product : .atom, startsWithMinus: isNegative)
  }

  static func word(_ word: String) -> Typeset { Typeset(text: word) }

  static func parenthesized(_ x: Typeset) -> String { "(" + x.text + ")" }

  static func infix(_ a: String, _ operation: Operation, _ b: String) -> String {
    switch operation {
    case .subtract: a + " − " + b
    case .multiply: a + " × " + b
    case .divide: a + " ÷ " + b
    default: a + " + " + b
    }
  }

  static func juxtaposed(_ a: String, _ b: String) -> String? { nil }

  static func minus(_ x: String) -> String { "−" + x }

  static func fraction(_ a: String, _ b: String) -> String? { nil }

  static func root(_ x: Typeset) -> String { "√" + (x.binding == .atom ? x.text : parenthesized(x)) }

  static func squared(_ x: String) -> String { x + "²" }

  static func power(_ x: String, _ exponent: String) -> String { x + "^" + exponent }

  static func exponential(_ x: String) -> String? { nil }

  static func range(_ operation: Operation, _ letters: [String], _ body: Typeset) -> Typeset {
    Typeset(text: function(operation) + "(" + body.text + " over " + letters.joined(separator: ",") + ")")
  }

  static func call(_ operation: Operation, _ arguments: [String], omitted: Int?) -> String {
    let count = omitted.map { "; \(arguments.count - 1 + $0) terms" } ?? ""
    switch operation {
    case .log1mexp: return "log(1 − exp(" + arguments[0] + "))"
    case .relu: return "max(0, " + arguments[0] + ")"
    default: return function(operation) + "(" + arguments.joined(separator: ", ") + count + ")"
    }
  }

  private static func function(_ operation: Operation) -> String {
    switch operation {
    case .stopGradient: "sg"
    case .exp: "exp"
    case .log: "log"
    case .sigmoid: "σ"
    case .logSigmoid: "log σ"
    case .min: "min"
    case .max: "max"
    case .clip: "clip"
    case .sum: "Σ"
    case .mean: "mean"
    case .logSumExp: "logsumexp"
    default: "?"
    }
  }
}
