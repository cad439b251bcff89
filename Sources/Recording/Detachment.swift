import Autodiff

extension Trace {
  /// Whether it makes a difference that a term's value is detached as a whole: otherwise a gradient would pass through
  /// it.
  ///
  /// CISPO's weight is detached from the policy, and that is the point of it. An advantage that comes from rewards is
  /// detached too, and nobody would notice if it were not.
  func isDetachmentFelt(of term: Int) -> Bool {
    guard !glossary.learned.contains(terms[term].key.name) else { return false }
    var scalar = scalar(term)
    var isDetached = false
    while tape.operation(of: scalar) == .stopGradient || tape.operation(of: scalar) == .alias {
      isDetached = isDetached || tape.operation(of: scalar) == .stopGradient
      scalar = tape.operands(of: scalar)[0]
    }
    return isDetached && isReachedByGradient(scalar)
  }

  private func isReachedByGradient(_ scalar: Scalar) -> Bool {
    learnedReach.extend(over: self)
    return learnedReach[scalar.node]
  }
}

/// For each node of a tape, whether a gradient passes from it to a number that learns; found in one pass, when it is
/// first asked for.
struct LearnedReach {
  private var flags: [Bool] = []

  subscript(node: Int32) -> Bool { flags[Int(node)] }

  mutating func extend(over trace: Trace) {
    guard flags.count < trace.tape.count else { return }
    let isLearned = trace.glossary.entries.indices.map { trace.glossary.learned.contains($0) }
    var sources = [Bool](repeating: false, count: trace.tape.count)
    for term in trace.terms where isLearned[term.key.name] { sources[Int(term.node)] = true }
    trace.tape.extendReach(&flags, of: sources)
  }
}
