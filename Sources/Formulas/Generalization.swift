import Autodiff

/// A computed number as material for a general formula: which term it is, and its formula with all indices as numbers.
public struct FormulaInstance: Sendable {
  /// Which term it is, for whoever asks.
  public let term: Int
  public let indices: [FormulaIndex]
  public let formula: Formula
  /// The values of its options and counts.
  public let symbols: [SymbolValue]

  public init(term: Int, indices: [FormulaIndex], formula: Formula, symbols: [SymbolValue]) {
    self.term = term
    self.indices = indices
    self.formula = formula
    self.symbols = symbols
  }
}

/// An option or a count as it was recorded.
public struct SymbolValue: Equatable, Sendable {
  public let symbol: Int
  /// The count's own indices, if it has some.
  public let indices: [Int]
  public let value: Double

  public init(symbol: Int, indices: [Int], value: Double) {
    self.symbol = symbol
    self.indices = indices
    self.value = value
  }
}

/// The formula of several numbers of one name, with letters for what differs between them.
public struct GeneralFormula: Sendable {
  /// The indices of the number on the left side.
  public let left: [FormulaIndex]
  public let right: Formula
  /// The letters on the right side that neither the left side has nor a sum binds, such as the token at a place.
  public let dependent: [Letter]
  /// The numbers that it is the formula of, and what its letters stand for in each.
  public let instances: [(instance: FormulaInstance, bindings: Bindings)]

  /// The same with its sums marked.
  public func with(right: Formula) -> GeneralFormula {
    GeneralFormula(left: left, right: right, dependent: dependent, instances: instances)
  }

  /// Whether the right side holds the left side's own earlier value.
  ///
  /// - Parameter name: The quantity on the left side.
  public func updates(_ name: Int) -> Bool {
    var found = false
    right.visit { part in if case .quantity(name, left, _) = part { found = true } }
    return found
  }
}

/// How the axes of indices behave.
public struct AxisRules: Sendable {
  /// Axes in whose order one index follows another: `t + 1` is a neighbour there.
  public let ordered: Set<Int>
  /// Axes of what was sampled or given, over which a whole batch may be averaged.
  public let samples: Set<Int>
  /// Axes whose indices are names rather than numbers.
  public let names: Set<Int>

  public init(ordered: Set<Int>, samples: Set<Int>, names: Set<Int>) {
    self.ordered = ordered
    self.samples = samples
    self.names = names
  }
}

/// Finds the few formulas that many numbers of one name have in common.
///
/// Indices become letters: the number's own ones first, then those of sums whose operands are alike, then what depends on
/// them. An instance with the longest sums is generalised; all that match belong to it, and the rest goes on.
public struct Generalization {
  private let rules: AxisRules
  private var letterCount = 0

  public init(_ rules: AxisRules) { self.rules = rules }

  /// The distinct formulas, in the order in which their first numbers were recorded.
  public static func formulas(of instances: [FormulaInstance], _ rules: AxisRules) -> [GeneralFormula] {
    // Of equal sizes the one with most different indices: where two agree by chance, nothing tells them apart.
    let sizes = instances.map { (leaves: $0.formula.size, indices: distinct($0.indices + $0.formula.indices)) }
    var open = Array(instances.indices)
    var found: [GeneralFormula] = []
    while let first = open.first {
      var largest = first
      for place in open where sizes[place] > sizes[largest] { largest = place }
      var generalization = Generalization(rules)
      let (left, right, dependent) = generalization.generalized(instances[largest])
      var matched: [(instance: FormulaInstance, bindings: Bindings)] = []
      var rest: [Int] = []
      for place in open {
        if let bindings = Bindings(left, right, matching: instances[place]) {
          matched.append((instances[place], bindings))
        } else {
          rest.append(place)
        }
      }
      if matched.isEmpty { break }  // never: an instance matches its own generalisation
      found.append(GeneralFormula(left: left, right: right, dependent: dependent, instances: matched))
      open = rest
    }
    return found.sorted { $0.instances[0].instance.term < $1.instances[0].instance.term }
  }

