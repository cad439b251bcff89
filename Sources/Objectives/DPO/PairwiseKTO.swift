import Autodiff

extension PreferenceLoss {
  /// KTO on pairs: each response against the batch's KL, which is estimated by the other kind's mean log-ratio.
  ///
  ///     1 − σ(β (s_w − z_l))  and  1 − σ(β (z_w − s_l))          z = max(0, mean s), without gradient
  ///
  /// The loss of a pair is the mean of the two. Source: Ethayarajh et al. 2024, KTO, equation 8, of which the pairwise
  /// form is TRL's up to 0.8 (`kto_pair`).
  static let kto = PreferenceLoss(name: "kto_pair") { batch in
    func estimate(_ name: Quantity, _ logRatios: [Scalar]) -> Scalar {
      batch.note(name, -1, stopGradient(maximum(batch.tape.mean(logRatios), batch.tape.constant(0))))
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
