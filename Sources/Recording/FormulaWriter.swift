import Autodiff
import Documents

/// A piece of a written formula, with what is needed to combine it with others.
struct Typeset {
  /// How tightly the outermost operator binds; what binds less than its surroundings need is put into parentheses.
  enum Binding: Int {
    case sum, product, atom

    static func < (a: Binding, b: Binding) -> Bool { a.rawValue < b.rawValue }
  }

  var text: String
  var binding = Binding.atom
  /// `−x` may stand first, but not directly after another operator.
  var startsWithMinus = false
}

/// A notation for operators, names and numbers.
protocol Typesetter {
  static func name(_ key: TermKey, in glossary: Glossary) -> Typeset
  static func number(_ x: Double, _ text: String) -> Typeset
  static func word(_ word: String) -> Typeset
  static func parenthesized(_ x: Typeset) -> String
  /// `a + b` and the like, of operands that already have their parentheses.
  static func infix(_ a: String, _ operation: Operation, _ b: String) -> String
  static func minus(_ x: String) -> String
  /// Nil where the notation has no fraction, and division is an operator like others.
  static func fraction(_ a: String, _ b: String) -> String?
  static func root(_ x: Typeset) -> String
  static func squared(_ x: String) -> String
  static func call(_ operation: Operation, _ arguments: [String], omitted: Int?) -> String
}

/// Writes a formula in one notation with as few parentheses as possible.
///
/// Sums and products are written without parentheses on either side: `a + (b + c)` reads `a + b + c`.
struct FormulaWriter<T: Typesetter> {
  let trace: Trace
  /// Whether terms appear as their values instead of by their names.
  let isSubstituted: Bool

  /// A formula as a term's right-hand side; that the term is detached from its gradient is not part of its value.
  func writeRoot(_ formula: Formula) -> Typeset {
    if case .operation(let operation, let operands) = formula, operation == .stopGradient || operation == .alias {
      return writeRoot(operands[0])
    }
    return write(formula)
  }

  func write(_ formula: Formula) -> Typeset {
    switch formula {
    case .number(let x): return T.number(x, NumberText.constant(x))
    case .term(let term): return isSubstituted ? value(term) : T.name(trace.terms[term].key, in: trace.glossary)
    case .omitted: return Typeset(text: "…")
    case .operation(let operation, let operands): return write(operation, operands)
    }
  }

  private func value(_ term: Int) -> Typeset {
    let value = trace.value(term)
    if let word = trace.glossary.valueText(of: trace.terms[term].key.name, value) { return T.word(word) }
    return T.number(value, NumberText.plain(value))
  }

  private func write(_ operation: Operation, _ operands: [Formula]) -> Typeset {
    switch operation {
    case .alias: return write(operands[0])
    case .add, .subtract, .multiply: return infix(operation, operands[0], operands[1])
    case .divide: return quotient(operands[0], operands[1])
    case .negate: return negated(write(operands[0]))
    case .square: return Typeset(text: T.squared(text(operands[0], .atom)), binding: .product)
    case .sqrt: return Typeset(text: T.root(write(operands[0])))
    case .sum where operands.count <= 4 && !operands.contains { $0.isOmitted }: return sum(operands)
    default: return call(operation, operands)
    }
  }

  private func infix(_ operation: Operation, _ a: Formula, _ b: Formula) -> Typeset {
    let binding: Typeset.Binding = operation == .multiply ? .product : .sum
    return infix(write(a), operation, write(b), binding)
  }

  private func infix(_ a: Typeset, _ operation: Operation, _ b: Typeset, _ binding: Typeset.Binding) -> Typeset {
    let left = a.binding < binding ? T.parenthesized(a) : a.text
    // a − (b + c) and a ÷ (b × c) need their parentheses, a + (b + c) and a × (b × c) do not.
    let isStrict = operation == .subtract || operation == .divide
    let needsParentheses = b.startsWithMinus || b.binding < binding || isStrict && b.binding == binding
    let right = needsParentheses ? T.parenthesized(b) : b.text
    return Typeset(
      text: T.infix(left, operation, right), binding: binding,
      startsWithMinus: a.startsWithMinus && !(a.binding < binding))
  }

  private func quotient(_ a: Formula, _ b: Formula) -> Typeset {
    let (a, b) = (write(a), write(b))
    if let fraction = T.fraction(a.text, b.text) { return Typeset(text: fraction, binding: .product) }
    return infix(a, .divide, b, .product)
  }

  private func negated(_ x: Typeset) -> Typeset {
    let text = x.startsWithMinus || x.binding == .sum ? T.parenthesized(x) : x.text
    return Typeset(text: T.minus(text), binding: .product, startsWithMinus: true)
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
    return piece.binding < needed || piece.startsWithMinus ? T.parenthesized(piece) : piece.text
  }
}

extension Formula {
  fileprivate var isOmitted: Bool { if case .omitted = self { true } else { false } }
}

extension NumberText {
  /// A number that stands in the formula: without the noise of `1 − 0.9`, and 0.1 rather than 0.1000.
  static func constant(_ x: Double) -> String {
    let parts = plain(x).split(separator: "e")
    var text = parts[0]
    if text.utf8.contains(UInt8(ascii: ".")) {
      while text.utf8.last == UInt8(ascii: "0") { text.removeLast() }
      if text.utf8.last == UInt8(ascii: ".") { text.removeLast() }
    }
    return parts.count == 2 ? text + "e" + parts[1] : String(text)
  }
}
