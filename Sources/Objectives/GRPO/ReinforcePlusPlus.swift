import Autodiff

/// REINFORCE++: rewards are normalised over all tokens of the batch, in which a response counts as often as it has
/// tokens that count.
///
///     μ = Σ n_i r_i / N     σ² = Σ n_i (r_i − μ)² / (N − 1)     A_i = (r_i − μ) / √(σ² + 1e-8)     N = Σ n_i
///
/// Source: Hu 2025, REINFORCE++, section 3; verl `compute_reinforce_plus_plus_outcome_advantage`, with γ = 1 and no KL
/// in the reward.
func normalizedOverTokens<O: Observer>(_ rewards: GroupedRewards, observer: O) -> ComparedRewards {
  let tape = observer.tape
  let counts = rewards.responses.map { Count.countedLength.value($0.countedTokens, $0.index) }
  let total = Count.tokens.value(max(1, counts.reduce(0) { $0 + $1.value }))
  observer.beat()
  let sum = tape.sum(zip(rewards.responses, counts).map { $1 * $0.reward })
  let mean = observer.term(.rewardMean, sum / total)
  let squares = tape.sum(zip(rewards.responses, counts).map { $1 * square($0.reward - mean) })
  let std = observer.term(.rewardStd, sqrt(squares / (total.value > 2 ? total - 1 : Constant(1)) + 1e-8))
  return ComparedRewards(
    baselines: rewards.responses.map { _ in mean }, deviations: rewards.responses.map { _ in std })
}
