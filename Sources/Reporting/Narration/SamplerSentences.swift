import Autodiff
import Objectives
import Recording
import Simulation

// Responses that another engine sampled than the policy itself.
extension Narrator {
  var sampler: String? {
    if let ratio = term(.sequenceSamplingRatio) {
      let start =
        "The policy makes \(response(key(ratio).i)) \(text(ratio)) times as likely as the engine that sampled it"
      return start + weightClause(ratio, term(.sequenceSamplingWeight), mask: term(.sequenceSamplingMask)) + "."
    }
    if let mask = term(.sequenceRejectionMask), let compared = term(.comparedLogRatio) {
      let verdict = trace.value(mask) == 1 ? "near enough, it is kept" : "too far, it is left out"
      let subject = operation(compared) == .divide ? "mean log-ratio of a token" : "log-ratio"
      return "The \(subject) between policy and sampler of \(response(key(mask).i)) is \(text(compared)): \(verdict)."
    }
    if let mask = term(.sequenceRejectionMask), let compared = term(.comparedKL),
      let one = trace.inputs(of: compared).first(where: { trace.quantity(of: $0) == .samplerKL })
    {
      let verdict = trace.value(mask) == 1 ? "near enough, it is kept" : "too far, it is left out"
      let subject =
        switch operation(compared) {
        case .divide: "mean of \(estimate(one)) over the"
        case .max: "largest \(estimate(one)) of the"
        default: "sum of \(estimate(one)) over the"
        }
      return
        "The \(subject) tokens of \(response(key(mask).i)), between policy and sampler, is \(text(compared)): \(verdict)."
    }
    guard let logRatio = term(.samplingLogRatio) else { return nil }
    let subject = capitalized(token(key(logRatio).i, key(logRatio).j))
    var start =
      trace.value(logRatio) == 0
      ? "\(subject) has the same log-probability in the policy and in the engine that sampled it"
      : "The policy's log-probability of \(token(key(logRatio).i, key(logRatio).j)) is \(distance(logRatio)) that of the "
        + "engine that sampled it"
    if let estimate = term(.samplerKL) { start += ", \(self.estimate(estimate)) of that is \(text(estimate))" }
    guard let ratio = term(.samplingRatio) else { return start + rejectionClause + "." }
    return start + ": the ratio is \(text(ratio))"
      + weightClause(ratio, term(.samplingWeight), mask: term(.samplingMask)) + rejectionClause + "."
  }

  /// What an estimate of the KL is called.
  private func estimate(_ term: Int) -> String { operation(term) == .divide ? "k2" : "k3" }

  /// `0.2 above`, `0.2 below`.
  private func distance(_ term: Int) -> String {
    let value = trace.value(term)
    return "\(number(value.magnitude)) \(value > 0 ? "above" : "below")"
  }

  private func weightClause(_ ratio: Int, _ weight: Int?, mask: Int?) -> String {
    guard let weight else { return "" }
    if let mask, trace.value(mask) == 0 { return "; that is out of bounds, and its weight is 0" }
    return trace.value(weight) == trace.value(ratio)
      ? ", and that is its weight" : "; its weight is held at \(text(weight))"
  }

  private var rejectionClause: String {
    guard let mask = term(.rejectionMask) else { return "" }
    return trace.value(mask) == 1 ? "; it is kept" : "; that is too far, and it is left out"
  }
}
