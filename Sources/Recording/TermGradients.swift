import Autodiff

/// The gradient of every term, each seen from the beat in which it appears.
///
/// The same numbers as `Trace.gradient(of:at:)`, found together: one sweep down the tape finds for each node the first loss
/// that it enters.
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
    trace.tape.visitBackwards { node, operand in first[operand] = min(first[operand], first[node]) }
    takesPart = first
  }

  /// The derivative of the loss that a term enters; nil where no loss is computed from it.
  public subscript(term: Int) -> Double? {
    differentiation(for: term).map { trace.differentiations[$0].gradient[trace.scalar(term)] }
  }

  /// The same as of a beat: nil until that loss has been computed.
  public subscript(term: Int, at beat: Int) -> Double? {
    guard let number = differentiation(for: term) else { return nil }
    let loss = trace.differentiations[number]
    return trace.terms[loss.term].beat <= beat ? loss.gradient[trace.scalar(term)] : nil
  }

  private func differentiation(for term: Int) -> Int? {
    let next = trace.firstDifferentiation(from: term)
    guard next < trace.differentiations.count else { return nil }
    let recorded = trace.terms[term]
    if trace.stage(ofBeat: recorded.beat).loops.minibatch != nil { return next }
    let end = trace.firstDifferentiation(
      from: trace.occurrences(of: recorded.key).first { $0 > term } ?? trace.terms.count)
    guard next < end else { return nil }
    if trace.isParameter(term) { return next }
    let entered = takesPart[Int(recorded.node)]
    return entered < end ? Int(entered) : nil
  }
}
