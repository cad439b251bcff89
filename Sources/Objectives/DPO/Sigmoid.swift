import Autodiff

extension PreferenceLoss {
  /// DPO itself: `−log σ(β (s_w − s_l))`; `label_smoothing` is not used, as in TRL.
  ///
  /// Source: Rafailov et al. 2023, equation 7.
  static let sigmoid = PreferenceLoss("sigmoid", judgesMargin: true) { pair, batch in batch.logistic(pair, pair.logit) }

  /// The same of scores per token: `−log σ(β (s_w / |y_w| − s_l / |y_l|))`.
  ///
  /// Source: TRL; Lambert et al. 2024, Tülu 3, equation 6.
  static let sigmoidNorm = PreferenceLoss("sigmoid_norm") { pair, batch in
    batch.logistic(pair, batch.note(.logit, pair.index, batch.beta * pair.scorePerToken))
  }

  /// Conservative DPO: a share ε of the labels is taken to be wrong, `−(1 − ε) log σ(z) − ε log σ(−z)`.
  ///
  /// Source: Mitchell 2023, A note on DPO with noisy preferences; eric-mitchell/direct-preference-optimization.
  static let conservative = PreferenceLoss("cdpo", judgesMargin: true) { pair, batch in
    let epsilon = batch.settings.value(.labelSmoothing)
    return batch.logistic(pair, pair.logit, right: 1 - epsilon, wrong: epsilon)
  }

  /// Robust DPO: the unbiased estimate of the loss without noise, `(−(1 − ε) log σ(z) + ε log σ(−z)) / (1 − 2ε)`.
  ///
  /// Source: Chowdhury et al. 2024, equation 13; TRL.
  static let robust = PreferenceLoss("robust", judgesMargin: true) { pair, batch in
    let epsilon = batch.settings.value(.labelSmoothing)
    return batch.logistic(pair, pair.logit, right: 1 - epsilon, wrong: -epsilon, over: 1 - 2 * epsilon)
  }
}

extension ComparedPair {
  /// The difference of the scores, each divided by its response's length.
  var scorePerToken: Scalar {
    chosen.score / Count.chosenLength.value(chosen.tokens.count, index)
      - rejected.score / Count.rejectedLength.value(rejected.tokens.count, index)
  }
}
