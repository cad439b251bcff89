import Autodiff

extension GroupLoss {
  /// CISPO: REINFORCE with the ratio, at most `epsilon_high`, as a plain weight, so that no token loses its gradient.
  ///
  ///     J = min(r, ε_high).detach() · A · log π
  ///
  /// The mean is over all tokens. Source: MiniMax 2025, MiniMax-M1, equation 4; TRL.
  static let cispo = GroupLoss(name: "cispo", normalizer: .stepTokenMean, judge: ratioWeight, multipliesLogp: true)
}

@Sendable
private func ratioWeight(_ judged: GroupLoss.Judged) -> Scalar {
  let limit = judged.settings.optionalNumber(.epsilonHigh) ?? judged.settings.number(.epsilon)
  return judged.note(judged.names.weight, stopGradient(clip(judged.ratio, -.infinity, limit)))
}
