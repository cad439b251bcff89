import Autodiff

extension PreferenceLoss {
  /// IPO: drives the difference of the scores per token to `1 / (2β)`, no more and no less.
  ///
  ///     (s_w / |y_w| − s_l / |y_l| − 1 / (2β))²
  ///
  /// Source: Azar et al. 2023, equation 17; TRL, which divides by the lengths as the authors did.
  static let ipo = PreferenceLoss("ipo") { pair, batch in
    square(batch.note(.logit, pair.index, pair.scorePerToken) - 1 / (2 * batch.beta))
  }
}
