import Autodiff
import Documents

/// Writes a formula in one notation with as few parentheses as possible.
///
/// Sums and products are written without parentheses on either side: `a + (b + c)` reads `a + b + c`.
struct FormulaWriter<T: Typesetter, Names: FormulaNames> {
  let names: Names
  /// Whether it is written as textbooks write formulas: factors side by side, powers of e.
  var isGeneral = false

  func write(_ formula: Formula) -> Typeset {
    switch formula {
    case .number(let x): return T.number(x, names.constant(x))
    case .term, .quantity, .symbol, .abbreviation: return leaf(formula)
    case .omitted: return Typeset(text: "…")
    case .operation(let operation, let operands): return write(operation, operands)
    case .power(let base, let exponent):
      return Typeset(text: T.power(text(base, .atom), write(exponent).text), binding: .product)
    case .single(let x): return write(x)
    case .range(let operation, let letters, let body, let part):
      return T.range(operation, names.bound(letters, part: part, in: T.notation), write(body))
    }
  }

  private func leaf(_ formula: Formula) -> Typeset {
    switch names.leaf(formula, in: T.notation) {
    case .name(let text): T.name(text)
    case .number(let x, let text): T.number(x, text)
    case .word(let word): T.word(word)
    }
  }

  private func write(_ operation: Operation, _ operands: [Formula]) -> Typeset {
    switch operation {
    case .alias: return write(operands[0])
    case .add, .subtract, .multiply: return infix(operation, operands[0], operands[1])
    case .divide: return quotient(operands[0], operands[1])
    case .negate: return negated(write(operands[0]))
    case .square: return Typeset(text: T.squared(text(operands[0], .atom)), binding: .product)
    case .sqrt: return Typeset(text: T.root(write(operands[0])))
    case .exp where isGeneral:
      guard let power = T.exponential(write(operands[0]).text) else { return call(operation, operands) }
      return Typeset(text: power, binding: .product)
    // What is left of a sum with a single operand.
    case .sum where isGeneral && operands.count == 1, .mean where isGeneral && operands.count == 1:
      return write(operands[0])
    case .sum where operands.count <= 4 && !operands.contains { $0.isOmitted }: return sum(operands)
    default: return call(operation, operands)
    }
  }

  private func infix(_ operation: Operation, _ a: Formula, _ b: Formula) -> Typeset {
    let binding: Typeset.Binding = operation == .multiply ? .product : .sum
    return infix(write(a), operation, write(b), binding)
  }

  private func infix(_ a: Typeset, _ operation: Operation, _ b: Typeset, _ binding: Typeset.Binding) -> Typeset {
    let left = a.binding < binding || a.isOpen && binding == .product ? T.parenthesized(a) : a.text
    // a − (b + c) and a ÷ (b × c) need their parentheses, a + (b + c) and a × (b × c) do not.
    let isStrict = operation == .subtract || operation == .divide
    let needsParentheses = b.startsWithMinus || b.binding < binding || isStrict && b.binding == binding
    let right = needsParentheses ? T.parenthesized(b) : b.text
    if isGeneral, operation == .multiply, let product = T.juxtaposed(left, right) {
      return Typeset(
        text: product, binding: .product, startsWithMinus: a.startsWithMinus && !(a.binding < binding),
        isOpen: b.isOpen && !needsParentheses)
    }
    return Typeset(
      text: T.infix(left, operation, right), binding: binding,
      startsWithMinus: a.startsWithMinus && !(a.binding < binding), isOpen: b.isOpen && !needsParentheses)
  }

  private func quotient(_ a: Formula, _ b: Formula) -> Typeset {
    let (a, b) = (write(a), write(b))
    if let fraction = T.fraction(a.text, b.text) { return Typeset(text: fraction, binding: .product) }
    return infix(a, .divide, b, .product)
  }

  private func negated(_ x: Typeset) -> Typeset {
    let text = x.startsWithMinus || x.binding == .sum ? T.parenthesized(x) : x.text
    return Typeset(text: T.minus(text), binding: .product, startsWithMinus: true, isOpen: x.isOpen)
  }

  private func sum(_ operands: [Formula]) -> Typeset {
    guard let first = operands.first else { return T.number(0, "0") }
    return operands.dropFirst().reduce(write(first)) { infix($0, .add, write($1), .sum) }
  }

  private func call(_ operation: Operation, _ operands: [Formula]) -> Typeset {
    var omitted: Int?
    for case .omitted(let count) in operands { omitted = count }
    let arguments = operands.map { write($0).text }
    let text = T.call(operation, arguments, omitted: omitted)
    return Typeset(text: text)
  }

  private func text(_ formula: Formula, _ needed: Typeset.Binding) -> String {
    let piece = write(formula)
    return piece.binding < needed || piece.startsWithMinus || piece.isOpen ? T.parenthesized(piece) : piece.text
  }
}

extension Formula {
  fileprivate var isOmitted: Bool { if case .omitted = self { true } else { false } }
}
