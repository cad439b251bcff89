public import Autodiff

/// What a response is compared with: the score of the greedy response to the same prompt, under the rules that hold for scores.
///
/// Source: Li et al. 2023, ReMax, equation 5; verl's `reward_baselines`.
///
/// - Parameters:
///   - score: What the reward model or a rule says of the greedy response.
///   - hasEOS: Whether that ended by itself.
///   - i: The number of the response that is compared.
///   - settings: The rules for a missing `<eos>` and for large scores.
///   - observer: Is told every named number.
public func greedyBaseline<O: Observer>(
  score: Scalar, hasEOS: Bool, for i: Int, settings: Settings, observer: O
) -> Scalar {
  observer.beat()
  let score = observer.term(.baselineReward, i, score)
  let adjusted = adjustedScore(score, hasEOS: hasEOS, settings: settings)
  guard adjusted.node != score.node else { return score }
  observer.beat()
  return observer.term(.adjustedBaseline, i, adjusted)
}

/// Records what is logged of a batch whose responses are compared with greedy ones: PPO's numbers of scores and of the KL
/// penalty, and the mean of the baselines.
public func recordBaselineMetrics<O: Observer>(_ experiences: [Experience], observer: O) {
  recordRewardMetrics(experiences, observer: observer)
  recordSampler(of: experiences, observer: observer)
  observer.metric(.baselines, observer.tape.mean(experiences.compactMap { $0.response.baseline }))
}
