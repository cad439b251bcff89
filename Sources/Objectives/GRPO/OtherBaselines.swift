import Autodiff

// Baselines and scales that are neither GRPO's nor RLOO's, one function each.

/// REINFORCE++-baseline: the group's mean is subtracted, and what is left is normalised over all tokens of the batch.
///
///     c_i = r_i − μ_g        A_i = (c_i − μ_c) / √(σ_c² + 1e-8), both over tokens, σ² with N − 1
///
/// A group of one is compared with 0. Source: Hu 2025, REINFORCE++; verl
/// `compute_reinforce_plus_plus_baseline_outcome_advantage`.
func normalizedAgainstGroups<O: Observer>(_ rewards: GroupedRewards, observer: O) -> ComparedRewards {
  let tape = observer.tape
  let counts = rewards.responses.map { Count.countedLength.value($0.countedTokens, $0.index) }
  let total = Count.tokens.value(max(1, counts.reduce(0) { $0 + $1.value }))
  let baselines = rewards.responses.map { response in
    rewards.members[response.group].count > 1 ? rewards.means[response.group] : tape.constant(0)
  }
  let centred = zip(rewards.responses, baselines).map { $0.reward - $1 }
  observer.beat()
  let mean = observer.term(.centredMean, tape.sum(zip(centred, counts).map { $1 * $0 }) / total)
  let squares = tape.sum(zip(centred, counts).map { $1 * square($0 - mean) })
  let std = observer.term(.centredStd, sqrt(squares / (total.value > 2 ? total - 1 : Constant(1)) + 1e-8))
  return ComparedRewards(baselines: baselines.map { $0 + mean }, deviations: baselines.map { _ in std })
}

/// OPO: each reward is compared with its group's mean, in which a response counts as often as it has tokens that count.
///
///     b_g = Σ n_i r_i / Σ n_i        A_i = r_i − b_g
///
/// A group of one is compared with 0. Source: Hao et al. 2025, OPO, equation 6; verl `compute_opo_outcome_advantage`.
func comparedByLength(_ rewards: GroupedRewards) -> ComparedRewards {
  let tape = rewards.tape
  let baselines = rewards.members.enumerated().map { g, group -> Scalar in
    let members = group.map { rewards.responses[$0] }
    let total = members.reduce(0) { $0 + $1.countedTokens }
    guard group.count > 1, total > 0 else { return tape.constant(0) }
    return tape.sum(members.map { Count.countedLength.value($0.countedTokens, $0.index) * $0.reward })
      / Count.groupTokens.value(total, g)
  }
  return ComparedRewards(
    baselines: rewards.responses.map { baselines[$0.group] }, deviations: rewards.responses.map { _ in nil })
}

/// GPG: the difference from the group's mean, the larger the fewer responses of the batch earned anything.
///
///     A_i = (r_i − μ_g) / (share of responses with r ≠ 0)
///
/// A group of one is compared with 0. Source: Chu et al. 2025, GPG, equation 9; verl `compute_gpg_outcome_advantage`.
func scaledByRewarded<O: Observer>(_ rewards: GroupedRewards, observer: O) -> ComparedRewards {
  let tape = observer.tape
  let rewarded = max(1, rewards.responses.count { $0.reward.value != 0 })
  observer.beat()
  let share = observer.term(
    .rewardedShare, tape.constant(Double(rewarded) / Double(max(1, rewards.responses.count))))
  let baselines = rewards.responses.map { response in
    rewards.members[response.group].count > 1 ? rewards.means[response.group] : tape.constant(0)
  }
  return ComparedRewards(baselines: baselines, deviations: baselines.map { _ in share })
}

/// MaxRL: the difference from the group's mean in units of that mean, so that a prompt that is rarely solved counts for more.
///
///     A_i = (r_i − μ_g) / μ_g        r_i − μ_g where μ_g is 0, or would be without rounding
///
/// For rewards of 0 and 1, the policy gradient is then that of the log of the probability of success. Source: Tajwar et
/// al. 2026, MaxRL.
func relativeToMean(_ rewards: GroupedRewards) -> ComparedRewards {
  ComparedRewards(
    baselines: rewards.responses.map { rewards.means[$0.group] },
    deviations: rewards.responses.map { response in
      let mean = rewards.means[response.group]
      let size = rewards.members[response.group].reduce(0) { $0 + rewards.responses[$1].reward.value.magnitude }
      // ⅓ + ⅓ − ⅓ − ⅓ may leave 2⁻⁵⁵, by which nothing is to be divided.
      return mean.value.magnitude <= 0x1p-46 * size ? nil : mean
    })
}
