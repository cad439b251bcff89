import Autodiff

extension PreferenceLoss {
  /// APO-zero: makes the chosen response likelier and the rejected one less likely: `1 − σ(β s_w) + σ(β s_l)`.
  ///
  /// Source: D'Oosterlinck et al. 2024, equation 7; TRL.
  static let apoZero = PreferenceLoss("apo_zero", allowsDivergences: false) { pair, batch in
    let chosen = batch.note(.chosenLoss, pair.index, 1 - batch.logistic(pair.chosen.reward))
    return chosen + batch.note(.rejectedLoss, pair.index, batch.logistic(pair.rejected.reward))
  }

  /// APO-down: makes both less likely, the rejected one more so: `σ(β s_w) + 1 − σ(z)`.
  ///
  /// Source: D'Oosterlinck et al. 2024, equation 8; TRL.
  static let apoDown = PreferenceLoss("apo_down", allowsDivergences: false) { pair, batch in
    let chosen = batch.note(.chosenLoss, pair.index, batch.logistic(pair.chosen.reward))
    return chosen + batch.note(.rejectedLoss, pair.index, 1 - batch.logistic(pair.logit))
  }
}
