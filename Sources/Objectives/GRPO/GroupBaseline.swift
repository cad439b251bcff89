public import Autodiff

/// GRPO's baseline, which is subtracted from each reward, and the deviation that the difference is divided by.
///
///     own_group      b = the group's mean                  (Shao et al. 2024, section 4.1.2)
///     across_groups  b = the mean of the groups' means: every group counts the same, whatever its size
///     pooled         b = the mean of all rewards
///     reference      b = the reference policy's mean reward in the group
///     ema            b = the group's running mean before this batch
///
/// σ = std + 1e-4, with n − 1 in the variance; TRL `GRPOTrainer._generate_and_score_completions`.
func comparedWithGroups<O: Observer>(
  _ rewards: GroupedRewards, groups: [GroupContext], settings: Settings, observer: O
) -> ComparedRewards {
  let tape = observer.tape
  let missing = tape.constant(.nan)
  let baselines: [Scalar] =
    switch settings.choice(.advantageBaseline) {
    case "across_groups": Array(repeating: tape.mean(rewards.means), count: groups.count)
    case "pooled": Array(repeating: tape.mean(rewards.all), count: groups.count)
    case "reference": groups.map { $0.referenceReward ?? missing }
    case "ema": groups.map { $0.runningReward ?? missing }
    default: rewards.means
    }
  return ComparedRewards(
    baselines: rewards.responses.map { baselines[$0.group] },
    deviations: deviations(rewards, settings: settings, observer: observer))
}

private func deviations<O: Observer>(_ rewards: GroupedRewards, settings: Settings, observer: O) -> [Scalar?] {
  switch settings.choice(.scaleRewards) {
  case "none": return rewards.responses.map { _ in nil }
  case "batch":
    observer.beat()
    let mean = observer.term(.rewardMean, observer.tape.mean(rewards.all))
    let std = observer.term(.rewardStd, sampleDeviation(rewards.all, mean: mean, on: observer.tape))
    return rewards.responses.map { _ in std + 1e-4 }
  default: return rewards.responses.map { rewards.stds[$0.group] + 1e-4 }
  }
}

/// A group's running mean after a batch: `decay · old + (1 − decay) · mean`; the first mean is taken as it is.
public func updatedRunningReward(_ old: Scalar?, mean: Scalar, decay: Double) -> Scalar {
  guard let old else { return mean }
  return decay * old + (1 - decay) * mean
}