  /// How many different indices there are; mostly there are few, and comparing those is faster than hashing.
  private static func distinct(_ indices: [FormulaIndex]) -> Int {
    guard indices.count <= 16 else { return Set(indices).count }
    return indices.indices.count { place in !indices[..<place].contains(indices[place]) }
  }

  private mutating func letter(_ axis: Int) -> Letter {
    letterCount += 1
    return Letter(number: letterCount - 1, axis: axis)
  }

  // MARK: One instance

  private mutating func generalized(
    _ instance: FormulaInstance
  ) -> (left: [FormulaIndex], right: Formula, dependent: [Letter]) {
    var own: [(fixed: FormulaIndex, letter: Letter)] = []
    let left = instance.indices.map { index -> FormulaIndex in
      guard !rules.names.contains(index.axis) else { return index }
      let letter = letter(index.axis)
      own.append((index, letter))
      return FormulaIndex(axis: index.axis, place: .letter(letter, plus: 0))
    }
    var right = folded(instance.formula)
    right = right.mappingIndices { index in
      guard let number = index.fixed, let own = own.first(where: { $0.fixed.axis == index.axis }),
        let ownNumber = own.fixed.fixed
      else { return index }
      let difference = number - ownNumber
      let isNear = difference == 0 || rules.ordered.contains(index.axis) && (-1...1).contains(difference)
      return isNear ? FormulaIndex(axis: index.axis, place: .letter(own.letter, plus: difference)) : index
    }
    // What is left depends on the own indices in a way that the formula does not say.
    var dependent: [(fixed: FormulaIndex, letter: Letter)] = []
    for index in right.indices where isOpen(index) && !dependent.contains(where: { $0.fixed == index }) {
      dependent.append((index, letter(index.axis)))
    }
    right = right.mappingIndices { index in
      guard let found = dependent.first(where: { $0.fixed == index }) else { return index }
      return FormulaIndex(axis: index.axis, place: .letter(found.letter, plus: 0))
    }
    let hasOwnSample = own.contains { rules.samples.contains($0.fixed.axis) }
    var free: [Letter] = []
    for (_, letter) in dependent {
      if rules.samples.contains(letter.axis), !hasOwnSample, bind(letter, in: &right) { continue }
      free.append(letter)
    }
    return (left, right.withBoundLetters(from: letterCount), free)
  }

  /// Whether an index is still a number that a letter should stand for.
  private func isOpen(_ index: FormulaIndex) -> Bool {
    index.fixed != nil && index.axis != FormulaIndex.ageAxis && !rules.names.contains(index.axis)
  }

  /// Lets a letter run in the one sum outside of which it does not occur, as where a batch has a single response.
  private func bind(_ letter: Letter, in formula: inout Formula) -> Bool {
    switch formula {
    case .operation(let operation, let operands):
      let holding = operands.indices.filter { operands[$0].contains(letter) }
      guard holding.count == 1 else { return false }
      if operation.isList, operands.count == 1 {
        formula = .range(operation, [letter], operands[0], part: nil)
        return true
      }
      var changed = operands
      guard bind(letter, in: &changed[holding[0]]) else { return false }
      formula = .operation(operation, changed)
      return true
    case .range(let operation, let letters, let body, let part):
      formula = .range(operation, [letter] + letters, body, part: part)
      return true
    case .single(var x):
      guard bind(letter, in: &x) else { return false }
      formula = .single(x)
      return true
    default: return false
    }
  }

  // MARK: Sums

  /// Sums of alike operands become ranges, the inner ones first.
  private mutating func folded(_ formula: Formula) -> Formula {
    guard case .operation(let operation, let operands) = formula,
      operation.isList || operation.isExtreme && operands.count > 2
    else {
      return formula.replacingParts { folded($0) }
    }
    if operands.count > 1, let range = range(operation, operands) { return range }
    if operation == .sum, let kinds = kinds(operands) { return .operation(.sum, kinds) }
    return .operation(operation, operands.map { folded($0) })
  }

