import Autodiff

/// The ratio of every token, or one for a response: the geometric mean of its tokens' ratios.
///
///     token:     r_t = exp(log π − log π_old)
///     sequence:  s = exp(mean_t (log π − log π_old))
///
/// Each token, and each response, is a beat of the stage `ratio`. Source: Zheng et al. 2025, GSPO, equation 7; TRL
/// `GRPOTrainer._compute_loss`.
///
/// - Returns: One ratio per token, or a single one, for each response.
func groupRatios<O: Observer>(_ batch: [GroupPrediction], perSequence: Bool, observer: O) -> [[Scalar]] {
  observer.begin(.ratio)
  return batch.map { prediction in
    let i = prediction.index
    guard perSequence else {
      return prediction.logp.indices.map { t in
        observer.beat()
        return importanceRatio(
          i, t, logp: prediction.logp[t], oldLogp: prediction.response.oldLogp[t], clamp: nil, observer: observer)
      }
    }
    observer.beat()
    let logRatios = prediction.logp.indices.map { t in
      observer.term(.logRatio, i, t, prediction.logp[t] - prediction.response.oldLogp[t])
    }
    let logRatio = observer.term(.sequenceLogRatio, i, observer.tape.mean(logRatios))
    return [observer.term(.sequenceRatio, i, exp(logRatio))]
  }
}
