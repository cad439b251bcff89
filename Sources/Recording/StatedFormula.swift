import Autodiff
public import Formulas

/// A general formula of recorded terms, with what is needed to write and to explain it.
public struct StatedFormula: Sendable {
  /// The quantity on the left side, by its number in the glossary.
  public let name: Int
  public let general: GeneralFormula
  /// Where it holds, if other terms of the same name have another formula.
  public let condition: Condition?
  public let right: AbbreviatedFormula
  public let letters: LetterNames
  /// For each sum that leaves something out, what it goes over; the sum refers to it by its place here.
  public let parts: [SumPart]

  /// For which terms of several a formula is.
  public enum Condition: Sendable {
    case lastStep, notLastStep
    case firstStep, notFirstStep
    /// The sign of another quantity decides: `A < 0`.
    case sign(Formula, Sign)
    /// The sample that a letter stands for is of this kind.
    case kind(String, Letter)
    /// So many of so many, where nothing simple tells the terms apart.
    case share(Int, of: Int)
  }

  /// A condition on the sign of a number.
  public enum Sign: String, Sendable { case positive, negative, zero, notPositive, notNegative, notZero }

  /// The term numbers that have this formula.
  public var terms: [Int] { general.instances.map { $0.instance.term } }
}

extension Trace {
  /// The general formula of one term, found among those of its name in its stage; nil for one that was not computed.
  public func statedFormula(of term: Int) -> StatedFormula? {
    statedFormulas(of: term..<(term + 1), in: stage(ofBeat: terms[term].beat)).first
  }

  /// The general formulas of some terms of a run through a stage, found among the run's terms of the same names.
  public func statedFormulas(of own: Range<Int>, in run: StageRun) -> [StatedFormula] {
    let names = Set(own.map { terms[$0].key.name })
    let first = beats[run.beats.lowerBound].terms.lowerBound
    let end = beats[run.beats.upperBound - 1].terms.upperBound
    let others = (first..<end).lazy.filter { [terms] in names.contains(terms[$0].key.name) && !own.contains($0) }
    // A thousand are enough to see what all have in common.
    let alike = (Array(others.prefix(1000)) + own).sorted()
    return statedFormulas(of: alike).filter { formula in formula.terms.contains { own.contains($0) } }
  }

  /// The general formulas of these terms, in the order in which they were recorded.
  ///
  /// Terms of one name share a formula as far as they can. What was not computed, a sampled number say, has none.
  public func statedFormulas<Terms: Sequence<Int>>(of terms: Terms) -> [StatedFormula] {
    var groups: [(key: TermKey, instances: [FormulaInstance])] = []
    var place: [TermKey: Int] = [:]
    // A reward, say, is 0 but for a response's last token: those terms have no formula, and share their name with some that do.
    var given: [TermKey: [FormulaInstance]] = [:]
    var reader = InstanceReader(self)
    for term in withoutTheLongest(Array(terms)) {
      let own = keyAndAxes(term)
      let group = groupKey(own.key, own.axes)
      guard let instance = reader.instance(of: term) else {
        if let instance = reader.given(term) { given[group, default: []].append(instance) }
        continue
      }
      let number = place[group] ?? groups.count
      if number == groups.count {
        place[group] = number
        groups.append((group, []))
      }
      groups[number].instances.append(instance)
    }
    let rules = AxisRules(
      ordered: axes { $0 == .steps }, samples: axes { $0 == .samples || $0 == .steps }, names: axes { $0 == .names })
    var stated: [StatedFormula] = []
    for group in groups {
      let forms = Generalization.formulas(of: group.instances, rules)
      for place in forms.indices {
        stated.append(statement(group.key.name, forms, place, given[group.key] ?? []))
      }
    }
    return stated.sorted { $0.terms[0] < $1.terms[0] }
  }

