import Formulas

/// Finds out, from the recorded sums, which of a formula's sums leave something out, and what.
///
/// Nobody reads `mean over i` as a mean over some i. A sum goes over everything if what it adds is all that the loops
/// have of one of its quantities.
struct SumParts {
  /// The formula around a sum, for one number: what its letters stand for there.
  private typealias Context = (term: Int, bindings: Bindings)
  /// Of more sums within sums than this, only the first are looked at.
  private static let mostContexts = 50_000

  private let trace: Trace
  private let left: [FormulaIndex]
  private(set) var parts: [SumPart] = []

  init(_ trace: Trace, left: [FormulaIndex]) {
    self.trace = trace
    self.left = left
  }

  /// The right side of a formula with its sums marked.
  mutating func marked(_ form: GeneralFormula) -> Formula {
    var number = 0
    let scope = left.compactMap { $0.letter }
    var contexts: [Context] = []
    for known in form.instances { contexts.append((term: known.instance.term, bindings: known.bindings)) }
    return marked(form.right, contexts, scope, &number)
  }

  /// - Parameters:
  ///   - scope: The letters that have a meaning where the formula stands.
  ///   - number: How many sums were met before it.
  private mutating func marked(
    _ formula: Formula, _ contexts: [Context], _ scope: [Letter], _ number: inout Int
  ) -> Formula {
    switch formula {
    case .operation(let operation, let operands):
      return .operation(operation, operands.map { marked($0, contexts, scope, &number) })
    case .power(let a, let b):
      let base = marked(a, contexts, scope, &number)
      return .power(base, marked(b, contexts, scope, &number))
    case .single(let x): return .single(marked(x, contexts, scope, &number))
    case .range(let operation, let letters, let body, _):
      let own = number
      number += 1
      let sums = contexts.compactMap { context -> RecordedSum? in
        let runs = context.bindings.ranges[own]
        return runs.isEmpty ? nil : RecordedSum(term: context.term, outer: context.bindings, runs: runs)
      }
      var inner: [Context] = []
      for sum in sums where inner.count < Self.mostContexts {
        for run in sum.runs { inner.append((term: sum.term, bindings: run)) }
      }
      let part = part(letters, body, sums, scope)
      var innerNumber = 0
      return .range(operation, letters, marked(body, inner, scope + letters, &innerNumber), part: part)
    default: return formula
    }
  }

  // MARK: One sum

  private mutating func part(_ all: [Letter], _ body: Formula, _ sums: [RecordedSum], _ scope: [Letter]) -> Int? {
    let letters = all.filter { $0.axis != FormulaIndex.ageAxis }
    guard !letters.isEmpty, !isEverything(letters, body, sums) else { return nil }
    let choice = limit(letters, body, sums, scope) ?? unnamed(letters, sums, scope)
    parts.append(SumPart(letters: letters, choice: choice))
    return parts.count - 1
  }

  /// - Parameter sample: A letter that may be limited: only its values in the sum count.
  private func isEverything(
    _ letters: [Letter], _ body: Formula, _ sums: [RecordedSum], given sample: Letter? = nil
  ) -> Bool {
    if letters.count == 1, kind(letters[0]) == .words {
      let all = Array(0..<trace.glossary.wordCount(ofAxis: letters[0].axis))
      if sums.allSatisfy({ sum in sum.runs.map { $0[letters[0]] ?? -1 } == all }) { return true }
    }
    var leaves: [Formula] = []
    body.visit { part in
      guard case .quantity(_, let indices, _) = part, !leaves.contains(part) else { return }
      if letters.allSatisfy({ letter in indices.contains { $0.letter == letter } }) { leaves.append(part) }
    }
    return leaves.contains { leaf in
      sums.allSatisfy { sum in
        // What is added up over several updates is looked at for each of them.
        sum.byUpdate.allSatisfy { isEverything(of: leaf, letters, $0, before: sum.term, given: sample) }
      }
    }
  }

