import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// A KL below 0: k1 is an estimate from samples, and an estimate may be negative.
  ///
  /// Asked in TRL #235, #351, #925 and #1161.
  static let negativeKL = Puzzle(name: "negative-kl") { patient in
    let metrics = patient.all(Metric.objectiveKL)
    let found = metrics.filter { patient.trace.value($0) < -1e-9 }
    guard patient.settings.choice(.klEstimator) == "k1", patient.placeholderOfReference == nil, let first = found.first
    else { return nil }
    let noise = patient.noiseOfKL
    let isNoise = noise.map { $0.mean + 3 * $0.error >= 0 } ?? (2 * found.count <= metrics.count)
    let often = metrics.count == 1 ? "" : " (in \(found.count) of \(metrics.count) batches)"
    return Finding(
      name: "negative-kl",
      verdict: isNoise ? .harmless : .caution,
      title: "The KL is negative" + often
        + (noise.map { ": \(NumberText.short($0.mean)) ± \(NumberText.short($0.error, digits: 2)) per response" } ?? ""),
      explanation: """
        The true KL divergence is never below 0. k1, the mean of log π - log π_ref of what was sampled, estimates it \
        without bias where the policy itself sampled, but single tokens are negative as a rule and small batches now and then.\(patient.paidPenalty)
        """,
      evidence: patient.evidence(
        ["metric(objective/kl)", "mean(kl)", "min(kl)", "max(kl)", "kl_coef"], at: patient.trace.terms[first].beat),
      advice: """
        If it stays so, the samples do not come from the policy that gave these log-probabilities: look for top_k, top_p, a temperature or \
        suppressed tokens in the sampling, and for padding or tokens after the end in the mean. k3 is never negative.
        """,
      topic: .kl)
  }
}

extension Examination {
  /// What a penalty in the rewards makes of an estimate below 0.
  fileprivate var paidPenalty: String {
    all(.klPenalty).contains { trace.value($0) > 0 }
      ? " While it is negative, the penalty pays the policy for these tokens." : ""
  }

  /// The mean over a batch's responses of log π − log π_ref, summed over their tokens, and its standard error; nil of too few.
  fileprivate var noiseOfKL: (mean: Double, error: Double)? {
    var rows = sampled.map { ($0.oldLogp, $0.refLogp) }
    if case .pairs(let pairs)? = batch?.contents {
      rows = pairs.flatMap { [$0.chosen, $0.rejected] }.map { ($0.logp, $0.refLogp ?? []) }
    }
    let sums = rows.filter { !$0.1.isEmpty && $0.0.count == $0.1.count }
      .map { zip($0.0, $0.1).reduce(0) { $0 + $1.0 - $1.1 } }
    guard sums.count >= 2 else { return nil }
    return (mean(sums), standardError(sums))
  }
}
