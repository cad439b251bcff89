import Autodiff

/// What the letters of a general formula stand for in the case of one number: which index each is, and over what its
/// sums run.
public struct Bindings: Sendable {
  private var numbers: [(letter: Letter, number: Int)] = []
  /// For each sum, in the order of the formula, the bindings of its operands.
  public private(set) var ranges: [[Bindings]] = []

  init() {}

  /// Nil where the number does not have this formula.
  init?(_ left: [FormulaIndex], _ right: Formula, matching instance: FormulaInstance) {
    guard left.count == instance.indices.count else { return nil }
    for (index, own) in zip(left, instance.indices) {
      guard match(index, own) else { return nil }
    }
    guard match(right, instance.formula) else { return nil }
  }

  /// Whether one of the letters is an update's number.
  public var hasAge: Bool { numbers.contains { $0.letter.axis == FormulaIndex.ageAxis } }

  /// The updates that its letters stand for.
  public var ages: [Int] { numbers.filter { $0.letter.axis == FormulaIndex.ageAxis }.map { $0.number } }

  /// The number that a letter stands for; nil where it is not bound.
  public subscript(letter: Letter) -> Int? { numbers.first { $0.letter == letter }?.number }

  /// The number that an index stands for; nil where its letter is not bound.
  public subscript(index: FormulaIndex) -> Int? {
    switch index.place {
    case .fixed(let number): number
    case .letter(let letter, let plus): self[letter].map { $0 + plus }
    }
  }

  private mutating func match(_ index: FormulaIndex, _ concrete: FormulaIndex) -> Bool {
    guard index.axis == concrete.axis, let number = concrete.fixed else { return false }
    guard case .letter(let letter, let plus) = index.place else { return index.fixed == number }
    if let known = self[letter] { return known + plus == number }
    numbers.append((letter, number - plus))
    return true
  }

  /// Whether a formula with letters is this one with numbers; letters that have not been met yet are bound on the way.
  mutating func match(_ formula: Formula, _ concrete: Formula) -> Bool {
    switch (formula, concrete) {
    case (.number(let a), .number(let b)): return a == b || a.isNaN && b.isNaN
    case (.symbol(let a, let indices), .symbol(let b, let others)): return a == b && match(indices, others)
    case (.quantity(let a, let indices, let age), .quantity(let b, let others, let otherAge)):
      return a == b && match(age, otherAge) && match(indices, others)
    case (.operation(.sum, let parts), .operation(.sum, let operands)) where parts.contains { $0.isSum }:
      return match(parts, splitting: operands)
    case (.operation(let a, let operands), .operation(let b, let others)):
      guard a == b, operands.count == others.count else { return false }
      for (operand, other) in zip(operands, others) { guard match(operand, other) else { return false } }
      return true
    case (.power(let a, let b), .power(let c, let d)): return match(a, c) && match(b, d)
    case (.single(let a), .single(let b)): return match(a, b)
    case (.range(let a, let letters, let body, _), .operation(let b, let operands)):
      // A sum of nothing stands for any sum: that is how a response that is left out counts 0.
      guard a == b || b == .sum && operands.isEmpty else { return false }
      return match(each: letters, body, operands)
    case (.range(let a, let letters, let body, _), .range(let b, let others, let otherBody, _)):
      return a == b && letters == others && body == otherBody
    default: return false
    }
  }

  private mutating func match(_ indices: [FormulaIndex], _ others: [FormulaIndex]) -> Bool {
    guard indices.count == others.count else { return false }
    for (index, other) in zip(indices, others) { guard match(index, other) else { return false } }
    return true
  }

  /// A sum of sums stands for one sum whose operands are of several kinds, one kind after the other.
  private mutating func match(_ parts: [Formula], splitting operands: [Formula]) -> Bool {
    var rest = operands[...]
    for part in parts {
      guard case .range(_, let letters, let body, _) = part else {
        guard let next = rest.popFirst(), match(part, next) else { return false }
        continue
      }
      var own: [Formula] = []
      while let next = rest.first, inner(letters, body, next) != nil {
        own.append(next)
        rest.removeFirst()
      }
      guard !own.isEmpty, match(each: letters, body, own) else { return false }
    }
    return rest.isEmpty
  }

  private mutating func match(each letters: [Letter], _ body: Formula, _ operands: [Formula]) -> Bool {
    var runs: [Bindings] = []
    runs.reserveCapacity(operands.count)
    for operand in operands {
      guard let inner = inner(letters, body, operand) else { return false }
      for found in inner.numbers where !letters.contains(found.letter) && self[found.letter] == nil {
        numbers.append(found)  // a letter of the whole formula that the sum met first
      }
      runs.append(inner)
    }
    ranges.append(runs)
    return true
  }

  /// What the letters are for one operand of a sum that binds some of them; nil if it is not of that form.
  private func inner(_ letters: [Letter], _ body: Formula, _ operand: Formula) -> Bindings? {
    var inner = Bindings()
    inner.numbers = numbers
    inner.numbers.removeAll { known in letters.contains(known.letter) }
    return inner.match(body, operand) ? inner : nil
  }
}

extension Formula {
  fileprivate var isSum: Bool { if case .range(.sum, _, _, _) = self { true } else { false } }
}
