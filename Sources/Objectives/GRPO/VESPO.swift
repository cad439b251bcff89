import Autodiff

extension GroupLoss {
  /// VESPO: the response's ratio to what sampled it, through a curve that peaks near 1, as a plain weight of log π.
  ///
  ///     W = Π π / π_sampler        φ(W) = e^(λ + k log W − λ W)        J = φ · A · log π
  ///
  /// k and λ are those of the advantage's sign, and φ(1) = 1. log W is a sum over tokens, each within ±20, and within
  /// log 1e-8 and 20; the part that is the sampler's is that of `vllm_importance_sampling_mode`. The mean is over all tokens.
  /// Source: TRL `GRPOTrainer.get_gamma_weights`.
  static let vespo = GroupLoss(
    name: "vespo", normalizer: .stepTokenMean, level: .whole, judge: gammaWeight, multipliesLogp: true,
    weighsSampler: false)

  /// The bounds of log W.
  static let lowestLogWeight = Elementary.log(1e-8)
  static let highestLogWeight = 20.0
}

@Sendable
private func gammaWeight(_ judged: GroupLoss.Judged) -> Scalar? {
  let isNegative = judged.advantage.value < 0
  let power = judged.settings.value(isNegative ? .vespoPowerNegative : .vespoPowerPositive)
  let decay = judged.settings.value(isNegative ? .vespoDecayNegative : .vespoDecayPositive)
  let curve = decay + power * log(judged.ratio) - decay * judged.ratio
  return judged.note(.gammaWeight, stopGradient(exp(curve)))
}
