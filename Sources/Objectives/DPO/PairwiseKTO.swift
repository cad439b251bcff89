import Autodiff

extension PreferenceLoss {
  /// KTO on pairs: each response is compared with the batch's KL, estimated by the other kind's mean log-ratio.
  ///
  ///     1 − σ(β (s_w − z_l))  and  1 − σ(β (z_w − s_l))          z = max(0, mean s)
  ///
  /// The loss of a pair is the mean of the two. By `kto_kl`, z is held constant, as the paper has it, or is differentiated
  /// too, as TRL's pairwise form did. Source: Ethayarajh et al. 2024, KTO, equation 8; TRL up to 0.8 `kto_pair`.
  static let kto = PreferenceLoss(name: "kto_pair", allowsDivergences: false) { batch in
    func estimate(_ name: Quantity, _ logRatios: [Scalar]) -> Scalar {
      let mean = batch.tape.mean(logRatios)
      let isLive = batch.settings.choice(.ktoKL) == "live"
      return batch.note(
        name, -1, isLive ? clip(mean, 0, .infinity) : stopGradient(maximum(mean, batch.tape.constant(0))))
    }
    let chosenKL = estimate(.chosenKL, batch.pairs.map { $0.chosen.logRatio })
    let rejectedKL = estimate(.rejectedKL, batch.pairs.map { $0.rejected.logRatio })
    return batch.pairs.map { pair in
      let chosenDistance = batch.beta * (pair.chosen.logRatio - rejectedKL)
      let rejectedDistance = batch.beta * (chosenKL - pair.rejected.logRatio)
      let chosen = batch.note(.chosenLoss, pair.index, 1 - batch.logistic(chosenDistance))
      let rejected = batch.note(.rejectedLoss, pair.index, 1 - batch.logistic(rejectedDistance))
      return (chosen + rejected) / 2
    }
  }
}
