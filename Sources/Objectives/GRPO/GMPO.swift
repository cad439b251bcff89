import Autodiff

extension GroupLoss {
  /// GMPO: the geometric mean of a response's ratios, each clipped on its own in log space first.
  ///
  ///     s = exp(mean_t clip(log r_t, −ε, ε_high) on the side that A wants)        J = s · A
  ///
  /// The paper's range is wider than a ratio's, e^±0.4: `epsilon` 0.4. Source: Zhao et al. 2025, GMPO, equation 4; TRL
  /// `GMPOTrainer`; verl `compute_policy_loss_geo_mean`.
  static let gmpo = GroupLoss(
    name: "gmpo", normalizer: .sequenceMean, level: .geometric,
    judge: { judged in judged.note(.sequenceObjective, judged.ratio * judged.advantage) })
}

/// The ratio of a response whose tokens' log-ratios are clipped one by one.
///
/// - Parameter mask: 0 for tokens that `top_entropy_quantile` leaves out; nil where it leaves none out.
func geometricRatio<O: Observer>(
  _ prediction: GroupPrediction, _ mask: [Scalar]?, settings: Settings, observer: O
) -> Scalar {
  let (i, tape) = (prediction.index, observer.tape)
  let low = settings.value(.epsilon)
  let high = settings.optionalValue(.epsilonHigh) ?? low
  let kept = prediction.logp.indices.filter { t in
    prediction.response.counts(t) && mask.map { $0[t].value != 0 } ?? true
  }.map { t in
    let logRatio = observer.term(.logRatio, i, t, prediction.logp[t] - prediction.response.oldLogp[t])
    let clipped = observer.term(.clippedLogRatio, i, t, clip(logRatio, -low, high))
    return prediction.advantage.value > 0 ? minimum(logRatio, clipped) : maximum(logRatio, clipped)
  }
  let mean = observer.term(.geometricLogRatio, i, kept.isEmpty ? tape.constant(0) : tape.mean(kept))
  return observer.term(.geometricRatio, i, exp(mean))
}
