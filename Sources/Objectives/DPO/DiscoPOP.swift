import Autodiff

extension PreferenceLoss {
  /// DiscoPOP, found by a language model: a blend of the logistic and the exponential loss.
  ///
  ///     (1 − b)(−log σ(z)) + b e^−z          b = σ(z / τ)
  ///
  /// Source: Lu et al. 2024, equation 5; TRL.
  static let discopop = PreferenceLoss("discopop", judgesMargin: true) { pair, batch in
    let z = pair.logit
    let tau = batch.settings.value(.discopopTau)
    let blend = batch.note(.blend, pair.index, batch.logistic(z / tau))
    return -logSigmoid(z) * (1 - blend) + exp(-z) * blend
  }
}
