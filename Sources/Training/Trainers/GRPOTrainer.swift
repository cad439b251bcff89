import Autodiff
import Objectives
import Simulation
import Transformers

/// Group relative policy optimisation: several answers to each prompt, each compared with the others of its group.
///
/// A group is a prompt's answers (Shao et al. 2024, DeepSeekMath, section 4.1; TRL `GRPOTrainer`), or all answers to
/// users of one kind where the data has a column `group`.
final class GRPOTrainer: TrainingMethod {
  let result: LanguageModel
  let totalSteps: Int
  let trained: TrainedModels
  var tokensDone = 0
  let headline = ["reward", "eval_reward", "frac_reward_zero_std"]
  private let settings: TrainingSettings
  private let reference: Transformer?
  private let rewards: RewardSum
  private let prompts: Dataset
  private let heldOut: [Example]
  private let order: DataOrder
  private let observer = TrainerObserver()
  private var memory: UserGroupMemory
  private var samplingRounds = 0

  init(
    _ model: LanguageModel, reference: Transformer, prompts: Dataset, heldOut: Dataset?, rewards: RewardSum,
    settings: TrainingSettings
  ) throws(TrainingError) {
    result = model
    self.settings = settings
    self.reference = settings.objective.number(.groupBeta) != 0 ? reference : nil
    self.prompts = prompts
    self.rewards = rewards
    self.heldOut = heldOut?.examples ?? []
    trained = TrainedModels([("model", model.model)], settings)
    order = DataOrder(prompts.examples.count, settings)
    totalSteps = settings.totalSteps(examples: prompts.examples.count)
    memory = try UserGroupMemory(prompts.examples, settings)
    if memory.needsReference {
      try memory.measure(LanguageModel(reference, model.tokenizer), prompts.examples, rewards, settings)
    }
  }

  /// What the options ask for that cannot be.
  static func problem(_ settings: TrainingSettings) -> String? {
    let (batch, group) = (settings.integer(.batchSize), settings.integer(.numGenerations))
    return batch % group == 0
      ? nil : "batch_size \(batch) is not a multiple of num_generations \(group): groups must be whole"
  }

  // MARK: - A round: sample, reward, learn

  func advance(recording: (Int) -> Bool) throws(TrainingError) -> [StepRecord] {
    let round = try sampleRound()
    let passes = Array(round.rollouts.indices).inParts(of: settings.integer(.batchSize))
    var sequences = passes.flatMap { part in self.sequences(part.map { round.rollouts[$0] }, round.rewards, part) }
    let (names, numbers) = memory.groups(of: round.rollouts, perPrompt: settings.integer(.numGenerations))
    for i in sequences.indices { sequences[i].group = numbers[i] }
    var group = Batch.GroupBatch(sequences: sequences, groups: memory.contexts(sequences, names))

    var records: [StepRecord] = []
    for iteration in 0..<settings.integer(.numIterations) where stepsDone < totalSteps {
      let isRecorded = recording(stepsDone + 1)
      if isRecorded { showWords(of: round, in: &group) }
      guard var record = update(&group, round, passes, isFirst: iteration == 0, recording: isRecorded) else { break }
      for component in round.components {
        record.metrics.append(MetricValue("rewards/\(component.name)/mean", component.mean))
        record.metrics.append(MetricValue("rewards/\(component.name)/std", component.std))
      }
      record.metrics += round.groupMetrics
      records.append(record)
    }
    return records
  }

  /// Words are for people alone, so that only a recorded batch has them.
  private func showWords(of round: Round, in group: inout Batch.GroupBatch) {
    for (i, rollout) in round.rollouts.enumerated() { group.sequences[i].tokens = result.words(rollout.text.response) }
  }

