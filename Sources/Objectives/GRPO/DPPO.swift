import Autodiff

extension GroupLoss {
  /// DPPO with total variation: a token is left out once its probability, not its ratio, has moved too far in the
  /// direction that the advantage wants.
  ///
  ///     m = [π − π_old ≤ ε_high] where A > 0, else [π − π_old ≥ −ε]        J = sg(min(r, δ)) · m · A · log π
  ///
  /// A rare token's ratio may thus change more than a likely one's. verl has δ = 20. The mean is over all tokens.
  /// Source: Qi et al. 2026, Rethinking the Trust Region in LLM RL; verl `compute_policy_loss_dppo_tv`.
  static let dppoTV = GroupLoss(
    name: "dppo_tv", normalizer: .stepTokenMean, level: .token, judge: { trusted($0, isTotalVariation: true) },
    multipliesLogp: true)

  /// DPPO with the KL, from the old policy to the new one, between two outcomes: this token or any other.
  ///
  ///     k = π_old log(π_old / π) + (1 − π_old) log((1 − π_old) / (1 − π))
  ///
  /// A token counts where k ≤ ε_high (ε where A ≤ 0), or where it moved against what its advantage wants. Source: verl
  /// `compute_policy_loss_dppo_kl`.
  static let dppoKL = GroupLoss(
    name: "dppo_kl", normalizer: .stepTokenMean, level: .token, judge: { trusted($0, isTotalVariation: false) },
    multipliesLogp: true)
}

private func trusted(_ judged: GroupLoss.Judged, isTotalVariation: Bool) -> Scalar? {
  guard let token = judged.token else { return nil }
  let settings = judged.settings
  let low = settings.number(.epsilon)
  let high = settings.optionalNumber(.epsilonHigh) ?? low
  let bounded = settings.optionalValue(.delta).map { clip(judged.ratio, Constant(-.infinity), $0) }
  let weight = judged.note(.ratioWeight, stopGradient(bounded ?? judged.ratio))
  let (now, before) = (exp(stopGradient(token.logp)), exp(token.oldLogp))
  let shift = judged.note(.probabilityShift, now - before)
  let isWanted = judged.advantage.value > 0
  let isTrusted: Bool
  if isTotalVariation {
    isTrusted = isWanted ? shift.value <= high : shift.value >= -low
  } else {
    let tiny = 1e-8
    let change = before * (token.oldLogp - stopGradient(token.logp))
    let binary = judged.note(.binaryKL, change + (1 - before) * log((1 - before + tiny) / (1 - now + tiny)))
    isTrusted = binary.value <= (isWanted ? high : low) || (isWanted ? shift.value <= 0 : shift.value >= 0)
  }
  let mask = judged.note(.trustMask, judged.tape.constant(isTrusted ? 1 : 0))
  return weight * mask
}
