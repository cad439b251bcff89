import Autodiff

extension Trace {
  /// The differentiated loss to which a term belongs, seen from a beat.
  ///
  /// A term of a minibatch belongs to that minibatch's loss. A term from before, such as an advantage, feeds several: that
  /// of the beat's own minibatch counts if the term takes part in it; else the latest one at or before the beat in which it
  /// does, or else the first one after.
  public func differentiation(for term: Int, at beat: Int) -> Differentiation? {
    // Once a term with the same key is recorded, this one is superseded.
    let end = following(term) ?? terms.count
    let first = firstDifferentiation(from: term)
    guard first < differentiations.count else { return nil }
    if stage(ofBeat: terms[term].beat).loops.minibatch != nil { return differentiations[first] }
    let candidates = differentiations[first..<max(first, firstDifferentiation(from: end))]
    let here = stage(ofBeat: beat).loops
    let own = candidates.first { here.minibatch != nil && stage(ofBeat: terms[$0.term].beat).loops == here }
    if let own, isParameter(term) || leads(from: own.term, to: term) { return own }
    if isParameter(term) { return candidates.last { terms[$0.term].beat <= beat } ?? candidates.first }
    let takesPart = { (candidate: Differentiation) in self.leads(from: candidate.term, to: term) }
    return candidates.last { terms[$0.term].beat <= beat && takesPart($0) } ?? candidates.first { takesPart($0) }
  }

  /// The number of the first loss at or after a term.
  func firstDifferentiation(from term: Int) -> Int {
    var (low, high) = (0, differentiations.count)
    while low < high {
      let middle = (low + high) / 2
      if differentiations[middle].term < term { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The occurrence of a term whose gradient is meant, seen from a beat.
  ///
  /// A parameter that has just been updated takes part only in the next minibatch's loss. Until that minibatch begins, its
  /// gradient is the one that moved it: that of the occurrence before.
  public func occurrenceWithGradient(of term: Int, at beat: Int) -> Int {
    let position = stage(ofBeat: beat).loops
    if let next = differentiation(for: term, at: beat) {
      let nextBeat = terms[next.term].beat
      if nextBeat <= beat || stage(ofBeat: nextBeat).loops == position { return term }
    }
    let earlier = occurrences(of: terms[term].key).last { $0 < term && differentiation(for: $0, at: beat) != nil }
    return isParameter(term) ? earlier ?? term : term
  }

  /// Whether a term belongs to a model rather than to a response: its indices are words.
  func isParameter(_ term: Int) -> Bool {
    let entry = glossary.entries[terms[term].key.name]
    return entry.name != "metric" && entry.labels.contains { $0 != nil }
  }

  /// The derivative of the loss with respect to a term, seen from a beat; nil where no loss follows it.
  public func gradient(of term: Int, at beat: Int) -> Double? {
    differentiation(for: term, at: beat).map { $0.gradient[scalar(term)] }
  }

  /// Whether a term's value enters another's, by any path, stop-gradients included.
  public func leads(from root: Int, to target: Int) -> Bool {
    let goal = terms[target].node
    var isSeen: Set<Int32> = []
    var open = [terms[root].node]
    while let node = open.popLast() {
      if node == goal { return true }
      guard node > goal, isSeen.insert(node).inserted else { continue }
      for operand in tape.operands(of: tape.scalar(node)) { open.append(operand.node) }
    }
    return false
  }
}

extension Trace {
  /// The derivative of one term with respect to another by a central difference, with every stop-gradient held.
  public func finiteDifference(
    of root: Int, by term: Int
  ) -> (derivative: Double, above: Double, below: Double, step: Double) {
    let value = value(term)
    let step = 1e-5 * max(1, value.magnitude)
    let above = tape.value(of: scalar(root), replacing: scalar(term), by: value + step)
    let below = tape.value(of: scalar(root), replacing: scalar(term), by: value - step)
    return ((above - below) / (2 * step), above, below, step)
  }
}
