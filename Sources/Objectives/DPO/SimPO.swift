import Autodiff

extension PreferenceLoss {
  /// SimPO: no reference, the mean log-probability of a token, and a target margin γ for the chosen response.
  ///
  ///     −log σ(β (l_w − l_l) − γ)          l = log π(y) / |y|,  γ = simpo_gamma
  ///
  /// Source: Meng et al. 2024, equation 6; TRL `CPOTrainer.cpo_loss`, with its label smoothing.
  static let simpo = PreferenceLoss("simpo", needsReference: false, averagesTokens: true) { pair, batch in
    let epsilon = batch.settings.value(.labelSmoothing)
    let lead = pair.chosen.reward - pair.rejected.reward
    let logit = batch.note(.logit, pair.index, lead - batch.settings.value(.simpoGamma))
    return batch.logistic(pair, logit, preference: lead, right: 1 - epsilon, wrong: epsilon)
  }
}
