import Objectives
import Recording
import Simulation

extension Puzzle {
  /// A NaN or an infinity: the first one recorded, from which the others come.
  ///
  /// Asked in TRL #3015: exp overflows, 0 · ∞ is NaN, and one such token makes the whole loss NaN.
  static let notANumber = Puzzle(name: "not-a-number") { patient in
    let trace = patient.trace
    // What an engine could not score is not known, and a metric of too few numbers or the cosine of a gradient that is 0 is
    // not defined: that harms nothing.
    let harmless: [Quantity] = [.samplingLogp, .metric, .gradientCosine]
    let first = trace.terms.indices.first { term in
      !trace.value(term).isFinite && !harmless.contains(trace.quantity(of: term))
    }
    guard let first else { return nil }
    let name = trace.text(first)
    let beat = trace.terms[first].beat
    let kind = trace.value(first).isNaN ? "not a number" : "infinite"
    let inputs = trace.inputs(of: first).map { trace.text($0) }
    return Finding(
      name: "not-a-number", verdict: patient.fault, title: "\(name) is \(kind)",
      explanation: """
        It is the first number of the recording that is \(kind): what is computed from it is of no use either. A loss \
        that has it in it has no gradient that an optimizer could follow.
        """,
      evidence: patient.evidence([name] + inputs.prefix(4), at: beat) + patient.evidence(["loss"], at: patient.end),
      advice: """
        Look at what it is made of: a probability of exactly 0, a division by a deviation or a \
        count of 0, an exponential beyond 88 in single precision.
        """,
      topic: .ratio)
  }
}
