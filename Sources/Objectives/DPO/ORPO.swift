import Autodiff

extension PreferenceLoss {
  /// ORPO: supervised learning of the chosen response, with the odds ratio as a penalty; no reference.
  ///
  ///     −l_w − β log σ(o)          o = (l_w − log(1 − e^l_w)) − (l_l − log(1 − e^l_l)),  l = log π(y) / |y|
  ///
  /// The first part is the mean over all chosen tokens of the batch. Source: Hong et al. 2024, equations 4 to 7; TRL
  /// `ORPOTrainer`, where β is the paper's λ, and the gradient is NaN once a response has become certain.
  static let orpo = PreferenceLoss(name: "orpo", needsReference: false, averagesTokens: true) { batch in
    let likelihood = batch.tape.mean(batch.pairs.flatMap { $0.chosen.tokens })
    return batch.pairs.map { pair in
      let own = batch.note(.chosenLoss, pair.index, -likelihood)
      let odds = logOdds(pair.chosen.logp) - logOdds(pair.rejected.logp)
      let recorded = batch.note(.logOdds, pair.index, odds)
      return own - batch.beta * logSigmoid(recorded)
    }
  }

  /// `log (p / (1 − p))` from `log p`.
  private static func logOdds(_ logp: Scalar) -> Scalar { logp - log1mexp(logp) }
}
