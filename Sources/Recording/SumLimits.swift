import Formulas

// Over what the sums of a general formula go, where that is not everything: read off the recorded sums.
extension Trace {
  func limits(of form: GeneralFormula) -> [(letter: Letter, limit: StatedFormula.Limit)] {
    var found: [(letter: Letter, limit: StatedFormula.Limit)] = []
    var number = 0
    func look(_ formula: Formula) {
      // Inner sums go over all that the outer ones leave.
      guard case .range(_, let letters, _) = formula else { return formula.parts.forEach(look) }
      let sets = form.instances.map { $0.bindings.ranges[number] }
      number += 1
      for letter in letters where !found.contains(where: { $0.letter == letter }) {
        if let limit = limit(of: letter, sets, form) { found.append((letter, limit)) }
      }
    }
    look(form.right)
    return found
  }

  private func limit(of letter: Letter, _ sets: [[Bindings]], _ form: GeneralFormula) -> StatedFormula.Limit? {
    let numbers = sets.map { runs in runs.compactMap { $0[letter] } }
    switch glossary.axes[safe: letter.axis]?.kind {
    case .samples?: return sampleLimit(letter, numbers, form)
    case .words?: return wordLimit(numbers, form)
    default: return nil
    }
  }

  private func sampleLimit(_ letter: Letter, _ numbers: [[Int]], _ form: GeneralFormula) -> StatedFormula.Limit? {
    guard let first = numbers.first, numbers.contains(where: { $0 != first }) else { return nil }
    let owner = form.left.first.flatMap { $0.letter }
    guard let owner, glossary.axes[owner.axis].kind == .samples else { return nil }
    return owner.axis == letter.axis ? .groupOf(owner) : .group(owner)
  }

  /// Sums over words may go over those before the one that was sampled, or over those of a text.
  private func wordLimit(_ numbers: [[Int]], _ form: GeneralFormula) -> StatedFormula.Limit? {
    let left = form.left
    for name in glossary.valueLabels.keys.sorted() {
      let axes = glossary.entries[name].axes
      if axes == left.map({ $0.axis }) {
        let leaf = Formula.quantity(name, left, age: .age(0))
        let words = form.instances.map { word(name, $0.instance) }
        if agree(numbers, words, { $0 }) { return .below(leaf) }
        if agree(numbers, words, { $0 + 1 }) { return .upTo(leaf) }
      } else if axes.count == 2, left.count == 1, axes[0] == left[0].axis {
        let texts = form.instances.map { text(name, $0.instance) }
        if zip(numbers, texts).allSatisfy({ $0 == $1 }) { return .members(.quantity(name, left, age: .age(0))) }
      }
    }
    return nil
  }

  private func agree(_ numbers: [[Int]], _ words: [Int?], _ count: (Int) -> Int) -> Bool {
    zip(numbers, words).allSatisfy { list, word in word.map { list == Array(0..<max(0, count($0))) } ?? false }
  }

  private func word(_ name: Int, _ instance: FormulaInstance) -> Int? {
    let numbers = instance.indices.map { $0.fixed ?? -1 }
    // Both are recorded in the same beat, in whichever order.
    let end = beats[terms[instance.term].beat].terms.upperBound
    return term(TermKey(name: name, i: numbers[0], j: numbers.count > 1 ? numbers[1] : -1), before: end)
      .map { Int(value($0)) }
  }

  private func text(_ name: Int, _ instance: FormulaInstance) -> [Int] {
    var words: [Int] = []
    let own = instance.indices[0].fixed ?? -1
    while let found = term(TermKey(name: name, i: own, j: words.count), before: instance.term), words.count < 100_000 {
      // Those of an earlier, longer response are not its own.
      if let first = term(TermKey(name: name, i: own, j: 0), before: instance.term), found < first { break }
      words.append(Int(value(found)))
    }
    return words
  }
}

extension Array {
  fileprivate subscript(safe place: Int) -> Element? { indices.contains(place) ? self[place] : nil }
}
