import Objectives
import Recording

extension Puzzle {
  /// A KL below 0: k1 is an estimate from samples, and an estimate may be negative.
  ///
  /// Asked in TRL #235, #351, #925 and #1161.
  static let negativeKL = Puzzle(name: "negative-kl") { patient in
    let metrics = patient.all(Metric.objectiveKL)
    let found = metrics.filter { patient.trace.value($0) < -1e-9 }
    guard patient.settings.choice(.klEstimator) == "k1", patient.placeholderOfReference == nil, let first = found.first
    else { return nil }
    let often = metrics.count == 1 ? "" : " (in \(found.count) of \(metrics.count) batches)"
    return Finding(
      name: "negative-kl",
      verdict: 2 * found.count > metrics.count ? .caution : .harmless,
      title: "The KL is negative" + often,
      explanation: """
        The true KL divergence is never below 0. k1, the mean of old_logp - ref_logp, estimates it without bias, but \
        single tokens are negative as a rule and small batches now and then. While it is negative, the penalty pays \
        the policy for these tokens.
        """,
      evidence: patient.evidence(
        ["metric(objective/kl)", "mean(kl)", "min(kl)", "max(kl)", "kl_coef"], at: patient.trace.terms[first].beat),
      advice: """
        If it stays so, the samples do not come from the policy of old_logp: look for top_k, top_p, a temperature or \
        suppressed tokens in the sampling, and for padding or tokens after the end in the mean. k3 is never negative.
        """,
      topic: .kl)
  }
}
