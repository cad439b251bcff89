import Autodiff
import Objectives
import Simulation
import Transformers

// What this trainer does differently from algorithm 1 of Shao et al. 2024, DeepSeekMath, on paper and in its standards:
//
// 1. The reference stays the model that the run began with; the paper renews it, and its reward model, in an outer loop.
//    With beta 0, which is the standard as in TRL, there is none (the paper: 0.04).
// 2. loss_type dapo, the standard as in TRL, averages over all tokens of a step, which Yu et al. 2025 proposed; the paper's
//    grpo averages within each answer first, so that tokens of long answers weigh less.
// 3. A group's deviation has n − 1 in the variance and 1e-4 added to it, as in TRL.
// 4. Whole answers are rewarded; there is no process supervision (the paper's section 4.1.3).
// 5. π_old is what a forward pass says of the answers before the first step, not what generation said while it sampled:
//    the two differ in rounding, and ratios are to begin at exactly 1.
// 6. A group may be all answers to users of one kind instead of those to one prompt: see `UserGroupMemory`.
// 7. With gradient accumulation bnpo averages within each pass, as in TRL; the other losses are those of the whole step.
// 8. What samples is this model, unless rollout_temperature, rollout_top_p, rollout_dtype or rollout_staleness say otherwise:
//    then its own log-probabilities are kept beside π_old, and the loss is corrected for the difference, as TRL does with vLLM.
// 9. Off unless asked for: dynamic sampling, overlong penalty and a higher upper clip (Yu et al. 2025), the early stop by
//    target_kl, masks, other estimators of the advantage.

/// Group relative policy optimisation: several answers to each prompt, each compared with the others of its group.
///
/// Source: Shao et al. 2024, section 4.1; TRL `GRPOTrainer`.
final class GRPOTrainer: TrainingMethod {
  let result: LanguageModel
  let totalSteps: Int
  let trained: TrainedModels
  var tokensDone = 0
  let headline = ["reward", "eval_reward", "frac_reward_zero_std"]
  private var settings: TrainingSettings
  private let reference: AskedModel?
  private let rewards: RewardSum
  private let prompts: Dataset
  private let heldOut: [Example]
  private let order: DataOrder
  private let observer = TrainerObserver()
  private var memory: UserGroupMemory
  private var samplingRounds = 0
  private var engine = RolloutEngine()
  /// What the entropy bonus weighs, where that adapts.
  private var entropyCoefficient: Double

  private var temperature: Double { settings.number(.temperature) }
  private var perPrompt: Int { settings.integer(.numGenerations) }

  init(
    _ model: LanguageModel, reference: AskedModel, prompts: Dataset, heldOut: Dataset?, rewards: RewardSum,
    settings: TrainingSettings, keepsReference: Bool = false
  ) throws(TrainingError) {
    result = model
    self.settings = settings
    entropyCoefficient = settings.objective.number(.entropyCoef)
    self.reference = keepsReference || settings.objective.number(.groupBeta) != 0 ? reference : nil
    self.prompts = prompts
    self.rewards = rewards
    self.heldOut = heldOut?.examples ?? []
    trained = TrainedModels([("model", model.model)], settings)
    order = DataOrder(prompts.examples.count, settings)
    totalSteps = settings.totalSteps(examples: prompts.examples.count)
    memory = try UserGroupMemory(prompts.examples, settings)
    if perPrompt == 1, memory.isOfPrompts, !learnsFromLoneAnswers {
      throw TrainingError(
        .usage,
        "num_generations 1: an answer that is alone has advantage 0, whatever it earns, and nothing would be learned; sample "
          + "2 or more to each prompt, or compare across prompts, with advantage_estimator=reinforce_plus_plus for instance"
      )
    }
    if memory.needsReference {
      try reference.ask { (reference) throws(TrainingError) in
        try memory.measure(LanguageModel(reference, model.tokenizer), prompts.examples, rewards, settings)
      }
    }
  }

  /// The first combination of options that is refused, if any.
  static func problem(_ settings: TrainingSettings) -> String? {
    let (batch, group) = (settings.integer(.batchSize), settings.integer(.numGenerations))
    return batch % group == 0
      ? nil : "batch_size \(batch) is not a multiple of num_generations \(group): groups must be whole"
  }

  /// Whether anything is learned from answers that earn differently, each alone in its group.
  private var learnsFromLoneAnswers: Bool {
    let sequences = [0.0, 1, 3].enumerated().map { group, reward in
      Batch.GroupBatch.Sequence(prompt: "", tokens: [], group: group, reward: reward, logp: [], oldLogp: [-1])
    }
    let group = Batch.GroupBatch(sequences: sequences, groups: sequences.map { .init(name: "prompt \($0.group)") })
    let batch = Batch(title: "", settings: settings.objective, contents: .groups(group))
    defer { observer.tape.truncate(to: 0) }
    return batch.preparation(of: group, observer: observer).advantages.contains { $0.value != 0 }
  }

  func change(_ settings: TrainingSettings) { self.settings = settings }

  // MARK: - A round: sample, reward, learn

