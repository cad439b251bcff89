import Autodiff

/// The masks of what the policy does not learn from; nil where everything counts.
struct GroupMasks {
  /// 0 for responses that drifted too far, otherwise 1.
  var offPolicy: [Scalar]?
  /// 0 for tokens with too little entropy, otherwise 1.
  var entropy: [[Scalar]]?
  /// Which tokens of each response count at all.
  let counts: [[Bool]]

  init<O: Observer>(_ batch: [GroupPrediction], settings: Settings, observer: O) {
    observer.begin(.mask)
    let masksTruncated = settings.flag(.maskTruncated)
    let counts = batch.map { prediction in
      let isKept = !masksTruncated || prediction.response.isComplete
      return prediction.logp.indices.map { isKept && prediction.response.counts($0) }
    }
    self.counts = counts
    if masksTruncated {
      for prediction in batch {
        observer.beat()
        let isComplete = observer.tape.constant(prediction.response.isComplete ? 1 : 0)
        _ = observer.term(.isComplete, prediction.index, isComplete)
      }
    }
    for prediction in batch {
      guard let mask = prediction.response.givenMask else { continue }
      observer.beat()
      for (t, isLearned) in mask.enumerated() {
        _ = observer.term(.lossMask, prediction.index, t, observer.tape.constant(isLearned ? 1 : 0))
      }
    }
    if let threshold = settings.optionalNumber(.offPolicyMaskThreshold) {
      offPolicy = offPolicyMask(batch, counts, threshold: threshold, observer: observer)
    }
    if settings.number(.topEntropyQuantile) < 1 {
      entropy = entropyMask(
        batch, counts, quantile: 1 - settings.number(.topEntropyQuantile), observer: observer)
    }
  }

  /// The mean of one number for each response, which TRL takes for 1 where no token of the response counts.
  func mean(ofEach numbers: [Scalar], on tape: Tape) -> Scalar {
    tape.mean(numbers.indices.map { counts[$0].contains(true) ? numbers[$0] : tape.constant(1) })
  }
}

/// Keeps a response if its advantage is not negative, or if `mean_t(log π_old − log π) ≤ threshold`, from the engine that
/// sampled where that was another one.
///
/// Source: DeepSeek-AI 2025, DeepSeek-V3.2, section 3.1; TRL `GRPOTrainer.get_off_policy_mask`.
private func offPolicyMask<O: Observer>(
  _ batch: [GroupPrediction], _ counts: [[Bool]], threshold: Double, observer: O
) -> [Scalar] {
  let tape = observer.tape
  return zip(batch, counts).map { prediction, counts in
    observer.beat()
    let response = prediction.response
    let before = response.samplingLogp ?? response.oldLogp
    let differences = counts.indices.filter { counts[$0] }.map { t in
      before[t].value.isNaN ? tape.constant(0) : before[t] - stopGradient(prediction.logp[t])
    }
    let mean = differences.isEmpty ? tape.constant(0) : tape.mean(differences)
    let drift = observer.term(.drift, prediction.index, mean)
    let isLearnt = prediction.advantage.value >= 0 || drift.value <= threshold
    return observer.term(.offPolicyMask, prediction.index, tape.constant(isLearnt ? 1 : 0))
  }
}

/// Keeps the tokens whose entropy is at least the batch's quantile.
///
/// Source: Wang et al. 2025, Beyond the 80/20 Rule; TRL `GRPOTrainer.get_high_entropy_mask`, which takes the quantile in
/// single precision.
private func entropyMask<O: Observer>(
  _ batch: [GroupPrediction], _ counts: [[Bool]], quantile: Double, observer: O
) -> [[Scalar]] {
  let tape = observer.tape
  var counted: [Double] = []
  for (prediction, counts) in zip(batch, counts) {
    for (entropy, isCounted) in zip(prediction.entropies ?? [], counts) where isCounted {
      counted.append(entropy.value)
    }
  }
  // Where no token counts there is no quantile, and nothing to keep.
  var threshold: Scalar?
  if !counted.isEmpty {
    observer.beat()
    threshold = observer.term(.entropyThreshold, tape.constant(singleQuantile(counted, quantile)))
  }
  return batch.map { prediction in
    (prediction.entropies ?? []).enumerated().map { t, entropy in
      observer.beat()
      let counts = threshold.map { Double(Float(entropy.value)) >= $0.value } ?? false
      return observer.term(.entropyMask, prediction.index, t, tape.constant(counts ? 1 : 0))
    }
  }
}

/// The quantile of some values, one at least, with linear interpolation, in single precision: `torch.quantile(values.float(), quantile)`.
///
/// In double precision, a token exactly at the threshold would fall on the wrong side about half of the time.
func singleQuantile(_ values: [Double], _ quantile: Double) -> Double {
  let sorted = values.map { Float($0) }.sorted()
  let rank = Float(quantile) * Float(sorted.count - 1)
  let below = min(Int(rank), sorted.count - 1)
  let above = min(below + 1, sorted.count - 1)
  let weight = rank - Float(below)
  let difference = sorted[above] - sorted[below]
  // As `torch.lerp`, from the nearer end.
  return Double(weight < 0.5 ? sorted[below] + weight * difference : sorted[above] - difference * (1 - weight))
}