  /// The terms whose formulas can be written out.
  ///
  /// What is not named is written out wherever it is used: the squares of 4000 distances from an unnamed mean have
  /// 16 million leaves. A reader gains nothing from such a formula, so the terms of that name have none.
  private func withoutTheLongest(_ terms: [Int]) -> [Int] {
    var lengths = FormulaLengths(trace: self)
    var total: [TermKey: Int] = [:]
    let indexed = terms.filter { term in
      let (key, axes) = keyAndAxes(term)
      return axes.count == key.indices.count
    }
    func group(_ term: Int) -> TermKey {
      let (key, axes) = keyAndAxes(term)
      return groupKey(key, axes)
    }
    for term in indexed { total[group(term), default: 0] += lengths.leaves(of: term) }
    return indexed.filter { total[group($0), default: 0] <= FormulaLengths.longest }
  }

  private func keyAndAxes(_ term: Int) -> (key: TermKey, axes: [Int]) {
    let key = terms[term].key
    return (key, glossary.entries[key.name].axes)
  }

  /// The key of the terms that may share a formula: the name, with any index that is a name itself.
  private func groupKey(_ key: TermKey, _ axes: [Int]) -> TermKey {
    func isNamed(_ place: Int) -> Bool { place < axes.count && glossary.axes[axes[place]].kind == .names }
    return TermKey(name: key.name, i: isNamed(0) ? key.i : -1, j: isNamed(1) ? key.j : -1)
  }

  private func axes(_ holds: (Glossary.Axis.Kind) -> Bool) -> Set<Int> {
    Set(glossary.axes.indices.filter { holds(glossary.axes[$0].kind) })
  }

  /// The given terms for which a formula does not hold: neither where a parameter starts, nor a sum of nothing.
  private func exceptions(
    to form: GeneralFormula, of name: Int, among given: [FormulaInstance]
  ) -> [FormulaInstance] {
    if form.updates(name) { return [] }
    guard case .range(.sum, _, _, _) = form.right else { return given }
    return given.filter { value($0.term) != 0 }
  }

  private func statement(
    _ name: Int, _ forms: [GeneralFormula], _ place: Int, _ given: [FormulaInstance]
  ) -> StatedFormula {
    var sums = SumParts(self, left: forms[place].left)
    let form = forms[place].with(right: sums.marked(forms[place]))
    let right = AbbreviatedFormula(form.right)
    let free = form.left.compactMap { $0.letter } + form.dependent
    // A letter that a quantity here has for its name would be read as that.
    var reserved: Set<String> = [glossary.entries[name].latex]
    form.right.visit { part in
      if case .quantity(let other, _, _) = part { reserved.insert(glossary.entries[other].latex) }
    }
    let letters = LetterNames(free: free, in: form.right) { axis in
      if axis == FormulaIndex.ageAxis { return ["q"] }
      let all = glossary.axes[axis].letters
      let unused = all.filter { !reserved.contains($0) }
      return unused.isEmpty ? all : unused
    }
    let given = exceptions(to: form, of: name, among: given)
    let condition = forms.count == 1 && given.isEmpty ? nil : condition(of: place, among: forms, given)
    return StatedFormula(
      name: name, general: form, condition: condition, right: right, letters: letters,
      parts: sums.parts)
  }
}

// MARK: - From the tape to instances

/// Reads the formulas of terms off the tape, with all indices as numbers.
private struct InstanceReader {
  private let trace: Trace
  private let tape: Tape
  /// The terms that others were computed from, as leaves: most of them are read many times.
  private var leaves: [Int: Formula] = [:]
  /// Those of the formula that is being read.
  private var symbols: [SymbolValue] = []

  init(_ trace: Trace) {
    self.trace = trace
    tape = trace.tape
  }

  /// A term with its formula; nil for one that was not computed.
  mutating func instance(of term: Int) -> FormulaInstance? {
    guard trace.terms[term].computedNode == nil else { return nil }
    let scalar = trace.scalar(term)
    let formula: Formula
    symbols = []
    switch tape.operation(of: scalar) {
    case .leaf: return nil
    case .constant:
      guard tape.origin(of: scalar) != nil else { return nil }
      formula = constant(scalar)
    default: formula = expanded(scalar, for: term)
    }
    guard formula.isGeneral else { return nil }
    return FormulaInstance(
      term: term, indices: indices(of: term),
      formula: trace.isDetachmentFelt(of: term) ? formula : formula.attached, symbols: symbols)
  }

