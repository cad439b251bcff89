import Autodiff

/// RLOO: each reward is compared with the mean of the others in its group, and nothing is divided.
///
///     A_i = r_i − (Σ r − r_i) / (n − 1)
///
/// That is n / (n − 1) times the difference from the group's mean. A group of one is compared with 0. Source: Kool et
/// al. 2019; Ahmadian et al. 2024, equation 8; TRL `RLOOTrainer`.
func leaveOneOut(_ rewards: GroupedRewards) -> ComparedRewards {
  let tape = rewards.tape
  let sums = rewards.members.map { group in tape.sum(group.map { rewards.responses[$0].reward }) }
  let baselines = rewards.responses.map { response in
    let size = rewards.members[response.group].count
    guard size > 1 else { return tape.constant(0) }
    return (sums[response.group] - response.reward) / (Count.groupSize.value(size, response.group) - 1)
  }
  return ComparedRewards(baselines: baselines, deviations: baselines.map { _ in nil })
}
