import Autodiff

extension GroupLoss {
  /// CISPO: REINFORCE with the ratio, at most `epsilon_high`, as a plain weight, so that no token loses its gradient.
  ///
  ///     J = clip(r, w_min, ε_high).detach() · A · log π          w_min = cispo_weight_min, −∞ in TRL
  ///
  /// The mean is over all tokens. Source: MiniMax 2025, MiniMax-M1, equation 4; TRL.
  static let cispo = GroupLoss(
    name: "cispo", normalizer: .stepTokenMean, judge: ratioWeight, multipliesLogp: true, boundsWeight: true)
}

@Sendable
private func ratioWeight(_ judged: GroupLoss.Judged) -> Scalar? {
  let lowest = judged.settings.optionalValue(.cispoMinimum) ?? Constant(-.infinity)
  let limit = judged.settings.optionalValue(.epsilonHigh) ?? judged.settings.value(.epsilon)
  return judged.note(judged.names.weight, stopGradient(clip(judged.ratio, lowest, limit)))
}
