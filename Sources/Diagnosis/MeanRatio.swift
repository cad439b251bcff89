import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// The mean of the ratios is far from 1: `old_logp` is not what the tokens were sampled with.
  ///
  ///     E_old[π / π_old] = Σ π = 1
  ///
  /// That holds token by token, so that the sum of the ratios' distances from 1 has a standard deviation of √Σ(r − 1)². An
  /// update on these very samples moves ratios up and down; a finding is made only where nearly all are on one side.
  static let meanRatio = Puzzle(name: "mean-ratio") { patient in
    guard patient.batch != nil else { return nil }
    for update in patient.updates {
      let ratios = patient.values(.ratio, of: update)
      guard let test = SumTest(ratios) else { continue }
      return Finding(
        name: "mean-ratio", verdict: .bug,
        title: test.isConstant
          ? "Every ratio is \(NumberText.short(test.mean, digits: 3)), and their mean should be 1"
          : "The mean ratio is \(test.text), \(test.deviations) standard errors from 1",
        explanation: """
          A ratio's expectation under what sampled the token is the sum of the policy's probabilities, 1, whatever the \
          two are. \(test.share) of \(ratios.count) ratios are \(test.isBelow ? "below" : "above") 1, so old_logp is not \
          the log-probability with which the tokens were sampled. \(test.isBelow ? below : above)
          """,
        evidence: patient.evidence(
          ["mean(ratio)", "min(ratio)", "max(ratio)", "mean(logp) - mean(old_logp)"], at: update.beat),
        advice: """
          Compute old_logp with the training model before the first update, and give what the engine said as \
          sampling_logp: the difference can then be corrected (vllm_importance_sampling_correction, rollout_is).
          """,
        topic: .sampler)
    }
    return nil
  }

  private static let below = """
    An engine that samples with top_p or top_k and gives probabilities renormalised over what it keeps gives each token \
    too much, all by much the same.
    """
  private static let above = """
    An engine that samples at a higher temperature, or with fewer bits, gives the likely tokens too little.
    """

  /// Policy and sampler are far apart: where the file has both, their distance in numbers.
  static let samplerDrift = Puzzle(name: "sampler-drift") { patient in
    let trace = patient.trace
    // Columns that are not of the same tokens, or were filled up, say nothing of a distance.
    let told = patient.all(.samplingLogp).map { trace.value($0) }
    if patient.misalignment != nil || !told.isEmpty && told.allSatisfy({ $0 == told[0] }) { return nil }
    if let moved = patient.distanceFromSampler { return farFromSampler(patient, moved) }
    // What the engine did not say stands as a ratio of 1 in the loss, and is no agreement.
    let corrected = patient.all(.samplingLogRatio).filter { term in
      let key = trace.terms[term].key
      return !(trace.value(.samplingLogp, key.i, key.j, at: patient.end)?.isNaN ?? false)
    }
    let logRatios = corrected.isEmpty ? patient.samplerDifferences : corrected.map { trace.value($0) }
    guard !logRatios.isEmpty else { return nil }
    let distance = mean(logRatios.map { $0.magnitude })
    let weights = logRatios.map { min(1e9, Elementary.exp($0)) }
    let test = SumTest(weights)
    guard distance > 0.05 || test != nil else { return nil }
    // Means over all tokens would be of the masked ones as well, and of some that are not known.
    let isMasked =
      told.contains { $0.isNaN }
      || trace.terms.indices.count { trace.quantity(of: $0) == .samplingLogp } > patient.all(.samplingLogp).count
    let isCorrected = !patient.all(.samplingWeight).isEmpty || !patient.all(.sequenceSamplingWeight).isEmpty
    let one = test.map { test in
      test.isConstant
        ? " π_old / π_sampler is \(NumberText.short(test.mean, digits: 3)) at every token."
        : " The mean of π_old / π_sampler is \(test.text), \(test.deviations) standard errors from 1."
    }
    return Finding(
      name: "sampler-drift", verdict: .caution,
      title: "Policy and sampler differ by \(NumberText.short(distance)) nats a token on average",
      explanation: """
        The engine that sampled gives its tokens other probabilities than the policy that is trained.\(one ?? "") \
        \(isCorrected
          ? "The loss is corrected for it: look at which weights are held or 0, for those tokens teach less, or nothing."
          : "The loss takes them for the policy's own samples, and is biased by as much.")
        """,
      evidence: patient.evidence(
        [
          "metric(sampling/sampling_logp_difference/mean)", "metric(sampling/sampling_logp_difference/max)",
          "metric(sampling/importance_sampling_ratio/min)", "metric(sampling/importance_sampling_ratio/mean)",
          "metric(sampling/importance_sampling_ratio/max)",
        ] + (isMasked ? [] : ["mean(old_logp)", "mean(sampling_logp)"]), at: patient.end),
      advice: """
        Sample at the temperature of the loss with top_p 1 and top_k off, in the precision of the training, with the \
        newest weights; what is left, correct: vllm_importance_sampling_mode, or rollout_is and rollout_rs as in verl.
        """,
      topic: .sampler)
  }
}