  private func isEverything(
    of leaf: Formula, _ letters: [Letter], _ runs: [Bindings], before term: Int, given sample: Letter?
  ) -> Bool {
    guard case .quantity(let name, let indices, let age) = leaf,
      let loops = loops(of: name, indices.map { runs[0][$0] }, age: runs[0][age] ?? 0, before: term)
    else { return false }
    var seen: Set<TermKey> = []
    for run in runs {
      // With one operand twice, it would not be a sum over everything.
      guard seen.insert(numbers(letters) { run[$0] ?? -1 }).inserted else { return false }
    }
    let samples = sample.map { sample in Set(runs.map { $0[sample] ?? -1 }) }
    var all: Set<TermKey> = []
    for key in trace.keys(ofName: name, in: loops) {
      let fits = indices.indices.allSatisfy { place in
        let number = place == 0 ? key.i : key.j
        if let letter = indices[place].letter, letters.contains(letter) {
          return letter != sample || samples?.contains(number) ?? true
        }
        return runs[0][indices[place]].map { $0 == number } ?? true  // a sum within takes care of the others
      }
      guard fits else { continue }
      let own = numbers(letters) { letter in
        guard let place = indices.firstIndex(where: { $0.letter == letter }) else { return -1 }
        return number(place == 0 ? key.i : key.j, without: indices[place])
      }
      guard seen.contains(own) else { return false }
      all.insert(own)
    }
    return all.count == seen.count
  }

  /// What the letters of one quantity stand for; there are two at most.
  private func numbers(_ letters: [Letter], _ number: (Letter) -> Int) -> TermKey {
    TermKey(name: letters.count, i: number(letters[0]), j: letters.count > 1 ? number(letters[1]) : -1)
  }

  /// What a letter `t` stands for where the index, such as `t + 1`, is this number.
  private func number(_ number: Int, without index: FormulaIndex) -> Int {
    if case .letter(_, let plus) = index.place { number - plus } else { number }
  }

  /// Where in the loops a quantity in a sum was recorded; an index that only an inner sum knows is nil.
  private func loops(of name: Int, _ numbers: [Int?], age: Int, before term: Int) -> Trace.LoopPosition? {
    let known = numbers.compactMap { $0 }
    guard known.count == numbers.count else { return trace.latestLoops(ofName: name, numbers, before: term) }
    let key = TermKey(name: name, i: known.count > 0 ? known[0] : -1, j: known.count > 1 ? known[1] : -1)
    var found = trace.term(key, before: term)
    for _ in 0..<age { found = found.flatMap { trace.term(key, before: $0) } }
    return found.map { trace.recordedLoops(of: $0) }
  }

  /// What limits one of the letters, if the others are then complete.
  private func limit(
    _ letters: [Letter], _ body: Formula, _ sums: [RecordedSum], _ scope: [Letter]
  ) -> SumPart.Choice? {
    if letters.count == 1, kind(letters[0]) == .words, let limit = wordLimit(letters[0], sums, scope) {
      return .limited(letters[0], limit)
    }
    guard let sample = letters.first(where: { kind($0) == .samples }),
      letters.count == 1 || isEverything(letters, body, sums, given: sample),
      let limit = sampleLimit(sample, sums, scope)
    else { return nil }
    return .limited(sample, limit)
  }

  private func unnamed(_ letters: [Letter], _ sums: [RecordedSum], _ scope: [Letter]) -> SumPart.Choice {
    let number = parts.count { part in if case .some = part.choice { true } else { false } }
    let sets = sums.map { sum in sum.runs.map { run in letters.map { run[$0] ?? -1 } } }
    let isAlways = sets.allSatisfy { $0 == sets[0] }
    return .some(number, of: isAlways ? [] : scope.filter { $0.axis != FormulaIndex.ageAxis })
  }

  private func kind(_ letter: Letter) -> Glossary.Axis.Kind? {
    trace.glossary.axes.indices.contains(letter.axis) ? trace.glossary.axes[letter.axis].kind : nil
  }

  // MARK: Samples

  private func sampleLimit(_ letter: Letter, _ sums: [RecordedSum], _ scope: [Letter]) -> SumPart.Limit? {
    let sets = sums.map { sum in Set(sum.runs.compactMap { $0[letter] }) }
    // Each step is about a part of all.
    let present = sums.map { trace.samples(of: letter.axis, in: trace.recordedLoops(of: $0.term)) }
    for (name, members) in trace.sampleKinds where zip(sets, present).allSatisfy({ $0 == $1.intersection(members) }) {
      return .kind(name)
    }
    if sets == present, sums.allSatisfy({ trace.recordedLoops(of: $0.term).minibatch != nil }) { return .minibatch }
    for owner in scope.reversed() where kind(owner) == .samples {
      let owners = sums.map { $0.outer[owner] ?? -1 }
      guard !owners.contains(-1) else { continue }
      if owner.axis != letter.axis {
        if isPartition(zip(owners, sets)) { return .group(owner) }
        continue
      }
      let isWithout = !zip(owners, sets).contains { $1.contains($0) }
      let whole = zip(owners, sets).map { isWithout ? $1.union([$0]) : $1 }
      guard zip(owners, whole).allSatisfy({ $1.contains($0) }) else { continue }
      let distinct = Set(whole)
      if distinct.count == 1 {
        if isWithout { return .except(owner) }
        continue  // the same for all of them, it is no group of theirs
      }
      if distinct.allSatisfy({ set in distinct.allSatisfy { $0 == set || $0.isDisjoint(with: set) } }) {
        return .groupOf(owner, isWithout: isWithout)
      }
    }
    return nil
  }

