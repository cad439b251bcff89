import Autodiff
import Objectives
import Simulation
import Transformers

/// Proximal policy optimisation with a KL penalty: a policy, a frozen reference, a critic, and a reward model or rules.
///
/// Source: Ziegler et al. 2019; Ouyang et al. 2022, equation 2; TRL `PPOTrainer.train`, whose order of things this is.
final class PPOTrainer: TrainingMethod {
  /// Where a response's score comes from.
  enum Reward {
    /// A scalar head's number at the response's last token; its vocabulary is the policy's.
    case model(Transformer)
    case rules(RewardSum)
  }

  let result: LanguageModel
  let totalSteps: Int
  let trained: TrainedModels
  var tokensDone = 0
  let headline = ["objective/scores", "objective/kl", "eval_gold"]
  private let settings: TrainingSettings
  private let reference, critic: Transformer
  private let reward: Reward
  private let judge: (any RewardFunction)?
  private let prompts: [Example]
  private let heldOut: [Example]
  private let order: DataOrder
  private let observer = TrainerObserver()
  private var round = 0
  private var klCoefficient: Double

  /// - Parameters:
  ///   - critic: With a scalar head; it starts from the reward model where there is one.
  ///   - judge: What people would really say, where that is known: for evaluation alone.
  init(
    _ model: LanguageModel, reference: Transformer, critic: Transformer, reward: Reward,
    judge: (any RewardFunction)?, prompts: Dataset, heldOut: Dataset?, settings: TrainingSettings
  ) throws(TrainingError) {
    result = model
    (self.reference, self.critic, self.reward, self.judge) = (reference, critic, reward, judge)
    self.settings = settings
    self.prompts = prompts.examples
    self.heldOut = heldOut?.examples ?? []
    trained = TrainedModels([("model", model.model), ("critic", critic)], settings)
    order = DataOrder(prompts.examples.count, settings)
    totalSteps = settings.totalSteps(examples: prompts.examples.count)
    klCoefficient = settings.objective.number(.klCoef)
  }

  /// What the options ask for that cannot be.
  static func problem(_ settings: TrainingSettings) -> String? {
    if settings.objective.choice(.klEstimator) == "exact" {
      return "kl_estimator exact sums over the vocabulary, which a trainer does not keep: use k1, k2 or k3"
    }
    if settings.integer(.numMiniBatches) > settings.examplesPerRound {
      return "num_mini_batches \(settings.integer(.numMiniBatches)) is more than the responses of a batch"
    }
    if settings.objective.choice(.scorePosition) != "last_token" {
      return "score_position is last_token when training; `gradus step ppo` shows the others"
    }
    return nil
  }

  // MARK: - A round: sample, score, learn

  func advance(recording: (Int) -> Bool) throws(TrainingError) -> [StepRecord] {
    let rollouts = sample()
    var sequences = try scored(rollouts)
    var settings = self.settings.objective
    // A number within the option's range can always be set.
    try? settings.set(.klCoef, to: .number(klCoefficient))
    var batch = Batch(title: "", settings: settings, contents: .responses(sequences))
    defer { observer.tape.truncate(to: 0) }
    let preparation = batch.preparation(of: sequences, observer: observer)
    let mark = observer.tape.count

    var records: [StepRecord] = []
    updates: for epoch in 0..<self.settings.integer(.numPPOEpochs) {
      for members in minibatches(of: sequences.count, epoch: epoch) where stepsDone < totalSteps {
        batch.title = "ppo, step \(stepsDone + 1)"
        let isRecorded = recording(stepsDone + 1)
        if isRecorded { showWords(of: rollouts, in: &sequences) }
        let record = update(
          &sequences, members, rollouts, &batch, preparation, isFirst: records.isEmpty, isRecorded)
        observer.tape.truncate(to: mark)
        guard let record else { break updates }
        records.append(record)
      }
    }
    adaptKL(preparation.experiences)
    round += 1
    return records
  }

