import Autodiff

/// Which terms are computed from a term directly, over however many unnamed operations.
public struct TermUses {
  private let trace: Trace
  private let uses: NodeUses

  /// One sweep over the tape.
  public init(_ trace: Trace) {
    self.trace = trace
    uses = NodeUses(trace.tape)
  }

  /// The terms that have this one in their formula, in the order in which they were recorded.
  public subscript(term: Int) -> [Int] {
    var found: [Int] = []
    var isSeen: Set<Int32> = []
    var open = Array(uses[trace.terms[term].node])
    while let node = open.popLast() {
      guard isSeen.insert(node).inserted else { continue }
      if let user = trace.term(ofNode: node) { found.append(user) } else { open.append(contentsOf: uses[node]) }
    }
    return found.sorted()
  }
}
