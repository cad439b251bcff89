import Autodiff

/// The ratio of every token, or one for a response.
///
///     token:     r_t = exp(log π − log π_old)
///     mean:      s = exp(mean_t (log π − log π_old)), the geometric mean of its tokens' ratios
///     geometric: the same of log-ratios that are clipped first
///     whole:     V = exp(Σ_t (log π − log π_old) + Σ_t log w_t), w the tokens' weights for their sampler
///
/// Each token, and each response, is a beat of the stage `ratio`. Source: Zheng et al. 2025, GSPO, equation 7; TRL
/// `GRPOTrainer._compute_loss` and `get_gamma_weights`.
///
/// - Returns: One ratio per token, or a single one, for each response.
func groupRatios<O: Observer>(
  _ batch: [GroupPrediction], of level: GroupLoss.Level, masks: GroupMasks, settings: Settings, observer: O
) -> [[Scalar]] {
  observer.begin(.ratio)
  return batch.enumerated().map { n, prediction in
    if level != .token { observer.beat() }
    switch level {
    case .mean: return [meanRatio(prediction, observer: observer)]
    case .geometric: return [geometricRatio(prediction, masks.entropy?[n], settings: settings, observer: observer)]
    case .whole: return [wholeRatio(prediction, observer: observer)]
    case .token:
      return prediction.logp.indices.map { t in
        observer.beat()
        return importanceRatio(
          prediction.index, t, logp: prediction.logp[t], oldLogp: prediction.response.oldLogp[t], clamp: nil,
          observer: observer)
      }
    }
  }
}

/// The log-ratios of the tokens that are learned from.
private func logRatios<O: Observer>(_ prediction: GroupPrediction, observer: O) -> [Scalar] {
  prediction.logp.indices.filter { prediction.response.counts($0) }.map { t in
    observer.term(.logRatio, prediction.index, t, prediction.logp[t] - prediction.response.oldLogp[t])
  }
}

private func meanRatio<O: Observer>(_ prediction: GroupPrediction, observer: O) -> Scalar {
  let own = logRatios(prediction, observer: observer)
  let mean = own.isEmpty ? observer.tape.constant(0) : observer.tape.mean(own)
  let logRatio = observer.term(.sequenceLogRatio, prediction.index, mean)
  return observer.term(.sequenceRatio, prediction.index, exp(logRatio))
}

private func wholeRatio<O: Observer>(_ prediction: GroupPrediction, observer: O) -> Scalar {
  let (lowest, highest) = (Constant(GroupLoss.lowestLogWeight), Constant(GroupLoss.highestLogWeight))
  var logWeight = observer.tape.sum(
    logRatios(prediction, observer: observer).map { clip($0, Constant(-20), highest) })
  if let weights = prediction.response.samplingWeights {
    logWeight = logWeight + observer.tape.sum(weights.map { clip(log($0), lowest, highest) })
  }
  let bounded = observer.term(.sequenceLogWeight, prediction.index, clip(logWeight, lowest, highest))
  return observer.term(.sequenceWeight, prediction.index, exp(bounded))
}
