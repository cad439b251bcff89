import Autodiff

// The losses that clip like PPO and differ only in the average: one line each.
extension GroupLoss {
  /// DeepSeekMath's loss: the mean over responses of the mean over tokens (Shao et al. 2024, equation 3).
  static let grpo = GroupLoss(name: "grpo", normalizer: .sequenceMean, judge: clippedObjective, isClipped: true)

  /// Divides by a constant instead of each response's length, which removes the length bias (Liu et al. 2025, Dr. GRPO).
  static let drGRPO = GroupLoss(name: "dr_grpo", normalizer: .maximalLength, judge: clippedObjective, isClipped: true)

  /// The mean over all tokens that an optimizer step sees (Yu et al. 2025, DAPO, equation 8).
  static let dapo = GroupLoss(name: "dapo", normalizer: .stepTokenMean, judge: clippedObjective, isClipped: true)

  /// The mean over the tokens of the local batch: the same as dapo with one process and no accumulation (TRL).
  static let bnpo = GroupLoss(name: "bnpo", normalizer: .tokenMean, judge: clippedObjective, isClipped: true)

  /// The sum over tokens: with ratios of responses, length cancels out (Liu et al. 2026, LUSPO; TRL).
  static let luspo = GroupLoss(name: "luspo", normalizer: .sequenceSum, judge: clippedObjective, isClipped: true)
}

/// `min(r A, clip(r, 1 − ε, 1 + ε_high) A)`, where `delta` bounds the first r also where A is negative.
///
/// Source: Shao et al. 2024, equation 3; Prime Intellect 2025, INTELLECT-2, section 3.4 for `delta`.
@Sendable
private func clippedObjective(_ judged: GroupLoss.Judged) -> Scalar? {
  let (settings, names, note) = (judged.settings, judged.names, judged.note)
  let low = settings.value(.epsilon)
  let high = settings.optionalValue(.epsilonHigh) ?? low
  let clipped = note(names.clipped, clip(judged.ratio, 1 - low, 1 + high))
  let delta = settings.optionalValue(.delta)
  let bounded = delta.map { note(names.bounded, clip(judged.ratio, Constant(-.infinity), $0)) } ?? judged.ratio
  let surrogate = note(names.surrogate, bounded * judged.advantage)
  let clippedSurrogate = note(names.clippedSurrogate, clipped * judged.advantage)
  return note(names.objective, minimum(surrogate, clippedSurrogate))
}
