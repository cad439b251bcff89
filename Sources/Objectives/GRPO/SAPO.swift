import Autodiff

extension GroupLoss {
  /// SAPO: instead of a clip, a gate that closes smoothly, faster for negative advantages.
  ///
  ///     f(r) = (4 / τ) σ(τ (r − 1))        J = f(r) A        τ = sapo_temperature_pos where A > 0, else …_neg
  ///
  /// The slope is 1 at r = 1. The mean is over responses, then tokens. Source: Gao et al. 2025, SAPO, equation 6; TRL,
  /// which keeps τ in single precision.
  static let sapo = GroupLoss(name: "sapo", normalizer: .sequenceMean, judge: gatedObjective)
}

@Sendable
private func gatedObjective(_ judged: GroupLoss.Judged) -> Scalar? {
  let option: Option = judged.advantage.value > 0 ? .sapoTemperaturePositive : .sapoTemperatureNegative
  let temperature = judged.settings.value(option).inSinglePrecision
  let gated = sigmoid(temperature * (judged.ratio - 1)) * 4 / temperature
  let soft = judged.note(judged.names.soft, gated)
  return judged.note(judged.names.objective, soft * judged.advantage)
}