  /// Whether each owner has one set always, and no two owners share a member.
  private func isPartition(_ sets: Zip2Sequence<[Int], [Set<Int>]>) -> Bool {
    var known: [Int: Set<Int>] = [:]
    for (owner, set) in sets {
      if let other = known[owner], other != set { return false }
      known[owner] = set
    }
    var seen: Set<Int> = []
    for set in known.values {
      guard seen.isDisjoint(with: set) else { return false }
      seen.formUnion(set)
    }
    return true
  }

  // MARK: Words

  /// Sums over words may go over those before the one that was sampled, or over those of a text.
  private func wordLimit(_ letter: Letter, _ sums: [RecordedSum], _ scope: [Letter]) -> SumPart.Limit? {
    let numbers = sums.map { sum in sum.runs.compactMap { $0[letter] } }
    for name in trace.glossary.valueLabels.keys.sorted() {
      let axes = trace.glossary.entries[name].axes
      let places = axes.map { axis in scope.first { $0.axis == axis } }
      let own = places.compactMap { $0 }.map { FormulaIndex(axis: $0.axis, place: .letter($0, plus: 0)) }
      let leaf = Formula.quantity(name, own, age: .age(0))
      if own.count == axes.count, !own.isEmpty {
        let words = sums.map { word(name, own, $0) }
        if agree(numbers, words, { $0 }) { return .below(leaf) }
        if agree(numbers, words, { $0 + 1 }) { return .upTo(leaf) }
      } else if axes.count == 2, let first = places[0] {
        if zip(numbers, sums).allSatisfy({ $0 == words(name, $1.outer[first] ?? -1, before: $1.term) }) {
          return .members(leaf)
        }
      }
    }
    for text in trace.texts {
      guard let owner = scope.first(where: { $0.axis == text.axis }) else { continue }
      if zip(numbers, sums).allSatisfy({ $0 == text.numbers($1.outer[owner] ?? -1) }) { return .text(text, owner) }
    }
    return nil
  }

  private func agree(_ numbers: [[Int]], _ words: [Int?], _ count: (Int) -> Int) -> Bool {
    zip(numbers, words).allSatisfy { list, word in word.map { list == Array(0..<max(0, count($0))) } ?? false }
  }

  private func word(_ name: Int, _ indices: [FormulaIndex], _ sum: RecordedSum) -> Int? {
    let numbers = indices.map { sum.outer[$0] ?? -1 }
    // Both are recorded in the same beat, in whichever order.
    let end = trace.beats[trace.terms[sum.term].beat].terms.upperBound
    return trace.term(TermKey(name: name, i: numbers[0], j: numbers.count > 1 ? numbers[1] : -1), before: end)
      .map { Int(trace.value($0)) }
  }

  private func words(_ name: Int, _ i: Int, before term: Int) -> [Int] {
    var words: [Int] = []
    while let found = trace.term(TermKey(name: name, i: i, j: words.count), before: term), words.count < 100_000 {
      // Those of an earlier, longer response are not its own.
      if let first = trace.term(TermKey(name: name, i: i, j: 0), before: term), found < first { break }
      words.append(Int(trace.value(found)))
    }
    return words
  }
}

/// What a sum added for one number: the letters outside of it, and those of each operand.
private struct RecordedSum {
  let term: Int
  let outer: Bindings
  let runs: [Bindings]

  /// The operands of each update, where the sum goes over several.
  var byUpdate: [[Bindings]] {
    guard runs[0].hasAge else { return [runs] }
    var found: [(ages: [Int], runs: [Bindings])] = []
    for run in runs {
      let ages = run.ages
      if found.last?.ages != ages { found.append((ages, [])) }
      found[found.count - 1].runs.append(run)
    }
    return found.map { $0.runs }
  }
}

extension Glossary {
  /// How many words an index may be.
  fileprivate func wordCount(ofAxis axis: Int) -> Int {
    for entry in entries {
      if let place = entry.axes.firstIndex(of: axis), let words = entry.labels[place] { return words.count }
    }
    return 0
  }
}
