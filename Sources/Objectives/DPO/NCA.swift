import Autodiff

extension PreferenceLoss {
  /// NCA: uses each response's own reward, so that the chosen one's probability does not fall.
  ///
  ///     −log σ(r_w) − ½ log σ(−r_w) − ½ log σ(−r_l)          r = β s
  ///
  /// Source: Chen et al. 2024, NCA, equation 11; TRL.
  static let nca = PreferenceLoss("nca_pair", allowsDivergences: false) { pair, batch in
    let chosen = batch.beta * pair.chosen.score
    let own = batch.note(.chosenLoss, pair.index, -logSigmoid(chosen) - 0.5 * logSigmoid(-chosen))
    return own + batch.note(.rejectedLoss, pair.index, -0.5 * logSigmoid(-(batch.beta * pair.rejected.score)))
  }
}