  /// One optimizer step; nil if the policy has already moved further than `target_kl`.
  private func update(
    _ group: inout Batch.GroupBatch, _ round: Round, _ passes: [[Int]], isFirst: Bool, recording: Bool
  ) -> StepRecord? {
    let rate = settings.learningRate(at: stepsDone, of: totalSteps)
    var record = StepRecord(step: stepsDone + 1, metrics: [])
    var averages = MetricAverages()
    trained.clearGradients()
    for (number, members) in passes.enumerated() {
      let pass = predict(&group, members, round)
      // What the first pass says is what the policy that sampled says.
      if isFirst { for i in members { group.sequences[i].oldLogp = group.sequences[i].logp } }
      if !isFirst, number == 0, isTooFar(group, members) { return nil }
      var batch = Batch(
        title: "grpo, step \(stepsDone + 1)", settings: settings.objective, contents: .groups(group))
      if passes.count > 1 {
        batch.minibatch = members
        batch.stepTokens = Double(round.rollouts.reduce(0) { $0 + (isMasked($1) ? 0 : $1.text.response.count) })
        batch.stepShare = Double(members.count) / Double(group.sequences.count)
      }
      let share = batch.stepShare
      let isLast = number == passes.count - 1
      averages.add(learn(batch, group, members, pass, share: share, isLast: isLast), weight: share)
      if recording { record.batches.append(batch.json) }
    }
    let norm = trained.step(learningRate: rate)
    record.metrics =
      averages.values + [
        MetricValue("grad_norm", norm), MetricValue("learning_rate", rate),
        MetricValue("num_tokens", Double(tokensDone)),
      ]
    return record
  }

  /// What the policy says now of some of the sequences, and the way back.
  private func predict(_ group: inout Batch.GroupBatch, _ members: [Int], _ round: Round) -> ForwardPass {
    let texts = members.map { round.rollouts[$0].text }
    let pass = result.model.forward(
      .scoring(texts.map(\.all), from: texts.map(\.prompt.count)),
      temperature: Float(settings.number(.temperature)), wantsEntropy: true, keepsActivations: true)
    let (logps, entropies) = (pass.rows(pass.logps), pass.rows(pass.entropies ?? []))
    for (m, i) in members.enumerated() {
      group.sequences[i].logp = logps[m]
      group.sequences[i].entropy = entropies[m]
    }
    return pass
  }

  private func learn(
    _ batch: Batch, _ group: Batch.GroupBatch, _ members: [Int], _ pass: ForwardPass, share: Double, isLast: Bool
  ) -> [MetricValue] {
    defer { observer.tape.truncate(to: 0) }
    let preparation = batch.preparation(of: group, observer: observer)
    let update = batch.update(on: members, of: group, preparation, observer: observer)
    let gradient = observer.tape.gradient(of: update.result.loss)
    // Where tokens of the whole step divide, passes add up; elsewhere they are averaged.
    let loss = GroupLoss.chosen(by: settings.objective)
    let weight = loss.dividesByStep ? 1 : share
    func rows(_ leaves: [[Scalar]]) -> [Float] { gradient.rows(leaves).map { $0 * Float(weight) } }
    pass.backward(
      rows(update.logps), entropies: update.entropies.map(rows), into: trained.parts[0].gradient, isLast: isLast)
    recordGroupMetrics(preparation.responses, updates: [update.result], settings: batch.settings, observer: observer)
    return [MetricValue("loss", update.result.loss.value * weight / share)] + observer.takeMetrics()
  }

  private func isMasked(_ rollout: Rollout) -> Bool {
    settings.objective.flag(.maskTruncated) && !rollout.isComplete
  }

  /// Whether the mean of e^d − d − 1, d the log-ratio to the policy that sampled, has passed `target_kl`.
  private func isTooFar(_ group: Batch.GroupBatch, _ members: [Int]) -> Bool {
    guard let limit = settings.optionalNumber(.targetKL) else { return false }
    return approximateKL(members.map { (group.sequences[$0].logp, group.sequences[$0].oldLogp) }) > limit
  }

  // MARK: - Sampling

  /// What was sampled at once, and what it earned.
  private final class Round {
    var rollouts: [Rollout] = []
    var rewards: [Double] = []
    var components: [RewardScores.Component] = []
    var groupMetrics: [MetricValue] = []
  }