  func advance(recording: (Int) -> Bool) throws(TrainingError) -> [StepRecord] {
    let sampled = try sample()
    let texts = sampled.rollouts.map { $0.text }
    // The policy is still the one that sampled: what goes through it in one pass is asked once, and the rest beforehand.
    var first = texts.count <= settings.integer(.batchSize) ? forward(texts) : nil
    let old = first.map { $0.rows($0.logps) } ?? result.model.logps(texts, temperature: temperature)
    defer { observer.tape.truncate(to: 0) }
    var round = try round(of: sampled, old: old)
    var records: [StepRecord] = []
    while records.count < settings.integer(.numIterations), stepsDone < totalSteps {
      let (isFirst, isRecorded) = (records.isEmpty, recording(stepsDone + 1))
      round.settings = objective
      guard let record = step(round, &first, isFirst: isFirst, isRecorded: isRecorded) else { break }
      records.append(record)
      adaptEntropy(record)
    }
    return records
  }

  /// The options of the loss, with the weight of the entropy bonus as it is now.
  private var objective: Settings { settings.objective.with(entropyCoefficient: entropyCoefficient) }

  private func adaptEntropy(_ record: StepRecord) {
    guard let entropy = record.metrics.first(where: { $0.name == "entropy" })?.value else { return }
    entropyCoefficient = settings.objective.nextEntropyCoefficient(after: entropyCoefficient, entropy: entropy)
  }

  /// One optimizer step: log-probabilities, loss, gradient, weights. Nil if the policy has already moved further than
  /// `target_kl`.
  private func step(_ round: GroupRound, _ first: inout ForwardPass?, isFirst: Bool, isRecorded: Bool) -> StepRecord? {
    let (step, rate) = (stepsDone + 1, settings.learningRate(at: stepsDone, of: totalSteps))
    var predictions: [PassPrediction] = []
    var averages = MetricAverages()
    trained.clearGradients()
    for (number, members) in round.passes.enumerated() {
      let pass = first.take() ?? forward(members.map { round.texts[$0] })
      let prediction = PassPrediction(members, policy: pass)
      let (loss, share) = loss(of: prediction, in: round)
      pass.backward(
        loss.gradients, entropies: loss.entropies, into: trained.parts[0].gradient,
        isLast: number == round.passes.count - 1)
      averages.add(loss.metrics, weight: share)
      predictions.append(prediction)
    }
    let limit = settings.optionalNumber(.targetKL)
    if !isFirst, predictions.isTooFar(from: round.group.sequences.map { $0.oldLogp }, limit: limit) { return nil }
    let norm = trained.step(learningRate: rate)
    let own = stepMetrics(norm: norm, rate: rate)
    return StepRecord(
      step: step, metrics: averages.values + own + round.settings.entropyMetrics + round.metrics,
      batches: isRecorded ? round.recorded(predictions, step: step, words: result.words) : [])
  }

  /// What the policy says now of some answers, and the way back.
  private func forward(_ texts: [TextTokens]) -> ForwardPass {
    result.model.forward(
      .scoring(texts.map { $0.all }, from: texts.map { $0.prompt.count }), temperature: Float(temperature),
      wantsEntropy: true,
      keepsActivations: true)
  }

  /// The loss of a pass, and which share of its step the pass is.
  private func loss(of prediction: PassPrediction, in round: GroupRound) -> (loss: PassLoss, share: Double) {
    let tape = observer.tape
    let mark = tape.count
    defer { tape.truncate(to: mark) }
    let group = round.group(with: [prediction])
    let batch = round.batch(group, of: prediction.members)
    let update = batch.update(on: prediction.members, of: group, round.preparation, observer: observer)
    // Where tokens of the whole step divide, passes add up; elsewhere they are averaged.
    let weight = GroupLoss.chosen(by: round.settings).dividesByStep ? 1 : batch.stepShare
    let gradient = tape.gradient(of: update.result.loss)
    recordGroupMetrics(
      round.preparation.responses, updates: [update.result], settings: round.settings, observer: observer)
    let loss = MetricValue("loss", update.result.loss.value * weight / batch.stepShare)
    let result = PassLoss(
      gradients: gradient.rows(update.logps, times: weight),
      entropies: update.entropies.map { gradient.rows($0, times: weight) }, metrics: [loss] + observer.takeMetrics())
    return (result, batch.stepShare)
  }

  // MARK: - Before the first step

  /// Answers that were sampled at once, and what they earned.
  private struct Sampled {
    var rollouts: [Rollout] = []
    var rewards: [Double] = []
    var metrics: [MetricValue] = []
  }

