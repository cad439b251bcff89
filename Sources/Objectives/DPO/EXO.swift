import Autodiff

extension PreferenceLoss {
  /// EXO: the KL from the policy's preference to the labels', `σ(z) log (σ(z) / (1 − ε)) + σ(−z) log (σ(−z) / ε)`.
  ///
  /// ε is `label_smoothing`, which must not be 0. Source: Ji et al. 2024, equation 16; TRL, which keeps ε and its
  /// logarithms in single precision.
  static let exo = PreferenceLoss("exo_pair", judgesMargin: true) { pair, batch in
    let epsilon = batch.settings.value(.labelSmoothing).inSinglePrecision
    let logRight = Constant.log1p(-epsilon).inSinglePrecision
    let logWrong = Constant.log(epsilon).inSinglePrecision
    let z = pair.logit
    let sure = batch.note(.chosenProbability, pair.index, batch.logistic(pair.preference))
    let right = (z.node == pair.preference.node ? sure : batch.logistic(z)) * (logSigmoid(z) - logRight)
    return right + batch.logistic(-z) * (logSigmoid(-z) - logWrong)
  }
}
