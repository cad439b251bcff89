import Autodiff

extension Trace {
  /// The differentiated loss that speaks about a term, seen from a beat.
  ///
  /// A term of a minibatch belongs to that minibatch's loss. A term from before, such as an advantage, feeds several:
  /// the latest one at or before the beat in which it takes part counts, or else the first one after.
  public func differentiation(for term: Int, at beat: Int) -> Differentiation? {
    let after = differentiations.filter { $0.term >= term }
    let loops = stage(ofBeat: terms[term].beat).loops
    if loops.minibatch != nil { return after.first }
    let takingPart = after.filter { leads(from: $0.term, to: term) }
    return takingPart.last { terms[$0.term].beat <= beat } ?? takingPart.first ?? after.first
  }

  /// The derivative of the loss by a term, seen from a beat; nil where no loss follows it.
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
  /// A central difference of one term by another, with everything behind a stop-gradient held.
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