  private func sampleRound() throws(TrainingError) -> Round {
    let count = settings.integer(.batchSize) * settings.integer(.gradientAccumulationSteps)
    let round = Round()
    // Groups whose rewards are all alike teach nothing; dynamic sampling draws others (Yu et al. 2025, DAPO, 3.2).
    let attempts = settings.objective.flag(.dynamicSampling) ? settings.objective.integer(.maxGenerationBatches) : 1
    for attempt in 0..<max(1, attempts) where round.rollouts.count < count {
      let (rollouts, scores) = try sample(count)
      let perPrompt = settings.integer(.numGenerations)
      for group in Array(rollouts.indices).inParts(of: perPrompt) where round.rollouts.count < count {
        let first = scores.totals[group[0]]
        let isFlat = group.allSatisfy { scores.totals[$0] == first }
        let needed = count - round.rollouts.count
        let isLastChance = attempt == attempts - 1 && rollouts.count - group[0] <= needed
        if attempts > 1, isFlat, !isLastChance { continue }
        round.rollouts += group.map { rollouts[$0] }
        round.rewards += group.map { scores.totals[$0] }
      }
      round.components = scores.components
      round.groupMetrics = memory.metrics(rollouts, scores.totals)
    }
    return round
  }

  private func sample(_ count: Int) throws(TrainingError) -> ([Rollout], RewardScores) {
    let perPrompt = settings.integer(.numGenerations)
    let chosen = order.endless(from: samplingRounds * (count / perPrompt), size: count / perPrompt)
    let examples = chosen.flatMap { i in [Example](repeating: prompts.examples[i], count: perPrompt) }
    let (seed, round) = (settings.seed, UInt32(truncatingIfNeeded: samplingRounds))
    let rollouts = result.rollouts(examples, settings) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.sampling, round, UInt32(i))
    }
    samplingRounds += 1
    tokensDone += rollouts.reduce(0) { $0 + $1.text.response.count }
    return (rollouts, try rewards.scores(rollouts.map(result.completion)))
  }

  private func sequences(_ rollouts: [Rollout], _ rewards: [Double], _ numbers: [Int]) -> [Batch.GroupBatch.Sequence] {
    let temperature = settings.number(.temperature)
    let references = reference?.logps(rollouts.map(\.text), temperature: temperature)
    return rollouts.enumerated().map { n, rollout in
      let tokens = rollout.text.response
      return Batch.GroupBatch.Sequence(
        prompt: rollout.example.prompt, tokens: [], group: 0,
        reward: rewards[numbers[n]] + overlong(tokens.count),
        logp: tokens.map { _ in 0 }, oldLogp: tokens.map { _ in 0 }, refLogp: references?[n],
        isTruncated: !rollout.isComplete)
    }
  }

  private func overlong(_ count: Int) -> Double {
    guard let cache = settings.objective.optionalNumber(.softPunishCache), cache > 0 else { return 0 }
    defer { observer.tape.truncate(to: 0) }
    return overlongPenalty(
      tokenCount: count, limit: Constant(Double(settings.integer(.maxCompletionLength))), cache: Constant(cache),
      on: observer.tape
    ).value
  }

  // MARK: - Evaluation and checkpoints

  /// The mean reward of the likeliest answers to held-out prompts.
  func evaluate() throws(TrainingError) -> [MetricValue] {
    guard !heldOut.isEmpty else { return [] }
    let rollouts = result.rollouts(heldOut, settings, temperature: 0) { _ in RandomStream(seed: 0, purpose: 0) }
    let scores = try rewards.scores(rollouts.map(result.completion)).totals
    let mean = MetricValue("eval_reward", scores.reduce(0, +) / Double(scores.count))
    return [mean] + memory.metrics(rollouts, scores).map { MetricValue("eval_" + $0.name, $0.value) }
  }

  func samples(_ count: Int) throws(TrainingError) -> [Sample] {
    let examples = Array((heldOut.isEmpty ? prompts.examples : heldOut).prefix(count))
    let seed = settings.seed
    let rollouts = result.rollouts(examples, settings) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.evaluation, UInt32(i))
    }
    let scores = try rewards.scores(rollouts.map(result.completion)).totals
    return zip(rollouts, scores).map { rollout, score in
      Sample(
        step: stepsDone, prompt: rollout.example.prompt, completion: result.text(rollout.text.response), reward: score)
    }
  }

  func save(_ state: inout RunState) {
    state.integers["sampling_rounds"] = UInt64(samplingRounds)
    memory.save(&state)
  }

  func restore(_ state: RunState, from file: String) throws(TrainingError) {
    samplingRounds = Int(try state.integer("sampling_rounds", in: file))
    memory.restore(state)
  }
}
