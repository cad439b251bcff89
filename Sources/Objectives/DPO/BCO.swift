import Autodiff

extension PreferenceLoss {
  /// BCO on pairs: a classifier of good and bad responses, `−log σ(r_w) − log σ(−r_l)` with r = β s.
  ///
  /// Source: Jung et al. 2024, BCO, equation 8; TRL, which has no reward shift here.
  static let bco = PreferenceLoss("bco_pair", allowsDivergences: false) { pair, batch in
    let chosen = batch.note(.chosenLoss, pair.index, -logSigmoid(batch.beta * pair.chosen.score))
    return chosen + batch.note(.rejectedLoss, pair.index, -logSigmoid(-(batch.beta * pair.rejected.score)))
  }
}