  /// A term that was not computed, by its value; nil for one that a what-if has set, of which the formula still speaks.
  func given(_ term: Int) -> FormulaInstance? {
    guard trace.terms[term].computedNode == nil else { return nil }
    return FormulaInstance(
      term: term, indices: indices(of: term), formula: .number(trace.value(term)), symbols: [])
  }

  private func indices(of term: Int) -> [FormulaIndex] {
    let key = trace.terms[term].key
    return zip(key.indices, trace.glossary.entries[key.name].axes).map { FormulaIndex($0, axis: $1) }
  }

  private mutating func leaf(_ scalar: Scalar, for term: Int) -> Formula {
    // What is named later has no name yet.
    guard let input = trace.term(ofNode: scalar.node), input < term else { return expanded(scalar, for: term) }
    let age = trace.age(of: input, at: term)
    if age == 0, let known = leaves[input] { return known }
    let leaf = Formula.quantity(trace.terms[input].key.name, indices(of: input), age: .age(age))
    if age == 0 { leaves[input] = leaf }
    return leaf
  }

  private mutating func expanded(_ scalar: Scalar, for term: Int) -> Formula {
    let operation = tape.operation(of: scalar)
    switch operation {
    case .leaf, .constant: return constant(scalar)
    default:
      let nodes = tape.operandNodes(of: Int(scalar.node))
      if operation == .alias { return leaf(tape.scalar(nodes[nodes.startIndex]), for: term) }
      var operands: [Formula] = []
      operands.reserveCapacity(nodes.count)
      for node in nodes { operands.append(leaf(tape.scalar(node), for: term)) }
      return Formula.operation(operation, operands).simplifiedAtTheTop
    }
  }

  private mutating func constant(_ scalar: Scalar) -> Formula {
    guard let origin = tape.origin(of: scalar) else { return .number(scalar.value) }
    collect(origin)
    return Formula(origin) { trace.glossary.symbol($0)?.axes ?? [] }.simplified
  }

  private mutating func collect(_ origin: Origin) {
    switch origin {
    case .number: break
    case .symbol(let symbol, let i, let j, let value):
      symbols.append(SymbolValue(symbol: symbol, indices: [i, j].filter { $0 >= 0 }, value: value))
    case .unary(_, let x), .single(let x): collect(x)
    case .binary(_, let a, let b), .power(let a, let b):
      collect(a)
      collect(b)
    }
  }
}

extension Trace {
  /// How many newer terms with the same key there were when another term was computed from it.
  func age(of input: Int, at term: Int) -> Int {
    var age = 0
    var next = following(input)
    while let newer = next, newer < term {
      age += 1
      next = following(newer)
    }
    return age
  }
}

/// How many leaves formulas have when they are written out down to named terms.
private struct FormulaLengths {
  /// More leaves than all formulas of one name may have.
  static let longest = 1_000_000

  let trace: Trace
  private var known: [Int32: Int] = [:]

  init(trace: Trace) { self.trace = trace }

  mutating func leaves(of term: Int) -> Int { expanded(trace.scalar(term)) }

  private mutating func leaves(of scalar: Scalar) -> Int {
    trace.term(ofNode: scalar.node) == nil ? expanded(scalar) : 1
  }

  private mutating func expanded(_ scalar: Scalar) -> Int {
    if let length = known[scalar.node] { return length }
    var length = 0
    for node in trace.tape.operandNodes(of: Int(scalar.node)) {
      length = min(Self.longest + 1, length + leaves(of: trace.tape.scalar(node)))
    }
    known[scalar.node] = max(1, length)
    return max(1, length)
  }
}

// MARK: - Where a formula holds

extension Trace {
  private func condition(
    of place: Int, among forms: [GeneralFormula], _ given: [FormulaInstance]
  ) -> StatedFormula.Condition {
    let inside = forms[place].instances.map { $0.instance }
    let outside = forms.indices.filter { $0 != place }.flatMap { forms[$0].instances.map { $0.instance } } + given
    if let step = step(inside, outside) { return step }
    if let kind = kind(of: forms[place], inside, outside) { return kind }
    if let sign = sign(of: forms[place], inside: inside, outside: outside) { return sign }
    return .share(inside.count, of: inside.count + outside.count)
  }

