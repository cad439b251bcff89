import Autodiff

/// The gradient of every term, each seen from the beat in which it appears.
///
/// The same numbers as `Trace.gradient(of:at:)` gives one by one, found together: one sweep down the tape tells for each
/// node the first loss that it enters.
public struct TermGradients {
  private let trace: Trace
  /// For each node, the first differentiation in which it takes part.
  private let takesPart: [Int32]

  public init(_ trace: Trace) {
    self.trace = trace
    var first = [Int32](repeating: .max, count: trace.tape.count)
    for (number, differentiation) in trace.differentiations.enumerated() {
      first[Int(trace.terms[differentiation.term].node)] = Int32(number)
    }
    for node in first.indices.reversed() where first[node] != .max {
      for operand in trace.tape.operands(of: trace.tape.scalar(Int32(node)))
      where first[node] < first[Int(operand.node)] {
        first[Int(operand.node)] = first[node]
      }
    }
    takesPart = first
  }

  /// The derivative of the loss that a term enters; nil where no loss is computed from it.
  public subscript(term: Int) -> Double? {
    let next = trace.differentiations.firstIndex { $0.term >= term }
    guard let next else { return nil }
    let recorded = trace.terms[term]
    let isOfMinibatch = trace.stage(ofBeat: recorded.beat).loops.minibatch != nil
    let entered = takesPart[Int(recorded.node)]
    if entered == .max, !isOfMinibatch, !trace.isParameter(term) { return nil }
    let chosen = isOfMinibatch || entered == .max ? next : Int(entered)
    return trace.differentiations[chosen].gradient[trace.scalar(term)]
  }
}
