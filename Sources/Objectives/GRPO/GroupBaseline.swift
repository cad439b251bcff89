public import Autodiff

/// GRPO's baseline, which is subtracted from each reward, and the deviation that the difference is divided by.
///
///     own_group      b = the group's mean                  (Shao et al. 2024, section 4.1.2); of a group of one 0, and σ = 1,
///                        with `group_of_one` reward
///     across_groups  b = the mean of the groups' means: every group counts the same, whatever its size
///     pooled         b = the mean of all rewards
///     reference      b = the reference policy's mean reward in the group
///     ema            b = the group's running mean before this batch
///
/// σ is a standard deviation + `scale_rewards_epsilon`, with n − 1 in the variance (TRL
/// `GRPOTrainer._generate_and_score_completions`). Unless the baseline is the group's own mean, or the mean of all
/// rewards with `scale_rewards` batch, distances are measured from the baseline:
///
///     σ² = Σ (r − b)² / (n − 1)
///
/// Measured from its own mean, a group without spread has advantages of 0 / 1e-4 = 0. With another baseline and that
/// deviation they would be (r − b) / 1e-4, thousands; by this rule they are near ±1. No trainer combines the two, so
/// that the rule is our own.
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
    deviations: deviations(rewards, from: baselines, settings: settings, observer: observer))
}

private func deviations<O: Observer>(
  _ rewards: GroupedRewards, from baselines: [Scalar], settings: Settings, observer: O
) -> [Scalar?] {
  let (baseline, tape) = (settings.choice(.advantageBaseline), observer.tape)
  let epsilon = settings.value(.scaleEpsilon)
  switch settings.choice(.scaleRewards) {
  case "none": return rewards.responses.map { _ in nil }
  case "batch":
    observer.beat()
    if baseline != "own_group", baseline != "pooled" {
      let distances = rewards.responses.map { $0.reward - baselines[$0.group] }
      let std = observer.term(.batchBaselineStd, deviation(distances, Count.responses.value(distances.count), on: tape))
      return rewards.responses.map { _ in std + epsilon }
    }
    let mean = observer.term(.rewardMean, tape.mean(rewards.all))
    let std = observer.term(.rewardStd, sampleDeviation(rewards.all, mean: mean, count: .responses, on: tape))
    return rewards.responses.map { _ in std + epsilon }
  default:
    guard baseline != "own_group" else { return rewards.responses.map { rewards.stds[$0.group] + epsilon } }
    let stds = rewards.members.enumerated().map { g, members in
      observer.beat()
      let distances = members.map { rewards.responses[$0].reward - baselines[g] }
      return observer.term(
        .baselineStd, g, deviation(distances, Count.groupSize.value(distances.count, g), on: tape))
    }
    return rewards.responses.map { stds[$0.group] + epsilon }
  }
}

/// The root of the summed squares over n − 1; over 1 for a single distance.
private func deviation(_ distances: [Scalar], _ count: Constant, on tape: Tape) -> Scalar {
  sqrt(tape.sum(distances.map(square)) / (distances.count > 1 ? count - 1 : Constant(1)))
}

/// A group's running mean after a batch: `decay · old + (1 − decay) · mean`; the first mean as it is.
public func updatedRunningReward(_ old: Scalar?, mean: Scalar, decay: Constant) -> Scalar {
  guard let old else { return mean }
  return decay * old + (1 - decay) * mean
}
