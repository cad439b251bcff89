import Autodiff

extension GroupLoss {
  /// Clip-Cov: the clipped objective without a few tokens whose log-probability and advantage covary most, which cost
  /// the policy most of its entropy.
  ///
  ///     c_t = (A_t − mean A) (log π_t − mean log π)        J = min(r A, clip(r) A) · m
  ///
  /// m is 0 for a share `clip_cov_ratio` of all tokens, at least one, among those with `clip_cov_lb` < c <
  /// `clip_cov_ub` that the clip does not hold already. verl draws them at random; here they are those with the largest
  /// c, so that a run can be repeated. Source: Cui et al. 2025, The Entropy Mechanism, equation 11; verl
  /// `compute_policy_loss_clip_cov`.
  static let clipCov = GroupLoss(
    name: "clip_cov", normalizer: .stepTokenMean, level: .token, judge: unclippedByCovariance, isClipped: true,
    usesCovariance: true)

  /// KL-Cov: instead of a clip, a penalty on how far those tokens have moved.
  ///
  ///     J = r A − ppo_kl_coef |log r|  for the `kl_cov_ratio` of the tokens with the largest c, otherwise r A
  ///
  /// Source: Cui et al. 2025, The Entropy Mechanism, equation 13; verl `compute_policy_loss_kl_cov`.
  static let klCov = GroupLoss(
    name: "kl_cov", normalizer: .stepTokenMean, level: .token, judge: punishedByCovariance, usesCovariance: true)
}

private func unclippedByCovariance(_ judged: GroupLoss.Judged) -> Scalar? {
  let low = judged.settings.value(.epsilon)
  let high = judged.settings.optionalValue(.epsilonHigh) ?? low
  let clipped = judged.note(.clippedRatio, clip(judged.ratio, 1 - low, 1 + high))
  let surrogate = judged.note(.surrogate, judged.ratio * judged.advantage)
  let clippedSurrogate = judged.note(.clippedSurrogate, clipped * judged.advantage)
  let mask = judged.note(.covarianceMask, judged.tape.constant(judged.token?.isSelected == true ? 0 : 1))
  return judged.note(.objective, minimum(surrogate, clippedSurrogate) * mask)
}

private func punishedByCovariance(_ judged: GroupLoss.Judged) -> Scalar? {
  let surrogate = judged.note(.surrogate, judged.ratio * judged.advantage)
  guard let token = judged.token, token.isSelected else { return judged.note(.objective, alias(surrogate)) }
  let distance = token.logp - token.oldLogp
  return judged.note(
    .objective, surrogate - judged.settings.value(.ppoKLCoef) * maximum(distance, -distance))
}

/// Each token's part in the covariance of log-probability and advantage, and which tokens are picked by it.
struct Covariances {
  let values: [[Scalar]]
  let isSelected: [[Bool]]

  init(_ batch: [GroupPrediction], _ variant: GroupLoss, ratios: [[Scalar]], settings: Settings, on tape: Tape) {
    var counted: [(n: Int, t: Int)] = []
    for (n, prediction) in batch.enumerated() {
      for t in prediction.logp.indices where prediction.response.counts(t) { counted.append((n, t)) }
    }
    let logps = counted.map { stopGradient(batch[$0.n].logp[$0.t]) }
    // The mean over tokens: a response's advantage counts as often as it has tokens that count.
    let weighed = batch.enumerated().compactMap { n, prediction -> Scalar? in
      let length = counted.count { $0.n == n }
      return length > 0 ? Count.countedLength.value(length, prediction.response.index) * prediction.advantage : nil
    }
    let isNone = counted.isEmpty
    let (meanLogp, meanAdvantage) = (
      isNone ? tape.constant(0) : tape.mean(logps),
      isNone ? tape.constant(0) : tape.sum(weighed) / Count.tokens.value(counted.count)
    )
    let all = batch.map { prediction in
      prediction.logp.map { (prediction.advantage - meanAdvantage) * (stopGradient($0) - meanLogp) }
    }
    var isSelected = batch.map { $0.logp.map { _ in false } }
    let isClipping = variant.isClipped
    let (low, high) = (settings.number(.clipCovMinimum), settings.number(.clipCovMaximum))
    let range = settings.number(.epsilon)
    let candidates = counted.filter { n, t in
      guard isClipping else { return true }
      let (ratio, advantage) = (ratios[n][t].value, batch[n].advantage.value)
      let clipped = min(max(ratio, 1 - range), 1 + (settings.optionalNumber(.epsilonHigh) ?? range))
      let isHeld = clipped * advantage < ratio * advantage
      return !isHeld && all[n][t].value > low && all[n][t].value < high
    }
    let share = settings.number(isClipping ? .clipCovRatio : .klCovRatio)
    let count = max(1, Int(share * Double(counted.count)))
    let largest = candidates.sorted { a, b in
      let (x, y) = (all[a.n][a.t].value, all[b.n][b.t].value)
      return x != y ? x > y : (a.n, a.t) < (b.n, b.t)
    }
    for (n, t) in largest.prefix(count) { isSelected[n][t] = true }
    values = all
    self.isSelected = isSelected
  }
}