  private func step(_ inside: [FormulaInstance], _ outside: [FormulaInstance]) -> StatedFormula.Condition? {
    guard let position = inside[0].indices.firstIndex(where: { glossary.axes[$0.axis].kind == .steps }) else {
      return nil
    }
    var last: [Int: Int] = [:]
    func sequence(_ instance: FormulaInstance) -> Int { position == 0 ? 0 : instance.indices[0].fixed ?? 0 }
    func step(_ instance: FormulaInstance) -> Int { instance.indices[position].fixed ?? 0 }
    for instance in inside + outside {
      last[sequence(instance)] = max(last[sequence(instance)] ?? 0, step(instance))
    }
    func isLast(_ instance: FormulaInstance) -> Bool { step(instance) == last[sequence(instance)] }
    if inside.allSatisfy(isLast), !outside.contains(where: isLast) { return .lastStep }
    if outside.allSatisfy(isLast), !inside.contains(where: isLast) { return .notLastStep }
    if inside.allSatisfy({ step($0) == 0 }), !outside.contains(where: { step($0) == 0 }) { return .firstStep }
    if outside.allSatisfy({ step($0) == 0 }), !inside.contains(where: { step($0) == 0 }) { return .notFirstStep }
    return nil
  }

  /// The kind of samples to which all of them belong, and no others.
  private func kind(
    of form: GeneralFormula, _ inside: [FormulaInstance], _ outside: [FormulaInstance]
  ) -> StatedFormula.Condition? {
    guard let place = form.left.firstIndex(where: { glossary.axes[$0.axis].kind == .samples }),
      let letter = form.left[place].letter
    else { return nil }
    func isMember(_ instance: FormulaInstance, _ members: Set<Int>) -> Bool {
      instance.indices[place].fixed.map { members.contains($0) } ?? false
    }
    for (name, members) in sampleKinds
    where inside.allSatisfy({ isMember($0, members) }) && !outside.contains(where: { isMember($0, members) }) {
      return .kind(name, letter)
    }
    return nil
  }

  /// A quantity by whose sign an objective chooses its formula, where that tells the terms apart.
  ///
  /// Only those are tried: that the signs of others agree would be chance.
  private func sign(
    of form: GeneralFormula, inside: [FormulaInstance], outside: [FormulaInstance]
  ) -> StatedFormula.Condition? {
    let leaves = glossary.deciding.compactMap { name -> Formula? in
      let indices = glossary.entries[name].axes.compactMap { axis in form.left.first { $0.axis == axis } }
      guard indices.count == glossary.entries[name].axes.count else { return nil }
      return .quantity(name, indices, age: .age(0))
    }
    for leaf in leaves {
      guard case .quantity(let name, let indices, _) = leaf else { continue }
      func values(_ instances: [FormulaInstance]) -> [Double]? {
        var values: [Double] = []
        for instance in instances {
          let numbers = indices.map { index in
            form.left.firstIndex(of: index).flatMap { instance.indices[$0].fixed } ?? -1
          }
          let key = TermKey(name: name, i: numbers.count > 0 ? numbers[0] : -1, j: numbers.count > 1 ? numbers[1] : -1)
          guard let found = term(key, before: instance.term) else { return nil }
          values.append(value(found))
        }
        return values
      }
      guard let own = values(inside), let others = values(outside) else { continue }
      for (sign, other) in Self.signs where own.allSatisfy({ sign.holds($0) }) && others.allSatisfy({ other.holds($0) })
      {
        return .sign(leaf, sign)
      }
    }
    return nil
  }

  private static let signs: [(StatedFormula.Sign, StatedFormula.Sign)] = [
    (.negative, .notNegative), (.positive, .notPositive), (.notNegative, .negative), (.notPositive, .positive),
    (.zero, .notZero), (.notZero, .zero),
  ]
}

extension StatedFormula.Sign {
  func holds(_ x: Double) -> Bool {
    switch self {
    case .positive: x > 0
    case .negative: x < 0
    case .zero: x == 0
    case .notPositive: x <= 0
    case .notNegative: x >= 0
    case .notZero: x != 0
    }
  }
}
