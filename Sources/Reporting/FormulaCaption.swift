import Autodiff
import Recording

/// A formula in one short line, with names that bear no indices: `min(surrogate, clipped_surrogate)`, `−mean₁₁(objective)`.
struct FormulaCaption {
  let trace: Trace

  /// The formula of a term; nil for one that was not computed.
  func text(of term: Int, limit: Int = 32) -> String? {
    guard let formula = trace.formula(of: term) else { return nil }
    return DOTEscape.shortened(text(formula, within: 0), limit: limit)
  }

  /// - Parameter precedence: That of the operation around: 1 of a sum, 2 of a product, 3 of a sign.
  private func text(_ formula: Formula, within precedence: Int) -> String {
    switch formula {
    case .number(let value): return NumberText.short(value)
    case .term(let term): return trace.glossary.entries[trace.terms[term].key.name].name
    case .omitted: return "…"
    case .operation(let operation, let operands):
      let (own, text) = text(operation, operands)
      return own < precedence ? "(" + text + ")" : text
    }
  }

  private func text(_ operation: Operation, _ x: [Formula]) -> (precedence: Int, String) {
    func infix(_ sign: String, _ precedence: Int, right: Int) -> (Int, String) {
      (precedence, text(x[0], within: precedence) + " " + sign + " " + text(x[1], within: right))
    }
    switch operation {
    case .leaf, .constant: return (4, "")
    case .alias, .stopGradient: return (4, text(x[0], within: 4))
    case .add: return infix("+", 1, right: 1)
    case .subtract: return infix("−", 1, right: 2)
    case .multiply: return infix("×", 2, right: 2)
    case .divide: return infix("÷", 2, right: 3)
    case .negate: return (3, "−" + text(x[0], within: 3))
    case .square: return (4, text(x[0], within: 4) + "²")
    case .exp: return function("exp", x)
    case .log: return function("log", x)
    case .sqrt: return function("√", x)
    case .sigmoid: return function("σ", x)
    case .logSigmoid: return function("log σ", x)
    case .min: return function("min", x)
    case .max: return function("max", x)
    case .clip: return function("clip", x)
    case .sum: return function("Σ", x)
    case .mean: return function("mean", x)
    case .logSumExp: return function("logsumexp", x)
    }
  }

  /// Many operands that look alike are written once, with their number.
  private func function(_ name: String, _ x: [Formula]) -> (Int, String) {
    var operands: [String] = []
    var omitted = 0
    for operand in x {
      if case .omitted(let count) = operand { omitted += count } else { operands.append(text(operand, within: 0)) }
    }
    let count = operands.count + omitted
    if count > 2, operands.allSatisfy({ $0 == operands[0] }) {
      return (4, name + subscripted(count) + "(" + operands[0] + ")")
    }
    return (4, name + "(" + operands.prefix(3).joined(separator: ", ") + (count > 3 ? ", …" : "") + ")")
  }

  private func subscripted(_ number: Int) -> String {
    var text = ""
    for digit in "\(number)".utf8 {
      text.unicodeScalars.append(Unicode.Scalar(0x2080 + UInt32(digit - UInt8(ascii: "0"))) ?? "₀")
    }
    return text
  }
}
