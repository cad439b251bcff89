import Autodiff

extension PreferenceLoss {
  /// SPPO with hard labels: drives the scores to `±1 / (2β)`: `(s_w − 1/(2β))² + (s_l + 1/(2β))²`.
  ///
  /// Source: Wu et al. 2024, SPPO, equation 4.7 with P = 1 and 0; TRL.
  static let sppo = PreferenceLoss("sppo_hard", allowsDivergences: false) { pair, batch in
    let chosen = batch.note(.chosenLoss, pair.index, square(pair.chosen.score - 0.5 / batch.beta))
    return chosen + batch.note(.rejectedLoss, pair.index, square(pair.rejected.score + 0.5 / batch.beta))
  }
}
