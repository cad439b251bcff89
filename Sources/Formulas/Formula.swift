public import Autodiff

/// Arithmetic as a tree: how one number was computed, or how all numbers of a kind are.
public indirect enum Formula: Equatable, Sendable {
  case number(Double)
  /// An option or a count, with indices if each response or group has its own.
  case symbol(Int, [FormulaIndex])
  /// A term of a recording, by its number there.
  case term(Int)
  /// A named quantity with its indices.
  ///
  /// - Parameter age: How many newer values of the same name there were when it was used; mostly 0.
  case quantity(Int, [FormulaIndex], age: FormulaIndex)
  case operation(Operation, [Formula])
  case power(Formula, Formula)
  /// Rounded to single precision.
  case single(Formula)
  /// A sum, a mean, an extreme or a log-sum-exp of operands that differ only in what some letters stand for.
  ///
  /// - Parameter part: The number of the part that it goes over, if it does not go over all operands there are.
  case range(Operation, [Letter], Formula, part: Int?)
  /// What is written once and then called by a letter.
  case abbreviation(Int, [Letter])
  /// Stands for so many operands of a long sum or mean.
  case omitted(Int)
}

/// A letter that stands for any index of an axis, told from others by its number within the formula.
public struct Letter: Hashable, Sendable {
  public let number: Int
  /// What the index counts: an axis, as whoever names things numbers them.
  public let axis: Int

  public init(number: Int, axis: Int) {
    self.number = number
    self.axis = axis
  }
}

/// One index of a quantity: a number, or a letter with what is added to it.
public struct FormulaIndex: Hashable, Sendable {
  /// A number, or a letter with what is added to it.
  public enum Place: Hashable, Sendable {
    case fixed(Int)
    case letter(Letter, plus: Int)
  }

  /// The axis of ages, which is nobody else's.
  public static let ageAxis = -1

  public let axis: Int
  public var place: Place

  public init(axis: Int, place: Place) {
    self.axis = axis
    self.place = place
  }

  public init(_ number: Int, axis: Int) { self.init(axis: axis, place: .fixed(number)) }

  /// How many newer values of the same name there were, as an index.
  public static func age(_ number: Int) -> FormulaIndex { FormulaIndex(number, axis: ageAxis) }

  public var fixed: Int? { if case .fixed(let number) = place { number } else { nil } }

  public var letter: Letter? { if case .letter(let letter, _) = place { letter } else { nil } }
}

extension Formula {
  /// The formula of a constant's origin.
  ///
  /// - Parameters:
  ///   - origin: Where the constant came from.
  ///   - axes: What a symbol's indices count.
  public init(_ origin: Origin, axes: (Int) -> [Int]) {
    switch origin {
    case .number(let x): self = .number(x)
    case .symbol(let symbol, let i, let j, _):
      self = .symbol(symbol, zip([i, j].filter { $0 >= 0 }, axes(symbol)).map { FormulaIndex($0, axis: $1) })
    case .unary(let operation, let x): self = .operation(operation, [Formula(x, axes: axes)])
    case .binary(let operation, let a, let b):
      self = .operation(operation, [Formula(a, axes: axes), Formula(b, axes: axes)])
    case .power(let a, let b): self = .power(Formula(a, axes: axes), Formula(b, axes: axes))
    case .single(let x): self = .single(Formula(x, axes: axes))
    }
  }

  /// The formulas that this one is made of directly.
  public var parts: [Formula] {
    switch self {
    case .operation(_, let operands): operands
    case .power(let a, let b): [a, b]
    case .single(let x), .range(_, _, let x, _): [x]
    case .number, .symbol, .term, .quantity, .abbreviation, .omitted: []
    }
  }

  /// The same formula with other parts.
  func replacingParts(_ change: (Formula) -> Formula) -> Formula {
    switch self {
    case .operation(let operation, let operands): .operation(operation, operands.map(change))
    case .power(let a, let b): .power(change(a), change(b))
    case .single(let x): .single(change(x))
    case .range(let operation, let letters, let x, let part): .range(operation, letters, change(x), part: part)
    case .number, .symbol, .term, .quantity, .abbreviation, .omitted: self
    }
  }

  /// The number of leaves.
  var size: Int {
    switch self {
    case .operation(_, let operands): operands.isEmpty ? 1 : operands.reduce(0) { $0 + $1.size }
    case .power(let a, let b): a.size + b.size
    case .single(let x), .range(_, _, let x, _): x.size
    case .number, .symbol, .term, .quantity, .abbreviation, .omitted: 1
    }
  }

  /// Calls `body` with this formula and every part of it, from the outside in.
  public func visit(_ body: (Formula) -> Void) {
    body(self)
    switch self {
    case .operation(_, let operands): for operand in operands { operand.visit(body) }
    case .power(let a, let b):
      a.visit(body)
      b.visit(body)
    case .single(let x), .range(_, _, let x, _): x.visit(body)
    case .number, .symbol, .term, .quantity, .abbreviation, .omitted: break
    }
  }

  /// The same formula with other indices.
  func mappingIndices(_ change: (FormulaIndex) -> FormulaIndex) -> Formula {
    switch self {
    case .quantity(let name, let indices, let age):
      .quantity(name, indices.map(change), age: change(age))
    case .symbol(let symbol, let indices): .symbol(symbol, indices.map(change))
    default: replacingParts { $0.mappingIndices(change) }
    }
  }

  /// The same formula with other ages, given the name of the quantity.
  func mappingAges(_ change: (Int, FormulaIndex) -> FormulaIndex) -> Formula {
    if case .quantity(let name, let indices, let age) = self {
      return .quantity(name, indices, age: change(name, age))
    }
    return replacingParts { $0.mappingAges(change) }
  }

  /// All indices, from left to right, the ages after those of their quantity.
  var indices: [FormulaIndex] {
    var found: [FormulaIndex] = []
    visit { part in
      switch part {
      case .quantity(_, let indices, let age):
        found += indices
        found.append(age)
      case .symbol(_, let indices): found += indices
      default: break
      }
    }
    return found
  }
}

extension Operation {
  /// Whether it takes any number of operands.
  var isList: Bool { self == .sum || self == .mean || self == .logSumExp }

  /// Whether it takes two numbers, but gives the same for many of them in whichever order.
  var isExtreme: Bool { self == .min || self == .max }
}

extension Formula {
  /// The same formula with bound letters numbered by how deep they are, so that equal sums look equal.
  func withBoundLetters(from first: Int) -> Formula {
    guard case .range(let operation, let letters, let body, let part) = self else {
      return replacingParts { $0.withBoundLetters(from: first) }
    }
    let renamed = letters.indices.map { Letter(number: first + $0, axis: letters[$0].axis) }
    let changed = body.mappingIndices { index in
      guard case .letter(let letter, let plus) = index.place, let number = letters.firstIndex(of: letter) else {
        return index
      }
      return FormulaIndex(axis: index.axis, place: .letter(renamed[number], plus: plus))
    }
    return .range(operation, renamed, changed.withBoundLetters(from: first + letters.count), part: part)
  }
}
