import Autodiff

/// Formulas in LaTeX that survives Markdown: GitHub's `$…$`, also in a table, and pandoc's.
///
/// Markdown may take `_` for emphasis where it follows a bracket, removes the backslash of `\,` and `\|`, and ends a
/// table's cell at `|`; HTML begins a tag at `<`. None of these is ever written.
enum LaTeXTypesetter: Typesetter {
  static var notation: Notation { .latex }

  static func name(_ latex: String) -> Typeset {
    // Two symbols side by side, as in `\log r`, hold together like a product.
    return Typeset(text: latex, binding: MathML.isSingleSymbol(latex) ? .atom : .product)
  }

  static func number(_ x: Double, _ text: String) -> Typeset {
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    if x.isNaN { return Typeset(text: "\\text{NaN}") }
    if x.isInfinite {
      return Typeset(
        text: isNegative ? "-\\infty" : "\\infty", binding: isNegative ? .product : .atom,
        startsWithMinus: isNegative)
    }
    let parts = text.split(separator: "e")
    if parts.count == 2 {
      let exponent = parts[1].first == "-" ? "-" + withoutLeadingZeros(parts[1]) : withoutLeadingZeros(parts[1])
      if parts[0] == "1" { return Typeset(text: "10^{" + exponent + "}", binding: .product) }
      let written = parts[0] + " \\times 10^{" + exponent + "}"
      return Typeset(text: written, binding: .product, startsWithMinus: isNegative)
    }
    return Typeset(text: text, binding: isNegative ? .product : .atom, startsWithMinus: isNegative)
  }

  /// The digits of an exponent: `08` of `-08`.
  private static func withoutLeadingZeros(_ exponent: Substring) -> String {
    var digits = exponent
    while let first = digits.first, digits.count > 1, first == "-" || first == "+" || first == "0" {
      digits.removeFirst()
    }
    return String(digits)
  }

  static func word(_ word: String) -> Typeset { Typeset(text: LaTeX.text(word)) }

  static func parenthesized(_ x: Typeset) -> String { inParentheses(x.text) }

  static func infix(_ a: String, _ operation: Operation, _ b: String) -> String {
    switch operation {
    case .subtract: a + " - " + b
    case .multiply: a + " \\times " + b
    default: a + " + " + b
    }
  }

  static func juxtaposed(_ a: String, _ b: String) -> String? {
    // Two numbers side by side would read as one.
    guard let first = b.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return a + " " + b }
    return nil
  }

  static func minus(_ x: String) -> String { "-" + x }

  static func fraction(_ a: String, _ b: String) -> String? { "\\frac{" + a + "}{" + b + "}" }

  static func root(_ x: Typeset) -> String { "\\sqrt{" + x.text + "}" }

  static func squared(_ x: String) -> String { x + "^2" }

  static func power(_ x: String, _ exponent: String) -> String { x + "^{" + exponent + "}" }

  static func exponential(_ x: String) -> String? { "e^{" + x + "}" }

  static func range(_ operation: Operation, _ letters: [String], _ body: Typeset) -> Typeset {
    let below = "_{" + letters.joined(separator: ",") + "}"
    if operation == .logSumExp { return Typeset(text: "\\log\\sum" + below + " e^{" + body.text + "}", isOpen: true) }
    let inner = body.binding == .sum || body.startsWithMinus ? parenthesized(body) : body.text
    // An index directly after a brace is what Markdown would take for emphasis.
    let list = letters.joined(separator: ",")
    let sign =
      switch operation {
      case .sum: "\\sum" + below
      case .min: "\\min" + below
      case .max: "\\max" + below
      default: "\\underset{" + list + "}{\\mathrm{mean}}"
      }
    return Typeset(text: sign + " " + inner, binding: .product, isOpen: true)
  }

  static func call(_ operation: Operation, _ arguments: [String], omitted: Int?) -> String {
    let count = omitted.map { "\\text{; \(arguments.count - 1 + $0) terms}" } ?? ""
    let list = arguments.map { $0 == "…" ? "\\ldots" : $0 }.joined(separator: ", ")
    switch operation {
    case .log1mexp: return "\\log" + inParentheses("1 - \\exp" + inParentheses(list))
    case .relu: return "\\max" + inParentheses("0, " + list)
    default: return function(operation) + inParentheses(list + count)
    }
  }

  /// Parentheses that grow where what is inside is higher than a line.
  private static func inParentheses(_ x: String) -> String {
    MathML.isTall(x) ? "\\left(" + x + "\\right)" : "(" + x + ")"
  }

  private static func function(_ operation: Operation) -> String {
    switch operation {
    case .stopGradient: "\\mathrm{sg}"
    case .exp: "\\exp"
    case .log: "\\log"
    case .sigmoid: "\\sigma"
    case .logSigmoid: "\\log\\sigma"
    case .min: "\\min"
    case .max: "\\max"
    case .clip: "\\mathrm{clip}"
    case .sum: "\\textstyle\\sum"
    case .mean: "\\mathrm{mean}"
    case .logSumExp: "\\mathrm{logsumexp}"
    default: "?"
    }
  }
}
