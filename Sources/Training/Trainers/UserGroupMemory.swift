import Autodiff
import Objectives
import Simulation
import Transformers

/// What GRPO remembers about groups of users from round to round: running means, the reference's rewards, weights.
///
/// Data without a column `group` has none: there a group is the answers to one prompt, which never come again.
struct UserGroupMemory {
  private let users: [String]
  private let settings: Settings
  private var referenceRewards: [Double] = []
  private var runningRewards: [Double] = []
  private var raisedWeights: [Double]

  init(_ examples: [Example], _ settings: TrainingSettings) throws(TrainingError) {
    var users: [String] = []
    for group in examples.compactMap({ $0.group }) where !users.contains(group) { users.append(group) }
    if !users.isEmpty, let example = examples.first(where: { $0.group == nil }) {
      throw TrainingError(
        .badData, "\(example.source):\(example.line): the column 'group' is missing, which others have")
    }
    self.users = users
    self.settings = settings.objective
    raisedWeights = users.map { _ in 1 }
    let baseline = self.settings.choice(.advantageBaseline)
    if users.isEmpty, ["reference", "ema"].contains(baseline) {
      throw TrainingError(
        .usage, "advantage_baseline \(baseline) compares groups of users: the data needs a column 'group'")
    }
    if users.isEmpty, self.settings.choice(.groupWeights) == "dro" {
      throw TrainingError(.usage, "group_weights dro weighs groups of users: the data needs a column 'group'")
    }
  }

  /// Whether a group is the answers to one prompt.
  var isOfPrompts: Bool { users.isEmpty }

  /// Whether the advantages need the reference's reward in each group.
  var needsReference: Bool { ["reference", "ema"].contains(settings.choice(.advantageBaseline)) }

  /// How many answers of the reference are averaged for each group.
  private static let referenceAnswers = 64

  mutating func measure(
    _ reference: LanguageModel, _ examples: [Example], _ rewards: RewardSum, _ settings: TrainingSettings
  ) throws(TrainingError) {
    for (g, user) in users.enumerated() {
      let own = examples.filter { $0.group == user }
      let asked = (0..<Self.referenceAnswers).map { own[$0 % own.count] }
      let rollouts = reference.rollouts(asked, settings) { i in
        RandomStream(seed: settings.seed, purpose: TrainingPurpose.references, UInt32(g), UInt32(i))
      }
      let scores = try rewards.scores(rollouts.map(reference.completion)).totals
      referenceRewards.append(scores.reduce(0, +) / Double(scores.count))
    }
    runningRewards = referenceRewards
  }

  /// The names of a round's groups, and the number of each rollout's.
  func groups(of rollouts: [Rollout], perPrompt: Int) -> (names: [String], numbers: [Int]) {
    if users.isEmpty {
      let count = (rollouts.count + perPrompt - 1) / perPrompt
      return ((0..<count).map { "prompt \($0)" }, rollouts.indices.map { $0 / perPrompt })
    }
    let numbers = rollouts.map { rollout in users.firstIndex { $0 == rollout.example.group } ?? 0 }
    // Only groups that the round has: a batch names them in the order of their first answers.
    var present: [Int] = []
    for number in numbers where !present.contains(number) { present.append(number) }
    return (present.map { users[$0] }, numbers.map { number in present.firstIndex(of: number) ?? 0 })
  }

  /// What the advantages need to know about each group; updates the running means and weights.
  mutating func contexts(_ sequences: [Batch.GroupBatch.Sequence], _ names: [String]) -> [Batch.GroupBatch.Group] {
    let means = names.indices.map { g in
      let rewards = sequences.filter { $0.group == g }.map { $0.reward }
      return rewards.reduce(0, +) / Double(max(1, rewards.count))
    }
    let numbers = names.map { name in users.firstIndex(of: name) }
    raiseWeights(means, numbers)
    return names.indices.map { g in
      var group = Batch.GroupBatch.Group(name: names[g])
      group.weight = weight(numbers[g] ?? g)
      guard let number = numbers[g], needsReference else { return group }
      group.referenceReward = referenceRewards[number]
      group.runningReward = runningRewards[number]
      let decay = settings.number(.baselineDecay)
      runningRewards[number] = decay * runningRewards[number] + (1 - decay) * means[g]
      return group
    }
  }

  /// Nil where every weight is 1.
  private func weight(_ group: Int) -> Double? {
    let text = settings.choice(.groupWeights)
    if text == "1" { return nil }
    return Weights(text)?[group] ?? raisedWeights[group]
  }

  private mutating func raiseWeights(_ means: [Double], _ numbers: [Int?]) {
    guard settings.choice(.groupWeights) == "dro" else { return }
    let tape = Tape()
    // A group missing from the round keeps its weight relative to the others: its mean counts as theirs.
    let average = means.reduce(0, +) / Double(max(1, means.count))
    let all = users.indices.map { user in numbers.firstIndex(of: user).map { means[$0] } ?? average }
    raisedWeights = robustWeights(
      raisedWeights.map { tape.leaf($0) }, means: all.map { tape.leaf($0) },
      stepSize: settings.value(.groupStepSize), on: tape
    ).map { $0.value }
  }

  /// The mean reward of each group of users.
  func metrics(_ rollouts: [Rollout], _ rewards: [Double]) -> [MetricValue] {
    users.compactMap { user in
      let own = zip(rollouts, rewards).filter { $0.0.example.group == user }.map { $0.1 }
      return own.isEmpty ? nil : MetricValue("rewards/\(user)/mean", own.reduce(0, +) / Double(own.count))
    }
  }

  func save(_ state: inout RunState) {
    state.lists["reference_rewards"] = referenceRewards
    state.lists["running_rewards"] = runningRewards
    state.lists["robust_weights"] = raisedWeights
  }

  mutating func restore(_ state: RunState) {
    referenceRewards = state.lists["reference_rewards"] ?? referenceRewards
    runningRewards = state.lists["running_rewards"] ?? runningRewards
    raisedWeights = state.lists["robust_weights"] ?? raisedWeights
  }
}