  private func sample() -> [Rollout] {
    let count = settings.examplesPerRound
    let examples = order.endless(from: round * count, size: count).map { prompts[$0] }
    let (seed, number) = (settings.seed, UInt32(truncatingIfNeeded: round))
    let rollouts = result.rollouts(examples, settings) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.sampling, number, UInt32(i))
    }
    tokensDone += rollouts.reduce(0) { $0 + $1.text.response.count }
    return rollouts
  }

  /// The responses with what policy, reference, critic and reward say before learning starts.
  private func scored(_ rollouts: [Rollout]) throws(TrainingError) -> [Batch.PPOSequence] {
    let (texts, temperature) = (rollouts.map(\.text), settings.number(.temperature))
    let old = result.model.logps(texts, temperature: temperature)
    let references = reference.logps(texts, temperature: temperature)
    let values = critic.values(texts)
    let scores = try scores(rollouts)
    return rollouts.indices.map { i in
      Batch.PPOSequence(
        prompt: rollouts[i].example.prompt, tokens: [], logp: old[i], oldLogp: old[i],
        refLogp: references[i], value: values[i], oldValue: values[i], score: scores[i], entropy: nil,
        isTruncated: !rollouts[i].isComplete)
    }
  }

  private func scores(_ rollouts: [Rollout]) throws(TrainingError) -> [Double] {
    switch reward {
    case .model(let model): return model.scores(rollouts.map(\.text.all))
    case .rules(let rules): return try rules.scores(rollouts.map(result.completion)).totals
    }
  }

  private func minibatches(of count: Int, epoch: Int) -> [[Int]] {
    var random = RandomStream(
      seed: settings.seed, purpose: TrainingPurpose.minibatches, UInt32(truncatingIfNeeded: round), UInt32(epoch))
    let (order, parts) = (random.shuffled(count), settings.integer(.numMiniBatches))
    return (0..<parts).map { part in Array(order[count * part / parts..<count * (part + 1) / parts]) }
  }

  /// Words are for people alone, so that only a recorded batch has them.
  private func showWords(of rollouts: [Rollout], in sequences: inout [Batch.PPOSequence]) {
    for (i, rollout) in rollouts.enumerated() { sequences[i].tokens = result.words(rollout.text.response) }
  }

  /// One optimizer step; nil if the policy has already moved further than `target_kl`.
  private func update(
    _ sequences: inout [Batch.PPOSequence], _ members: [Int], _ rollouts: [Rollout], _ batch: inout Batch,
    _ preparation: PPOPreparation, isFirst: Bool, _ recording: Bool
  ) -> StepRecord? {
    let rate = settings.learningRate(at: stepsDone, of: totalSteps)
    var record = StepRecord(step: stepsDone + 1, metrics: [])
    var averages = MetricAverages()
    trained.clearGradients()
    let mark = observer.tape.count
    let parts = settings.integer(.gradientAccumulationSteps)
    let all = members.count
    let passes = members.inParts(of: (all + parts - 1) / parts)
    for (number, members) in passes.enumerated() {
      let predicted = predict(&sequences, members, rollouts)
      if !isFirst, isTooFar(sequences, members) { return nil }
      let update = batch.update(on: members, of: sequences, preparation, observer: observer)
      let share = Double(members.count) / Double(all)
      learn(update, predicted, share: share, isLast: number == passes.count - 1)
      recordPPOMetrics(preparation.experiences, updates: [update.result], observer: observer)
      averages.add([MetricValue("loss", update.result.loss.value)] + observer.takeMetrics(), weight: share)
      observer.tape.truncate(to: mark)
      if recording {
        batch.contents = .responses(sequences)
        batch.minibatch = members.count == sequences.count ? nil : members
        record.batches.append(batch.json)
      }
    }
    let norm = trained.step(learningRate: rate)
    record.metrics =
      averages.values + [
        MetricValue("kl_coef", klCoefficient), MetricValue("grad_norm", norm), MetricValue("lr", rate),
        MetricValue("episode", Double((round + 1) * sequences.count)),
      ]
    return record
  }

  /// What policy and critic say now of some responses, and the ways back.
  private func predict(_ sequences: inout [Batch.PPOSequence], _ members: [Int], _ rollouts: [Rollout])
    -> (policy: ForwardPass, critic: ForwardPass)
  {
    let texts = members.map { rollouts[$0].text }
    let tokens = TokenBatch.scoring(texts.map(\.all), from: texts.map(\.prompt.count))
    let policy = result.model.forward(
      tokens, temperature: Float(settings.number(.temperature)), wantsEntropy: true, keepsActivations: true)
    let critic = critic.forward(tokens, keepsActivations: true)
    let (logps, values) = (policy.rows(policy.logps), critic.rows(critic.values))
    let entropies = policy.rows(policy.entropies ?? [])
    for (m, i) in members.enumerated() {
      sequences[i].logp = logps[m]
      sequences[i].value = values[m]
      sequences[i].entropy = entropies[m]
    }
    return (policy, critic)
  }

  private func learn(
    _ update: PPOUpdate, _ passes: (policy: ForwardPass, critic: ForwardPass), share: Double, isLast: Bool
  ) {
    let gradient = observer.tape.gradient(of: update.result.loss)
    func rows(_ leaves: [[Scalar]]) -> [Float] { gradient.rows(leaves).map { $0 * Float(share) } }
    passes.policy.backward(
      rows(update.logps), entropies: update.entropies.map(rows), into: trained.parts[0].gradient, isLast: isLast)
    passes.critic.backward(rows(update.values), into: trained.parts[1].gradient, isLast: isLast)
  }

  private func isTooFar(_ sequences: [Batch.PPOSequence], _ members: [Int]) -> Bool {
    guard let limit = settings.optionalNumber(.targetKL) else { return false }
    return approximateKL(members.map { (sequences[$0].logp, sequences[$0].oldLogp) }) > limit
  }

  private func adaptKL(_ experiences: [Experience]) {
    let objective = settings.objective
    guard objective.flag(.adaptiveKL) else { return }
    let tape = observer.tape
    klCoefficient =
      adaptedKLCoefficient(
        tape.leaf(klCoefficient), kl: tape.mean(experiences.map { tape.sum($0.kl) }),
        target: objective.value(.klTarget), horizon: objective.value(.klHorizon), responses: experiences.count
      ).value
  }

  // MARK: - Evaluation and checkpoints

  /// Scores of sampled responses to held-out prompts, their KL from the reference, and what the judge says of them.
  func evaluate() throws(TrainingError) -> [MetricValue] {
    guard !heldOut.isEmpty else { return [] }
    let seed = settings.seed
    let rollouts = result.rollouts(heldOut, settings) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.evaluation, 1, UInt32(i))
    }
    let texts = rollouts.map(\.text)
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let differences = zip(result.model.logps(texts), reference.logps(texts)).map { policy, reference in
      zip(policy, reference).reduce(0) { $0 + $1.0 - $1.1 }
    }
    var metrics = [
      MetricValue("eval_objective/scores", mean(try scores(rollouts))),
      MetricValue("eval_objective/kl", mean(differences)),
    ]
    if let judge {
      metrics.append(MetricValue("eval_gold", mean(try judge.scores(rollouts.map(result.completion)))))
    }
    return metrics
  }

  func samples(_ count: Int) throws(TrainingError) -> [Sample] {
    let examples = Array((heldOut.isEmpty ? prompts : heldOut).prefix(count))
    let seed = settings.seed
    let rollouts = result.rollouts(examples, settings) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.evaluation, UInt32(i))
    }
    let scores = try scores(rollouts)
    return zip(rollouts, scores).map { rollout, score in
      Sample(
        step: stepsDone, prompt: rollout.example.prompt, completion: result.text(rollout.text.response), reward: score)
    }
  }

  func save(_ state: inout RunState) {
    state.integers["round"] = UInt64(round)
    state.numbers["kl_coef"] = klCoefficient
  }

  func restore(_ state: RunState, from file: String) throws(TrainingError) {
    round = Int(try state.integer("round", in: file))
    klCoefficient = try state.number("kl_coef", in: file)
  }
}