  private func sample() throws(TrainingError) -> Sampled {
    let count = settings.integer(.batchSize) * settings.integer(.gradientAccumulationSteps)
    engine.begin(result.model, settings)
    var kept = Sampled()
    // Groups whose rewards are all alike teach nothing; dynamic sampling draws others (Yu et al. 2025, DAPO, 3.2).
    let attempts = settings.objective.flag(.dynamicSampling) ? settings.objective.integer(.maxGenerationBatches) : 1
    for attempt in 0..<max(1, attempts) where kept.rollouts.count < count {
      let rollouts = answers(count)
      let scores = try rewards.scores(rollouts.map(result.completion))
      for group in Array(rollouts.indices).inParts(of: perPrompt) where kept.rollouts.count < count {
        let isFlat = group.allSatisfy { scores.totals[$0] == scores.totals[group[0]] }
        let needed = count - kept.rollouts.count
        let isLastChance = attempt == attempts - 1 && rollouts.count - group[0] <= needed
        if attempts > 1, isFlat, !isLastChance { continue }
        kept.rollouts += group.map { rollouts[$0] }
        kept.rewards += group.map { scores.totals[$0] }
      }
      kept.metrics =
        scores.components.flatMap { component in
          (component.mean.map { [("mean", $0), ("std", component.std)] } ?? [])
            .map { MetricValue("rewards/\(component.name)/\($0)", $1) }
        } + memory.metrics(rollouts, scores.totals)
    }
    return kept
  }

  /// Answers to the next prompts.
  private func answers(_ count: Int) -> [Rollout] {
    let chosen = order.endless(from: samplingRounds * (count / perPrompt), size: count / perPrompt)
    let examples = chosen.flatMap { i in [Example](repeating: prompts.examples[i], count: perPrompt) }
    let (seed, round) = (settings.seed, UInt32(truncatingIfNeeded: samplingRounds))
    let rollouts = engine.model(result).rollouts(examples, settings, isEngine: true) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.sampling, round, UInt32(i))
    }
    samplingRounds += 1
    tokensDone += rollouts.reduce(0) { $0 + $1.text.response.count }
    return rollouts
  }

  private func round(of sampled: Sampled, old: [[Double]]) throws(TrainingError) -> GroupRound {
    let rollouts = sampled.rollouts
    let asked = settings.objective.number(.groupBeta) != 0 ? reference : nil
    let texts = rollouts.map { $0.text }
    let references = try asked?.ask { $0.logps(texts, temperature: temperature) }
    let (names, numbers) = memory.groups(of: rollouts, perPrompt: perPrompt)
    let sequences = rollouts.indices.map { i in
      Batch.GroupBatch.Sequence(
        prompt: rollouts[i].example.prompt, tokens: [], group: numbers[i],
        reward: sampled.rewards[i] + overlong(rollouts[i].text.response.count), logp: [], oldLogp: old[i],
        refLogp: references?[i], isTruncated: !rollouts[i].isComplete, samplingLogp: rollouts[i].samplingLogp)
    }
    let group = Batch.GroupBatch(sequences: sequences, groups: memory.contexts(sequences, names))
    let batch = Batch(title: "", settings: settings.objective, contents: .groups(group))
    return GroupRound(
      texts: texts, passes: Array(rollouts.indices).inParts(of: settings.integer(.batchSize)),
      group: group, settings: settings.objective, preparation: batch.preparation(of: group, observer: observer),
      metrics: sampled.metrics)
  }

  /// What a long answer pays; see `overlongPenalty`.
  private func overlong(_ count: Int) -> Double {
    guard let cache = settings.objective.optionalNumber(.softPunishCache), cache > 0 else { return 0 }
    return overlongPenalty(
      tokenCount: count, limit: Constant(Double(settings.integer(.maxCompletionLength))), cache: Constant(cache),
      on: observer.tape
    ).value
  }

  // MARK: - Evaluation and checkpoints

  /// The mean reward of the greedy answers to held-out prompts.
  func evaluate() throws(TrainingError) -> [MetricValue] {
    guard !heldOut.isEmpty else { return [] }
    let rollouts = result.rollouts(heldOut, settings, temperature: 0) { _ in RandomStream(seed: 0, purpose: 0) }
    let scores = try rewards.scores(rollouts.map(result.completion)).totals
    let mean = MetricValue("eval_reward", scores.reduce(0, +) / Double(scores.count))
    return [mean] + memory.metrics(rollouts, scores).map { MetricValue("eval_" + $0.name, $0.value) }
  }

  func samples(_ count: Int) throws(TrainingError) -> [Sample] {
    let rollouts = result.shownRollouts(count, of: heldOut.isEmpty ? prompts.examples : heldOut, settings)
    return result.samples(rollouts, try rewards.scores(rollouts.map(result.completion)).totals, step: stepsDone)
  }

  func save(_ state: inout RunState) {
    state.integers["sampling_rounds"] = UInt64(samplingRounds)
    memory.save(&state)
    engine.save(&state)
    if settings.objective.flag(.adaptiveEntropy) { state.numbers["entropy_coef"] = entropyCoefficient }
  }

  func restore(_ state: RunState, from file: String) throws(TrainingError) {
    samplingRounds = Int(try state.integer("sampling_rounds", in: file))
    memory.restore(state)
    engine.restore(state, like: result.model)
    entropyCoefficient = state.numbers["entropy_coef"] ?? settings.objective.number(.entropyCoef)
  }

  var followers: [(name: String, model: Transformer)] { engine.followers }
}
