import Autodiff

/// GDPO: each reward function's rewards are normalised within their group first, then weighted and summed, then
/// normalised over the batch.
///
///     z_ik = (r_ik − μ_gk) / (σ_gk + ε)      s_i = Σ_k w_k z_ik      A_i = (s_i − μ_s) / (σ_s + ε)
///
/// Answers whose rewards have equal sums can still be told apart here. What a function did not judge counts 0. Source:
/// Liu et al. 2026, GDPO; TRL `GRPOTrainer`, `multi_objective_aggregation` normalize_then_sum.
func normalizedThenSummed<O: Observer>(
  _ responses: [GroupResponse], groupCount: Int, settings: Settings, observer: O
) -> [Scalar] {
  let (tape, epsilon) = (observer.tape, settings.value(.scaleEpsilon))
  observer.begin(.groups)
  let combined = combinedRewards(responses, groupCount: groupCount, settings: settings, observer: observer)
  let mean = observer.term(.combinedMean, tape.mean(combined))
  let std = observer.term(.combinedStd, sampleDeviation(combined, mean: mean, count: .responses, on: tape))
  observer.begin(.advantage)
  return responses.indices.map { n in
    observer.beat()
    return observer.term(.advantage, responses[n].index, stopGradient((combined[n] - mean) / (std + epsilon)))
  }
}

/// The weighted sum of each response's normalised rewards.
func combinedRewards<O: Observer>(
  _ responses: [GroupResponse], groupCount: Int, settings: Settings, observer: O
) -> [Scalar] {
  let (tape, epsilon) = (observer.tape, settings.value(.scaleEpsilon))
  var sums = responses.map { _ in [Scalar]() }
  let functions = responses[0].rewards.count
  for k in 0..<functions {
    for g in 0..<groupCount {
      let members = responses.indices.filter { responses[$0].group == g && responses[$0].rewards[k] != nil }
      guard !members.isEmpty else { continue }
      observer.beat()
      let rewards = members.map { responses[$0].rewards[k] ?? tape.constant(.nan) }
      let mean = observer.term(.partMean, g, k, tape.mean(rewards))
      let std = observer.term(.partStd, g, k, sampleDeviation(rewards, mean: mean, count: .judged, g, k, on: tape))
      for (n, reward) in zip(members, rewards) {
        let normalized = observer.term(.normalizedPart, responses[n].index, k, (reward - mean) / (std + epsilon))
        sums[n].append(Count.functionWeight.value(rewardWeight(k, settings), k) * normalized)
      }
    }
  }
  observer.beat()
  return responses.indices.map { n in
    observer.term(.combinedReward, responses[n].index, tape.sum(sums[n]))
  }
}

/// The weight of a reward function, by its place.
public func rewardWeight(_ k: Int, _ settings: Settings) -> Double {
  Weights(settings.choice(.rewardWeights), isSigned: true)?[k] ?? 1
}