  /// One sum for each kind of operands, where a few kinds follow each other: `Σ g_θ² + Σ g_φ²`.
  private mutating func kinds(_ operands: [Formula]) -> [Formula]? {
    var kinds: [(shape: Formula, operands: [Formula])] = []
    for operand in operands {
      let shape = operand.mappingIndices { FormulaIndex(0, axis: $0.axis) }
      if kinds.last?.shape == shape {
        kinds[kinds.count - 1].operands.append(operand)
      } else {
        kinds.append((shape, [operand]))
      }
    }
    guard kinds.count <= 4, kinds.count < operands.count else { return nil }
    return kinds.map { kind in
      // One alone is no sum, and only a range stands for several.
      if kind.operands.count == 1 {
        let alone = folded(kind.operands[0])
        if case .range = alone {} else { return alone }
      }
      return range(.sum, kind.operands) ?? .operation(.sum, kind.operands)
    }
  }

  /// The operands as one, if they differ in their indices alone.
  private mutating func range(_ operation: Operation, _ operands: [Formula]) -> Formula? {
    let sizes = operands.map { $0.size }
    var templates = [0]
    for place in operands.indices where sizes[place] > sizes[templates[0]] { templates[0] = place }
    if templates[0] != operands.count - 1 { templates.append(operands.count - 1) }
    for template in templates {
      if let range = range(operation, operands, template: operands[template]) { return range }
    }
    return nil
  }

  private mutating func range(_ operation: Operation, _ operands: [Formula], template: Formula) -> Formula? {
    var letters: [(fixed: FormulaIndex, letter: Letter)] = []
    var body = folded(template)
    for index in body.indices where index.fixed != nil && !rules.names.contains(index.axis) {
      guard index.axis != FormulaIndex.ageAxis else { continue }
      if !letters.contains(where: { $0.fixed == index }) { letters.append((index, letter(index.axis))) }
    }
    body = body.mappingIndices { index in
      guard let found = letters.first(where: { $0.fixed == index }) else { return index }
      return FormulaIndex(axis: index.axis, place: .letter(found.letter, plus: 0))
    }
    // Each name has an age of its own: that two are equal in one operand says nothing.
    var ages: [(name: Int, fixed: FormulaIndex, letter: Letter)] = []
    body.visit { part in
      guard case .quantity(let name, _, let age) = part, age.fixed != nil else { return }
      if !ages.contains(where: { $0.name == name && $0.fixed == age }) {
        letterCount += 1
        ages.append((name, age, Letter(number: letterCount - 1, axis: FormulaIndex.ageAxis)))
      }
    }
    body = body.mappingAges { name, age in
      guard let found = ages.first(where: { $0.name == name && $0.fixed == age }) else { return age }
      return FormulaIndex(axis: age.axis, place: .letter(found.letter, plus: 0))
    }
    letters += ages.map { ($0.fixed, $0.letter) }
    var varying: Set<Int> = []
    for operand in operands {
      var bindings = Bindings()
      guard bindings.match(body, operand) else { return nil }
      for (fixed, letter) in letters where bindings[letter].map({ $0 != fixed.fixed }) ?? false {
        varying.insert(letter.number)
      }
    }
    body = body.mappingIndices { index in
      guard let letter = index.letter, !varying.contains(letter.number),
        let found = letters.first(where: { $0.letter == letter })
      else { return index }
      return found.fixed
    }
    let bound = letters.map { $0.letter }.filter { varying.contains($0.number) }
    // Operands that look alike, as means over two minibatches do, differ in what they go over: no letter says which is which.
    return bound.isEmpty ? nil : .range(operation, bound, body, part: nil)
  }
}

extension Formula {
  func contains(_ letter: Letter) -> Bool { indices.contains { $0.letter == letter } }
}
