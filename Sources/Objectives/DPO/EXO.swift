import Autodiff

extension PreferenceLoss {
  /// EXO: the KL from the policy's preference to the labels', `σ(z) log (σ(z) / (1 − ε)) + σ(−z) log (σ(−z) / ε)`.
  ///
  /// ε is `label_smoothing`, which must not be 0. Source: Ji et al. 2024, equation 16; TRL.
  static let exo = PreferenceLoss("exo_pair") { pair, batch in
    let epsilon = batch.settings.number(.labelSmoothing)
    let z = pair.logit
    let chosen = batch.note(.chosenProbability, pair.index, batch.logistic(z))
    let right = chosen * (logSigmoid(z) - Elementary.log1p(-epsilon))
    return right + batch.logistic(-z) * (logSigmoid(-z) - Elementary.log(epsilon))
  }
}