extension Puzzle {
  /// The policy that learns is far from the one that its samples are of, whichever engine sampled.
  private static func farFromSampler(_ patient: Examination, _ moved: (update: Examination.Update, kl: Double))
    -> Finding
  {
    Finding(
      name: "sampler-drift", verdict: .caution,
      title: "The policy is a KL of \(NumberText.short(moved.kl, digits: 2)) a token from the one that sampled",
      explanation: """
        That is the mean of ratio - 1 - log_ratio, which estimates KL(π_old ‖ π); an update moves a policy by 0.01 or so. Ratios \
        up and down by that much make the loss mostly noise, and what the clip leaves of them is biased.
        """,
      inference:
        "samples that are many updates old, as of an asynchronous sampler, or many passes over a batch do this",
      evidence: patient.evidence(
        ["min(ratio)", "max(ratio)", "mean(ratio)", "mean(abs(log_ratio))"], at: moved.update.beat),
      advice: """
        Bound how many updates old samples may be, take fewer passes or a smaller learning rate, and look at whether logp and \
        old_logp are of the same tokens at the same temperature.
        """,
      topic: .sampler)
  }
}

extension Examination {
  /// The first update whose policy is far from the sampler; nil where it is not, or where one token in twenty makes up all of it.
  fileprivate var distanceFromSampler: (update: Update, kl: Double)? {
    for update in updates where batch != nil {
      let distances = values(.logRatio, of: update).map { Elementary.exp($0) - 1 - $0 }.sorted()
      guard distances.count >= 16, mean(distances) > RunThresholds.stepKL,
        mean(Array(distances.dropLast(distances.count / 20 + 1))) > RunThresholds.stepKL / 2
      else { continue }
      return (update, mean(distances))
    }
    return nil
  }

  /// old_logp − sampling_logp of every token, where nothing is corrected and the difference has no name.
  fileprivate var samplerDifferences: [Double] {
    all(.samplingLogp).compactMap { term in
      let key = trace.terms[term].key
      // A batch has all old log-probabilities behind all of the sampler's; a run has new ones in every iteration.
      let beat = batch == nil ? trace.terms[term].beat : end
      guard let old = trace.value(.oldLogp, key.i, key.j, at: beat), !trace.value(term).isNaN else { return nil }
      return old - trace.value(term)
    }
  }
}

/// Whether the mean of some numbers that should be 1 is further off than chance would have it.
struct SumTest {
  let mean, error: Double
  let isBelow: Bool
  let side: Int

  /// Nil where the mean may well be 1.
  init?(_ values: [Double]) {
    let distances = values.map { $0 - 1 }
    let sum = distances.reduce(0) { $0 + $1 }
    let spread = distances.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let count = Double(values.count)
    let isBelow = sum < 0
    let side = distances.count { isBelow ? $0 < 0 : $0 > 0 }
    // Distances that are all alike are √n standard deviations together, and no more.
    let isFar = sum.magnitude > min(4, 0.98 * count.squareRoot()) * spread
    guard values.count >= 12, spread.isFinite, isFar, sum.magnitude > 0.02 * count, Double(side) >= 0.85 * count else {
      return nil
    }
    (self.isBelow, self.side, mean) = (isBelow, side, 1 + sum / count)
    error = standardError(distances)
  }

  /// `0.841 ± 0.005`.
  var text: String { "\(NumberText.short(mean, digits: 3)) ± \(NumberText.short(error, digits: 1))" }
  var deviations: String { NumberText.short((mean - 1).magnitude / error, digits: 2) }
  /// Whether all numbers are alike, but for their last digits.
  var isConstant: Bool { error <= 1e-6 * (mean - 1).magnitude }
  var share: String { "\(side)" }
}
