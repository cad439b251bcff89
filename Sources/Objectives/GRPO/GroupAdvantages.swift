public import Autodiff

/// The advantage of each response, one number for all of its tokens.
///
///     A_i = w_g (r_i − b_i) / σ_i
///
/// `advantage_estimator` grpo takes the baseline b from `advantage_baseline` and the deviation σ from `scale_rewards`
/// (Shao et al. 2024, section 4.1.2; TRL `_generate_and_score_completions`); every other estimator has its own
/// baseline, and its own deviation or none. Each response is a beat of the stage `advantage`.
///
/// - Parameters:
///   - responses: All answers of the batch, each with the number of its group.
///   - groups: What is known of each group, by its number.
///   - settings: Which estimator, baseline and deviation.
///   - observer: Is told every named number.
public func groupAdvantages<O: Observer>(
  _ responses: [GroupResponse], groups: [GroupContext], settings: Settings, observer: O
) -> [Scalar] {
  if settings.choice(.multiObjective) == "normalize_then_sum", responses.first?.rewards.isEmpty == false {
    return normalizedThenSummed(responses, groupCount: groups.count, settings: settings, observer: observer)
  }
  let rewards = GroupedRewards(responses, groupCount: groups.count, settings: settings, observer: observer)
  let compared: ComparedRewards =
    switch settings.choice(.advantageEstimator) {
    case "rloo": leaveOneOut(rewards)
    case "reinforce_plus_plus_baseline": normalizedAgainstGroups(rewards, observer: observer)
    case "opo": comparedByLength(rewards)
    case "gpg": scaledByRewarded(rewards, observer: observer)
    case "maxrl": relativeToMean(rewards)
    case "reinforce_plus_plus": normalizedOverTokens(rewards, observer: observer)
    default: comparedWithGroups(rewards, groups: groups, settings: settings, observer: observer)
    }
  let weights = recordedWeights(groups, observer: observer)

  observer.begin(.advantage)
  return responses.indices.map { n in
    observer.beat()
    let i = responses[n].index
    let baseline = observer.term(.baseline, i, alias(compared.baselines[n]))
    let difference = responses[n].reward - baseline
    let raw = observer.term(.rawAdvantage, i, weights[responses[n].group].map { $0 * difference } ?? difference)
    return observer.term(.advantage, i, stopGradient(compared.deviations[n].map { raw / $0 } ?? raw))
  }
}

/// The baseline of each reward, and what the difference is divided by.
struct ComparedRewards {
  var baselines: [Scalar]
  /// Nil where nothing is divided.
  var deviations: [Scalar?]
}

private func recordedWeights<O: Observer>(_ groups: [GroupContext], observer: O) -> [Scalar?] {
  observer.begin(.groups)
  return groups.enumerated().map { g, group in
    guard let weight = group.weight else { return nil }
    observer.beat()
    return observer.term(.groupWeight, g, weight)
  }
}

/// The rewards of a batch with each group's mean and deviation, each group a beat of the stage `group`.
struct GroupedRewards {
  let responses: [GroupResponse]
  /// The responses of each group, by their place in `responses`.
  let members: [[Int]]
  let means: [Scalar]
  let stds: [Scalar]
  let tape: Tape

  init<O: Observer>(_ responses: [GroupResponse], groupCount: Int, settings: Settings, observer: O) {
    self.responses = responses
    tape = observer.tape
    var members = [[Int]](repeating: [], count: groupCount)
    for (n, response) in responses.enumerated() { members[response.group].append(n) }
    self.members = members
    observer.begin(.groups)
    var means: [Scalar] = []
    var stds: [Scalar] = []
    // As verl has it, an answer that is alone is compared with 0 in units of 1.
    let isPlain = [Option.advantageEstimator, .advantageBaseline].allSatisfy { settings[$0] == $0.description.standard }
    let keepsOne = isPlain && settings.choice(.groupOfOne) != "zero"
    for (g, group) in members.enumerated() {
      observer.beat()
      if keepsOne, group.count == 1 {
        means.append(observer.term(.groupMean, g, observer.tape.constant(0)))
        stds.append(observer.term(.groupStd, g, observer.tape.constant(1)))
        continue
      }
      let rewards = group.map { responses[$0].reward }
      let mean = observer.term(.groupMean, g, observer.tape.mean(rewards))
      means.append(mean)
      stds.append(
        observer.term(.groupStd, g, sampleDeviation(rewards, mean: mean, count: .groupSize, g, on: observer.tape)))
    }
    self.means = means
    self.stds = stds
  }

  var all: [Scalar] { responses.map { $0.reward } }
}

/// The standard deviation with n − 1; 0 for a single number, as TRL has it.
///
/// - Parameters:
///   - values: The numbers.
///   - mean: Their mean.
///   - count: What a formula calls their number.
///   - index: The count's index, if it has one.
///   - second: Its second index, if it has two.
///   - tape: Where the arithmetic is recorded.
func sampleDeviation(
  _ values: [Scalar], mean: Scalar, count: Count, _ index: Int = -1, _ second: Int = -1, on tape: Tape
) -> Scalar {
  guard values.count > 1 else { return tape.constant(0) }
  return sqrt(tape.sum(values.map { square($0 - mean) }) / (count.value(values.count, index, second) - 1))
}
