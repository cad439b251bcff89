import Autodiff

/// Records what TRL logs after a batch, under its names, averaged over the batch's updates.
///
/// Source: TRL `PPOTrainer.train`; `critic/vf_explained_var` is verl's.
public func recordPPOMetrics<O: Observer>(_ experiences: [Experience], updates: [PPOLoss], observer: O) {
  recordRewardMetrics(experiences, observer: observer)
  recordSampler(of: experiences, observer: observer)
  observer.metric(.explainedVariance, explainedVariance(experiences, on: observer.tape))
  recordUpdateMetrics(updates, observer: observer)
}

/// Records how far the engine that sampled was from the policy, if that was another one.
func recordSampler<O: Observer>(of experiences: [Experience], observer: O) {
  recordSampler(
    experiences.compactMap { experience in
      let response = experience.response
      return response.samplingLogp.map {
        SampledElsewhere(
          oldLogp: response.oldLogp, samplingLogp: $0, weights: response.samplingWeights,
          isShared: response.samplingWeights?.count != response.samplingLogp?.count)
      }
    }, observer: observer)
}

/// Records what TRL logs of scores and of the KL penalty.
func recordRewardMetrics<O: Observer>(_ experiences: [Experience], observer: O) {
  observer.begin(.metrics)
  observer.beat()
  let tape = observer.tape
  func perResponse(_ values: (Experience) -> [Scalar]) -> Scalar {
    tape.mean(experiences.map { tape.sum(values($0)) })
  }
  let penalty = perResponse { $0.penalties }
  // TRL takes the penalty for a missing <eos> off the scores before it logs them.
  let scores = tape.mean(experiences.map { $0.score })
  observer.metric(.objectiveKL, perResponse { $0.kl })
  observer.metric(.objectiveEntropy, perResponse { $0.response.oldLogp.map { -$0 } })
  observer.metric(.nonScoreReward, penalty)
  observer.metric(.rlhfReward, penalty + scores)
  observer.metric(.scores, scores)
  observer.metric(.eosTokens, tape.constant(Double(experiences.count { $0.response.hasEOS })))
}

/// Records what is logged of a batch of episodes, which have rewards of their own and no reference.
///
/// Source: CleanRL `ppo.py` for `charts/…`; the updates' metrics have TRL's names.
public func recordEpisodeMetrics<O: Observer>(_ experiences: [Experience], updates: [PPOLoss], observer: O) {
  observer.begin(.metrics)
  observer.beat()
  let tape = observer.tape
  observer.metric(.episodicReturn, tape.mean(experiences.map { $0.response.score }))
  observer.metric(
    .episodicLength,
    tape.constant(Double(experiences.reduce(0) { $0 + $1.response.tokenCount }) / Double(experiences.count)))
  guard !updates.isEmpty else { return }
  observer.metric(.explainedVariance, explainedVariance(experiences, on: tape))
  recordUpdateMetrics(updates, observer: observer)
}

private func recordUpdateMetrics<O: Observer>(_ updates: [PPOLoss], observer: O) {
  let tape = observer.tape
  observer.beat()
  func average(_ value: (PPOLoss) -> Scalar) -> Scalar { tape.mean(updates.map(value)) }
  observer.metric(.policyLoss, average { $0.policyLoss })
  observer.metric(.valueLoss, average { $0.valueLoss })
  observer.metric(.approxKL, average { $0.approxKL })
  observer.metric(.policyClipFraction, average { $0.clipFraction })
  observer.metric(.valueClipFraction, average { $0.valueClipFraction })
  observer.metric(.ratio, average { $0.meanRatio })
  if updates.count > 1 {
    let mean = average { $0.meanRatio }
    let squares = tape.sum(updates.map { square($0.meanRatio - mean) })
    observer.metric(.ratioVariance, squares / (Count.updates.value(updates.count) - 1))
  }
  if updates.allSatisfy({ $0.meanEntropy != nil }) {
    observer.metric(.entropyAverage, average { $0.meanEntropy ?? tape.constant(0) })
  }
}

/// `1 − Var(G − V_old) / (Var(G) + 1e-5)`: 1 for a perfect critic, 0 for one that knows no more than the mean.
///
/// Where all returns are the same and the values differ, it is a large negative number; of a single step it is NaN.
/// Source: verl `compute_data_metrics`, with `torch.var`, which divides by n − 1.
private func explainedVariance(_ experiences: [Experience], on tape: Tape) -> Scalar {
  let returns = experiences.flatMap { $0.response.counted($0.returns) }
  let values = experiences.flatMap { $0.response.counted($0.response.oldValues) }
  let errors = zip(returns, values).map { $0 - $1 }
  return 1 - variance(errors, on: tape) / (variance(returns, on: tape) + 1e-5)
}

private func variance(_ values: [Scalar], on tape: Tape) -> Scalar {
  let mean = tape.mean(values)
  return tape.sum(values.map { square($0 - mean) }) / (Count.numbers.value(values.count) - 1)
}
