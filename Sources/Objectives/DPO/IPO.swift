import Autodiff

extension PreferenceLoss {
  /// IPO: drives the difference of the scores to `1 / (2β)`, no more and no less.
  ///
  ///     mean: (s_w / |y_w| − s_l / |y_l| − 1 / (2β))²          sum: (s_w − s_l − 1 / (2β))²
  ///
  /// Which of the two is `ipo_agg_mode`. Source: Azar et al. 2023, equation 17, whose scores are sums, as in OpenRLHF; TRL,
  /// which divides by the lengths as the authors did.
  static let ipo = PreferenceLoss("ipo") { pair, batch in
    let isMean = batch.settings.choice(.ipoAverage) == "mean"
    let difference = isMean ? pair.scorePerToken : pair.chosen.score - pair.rejected.score
    return square(batch.note(.logit, pair.index, difference) - 1 / (2 * batch.beta))
  }
}
