import Autodiff
import Formats
import Objectives
import Simulation
import Transformers

// What this trainer does differently from algorithm 1 of Agarwal et al. 2023, GKD, on paper and in its standards:
//
// 1. lmbda is 1 and beta 1, the standards of TRL's DistillationTrainer: the student samples everything, and the reverse KL
//    is what is made small.
// 2. No gradient passes through the sampling, as on paper; with sampled_token the loss reads no token that was not
//    sampled: it is the policy gradient with the advantage log π_T − log π_old of each token (Lu and Thinking Machines
//    Lab 2025).
// 3. Both distributions are those at the sampling temperature, as in TRL.
// 4. There is one step for each batch, so that the policy that learns is the one that sampled.
// 5. loss_agg_mode token-mean, the standard, averages over all tokens of a step, as in TRL.

/// A student that samples, and learns from what a teacher makes of each of its tokens.
final class DistillationTrainer: TrainingMethod {
  let result: LanguageModel
  let totalSteps: Int
  let trained: TrainedModels
  var tokensDone = 0
  let headline = ["loss", "teacher_kl", "eval_gold"]
  private let teacher: DistillationTeacher
  private let prompts, heldOut: [Example]
  /// The true reward, where it is known; for evaluation only.
  private let judge: (any RewardFunction)?
  private let order: DataOrder
  private var settings: TrainingSettings
  private let observer = TrainerObserver()

  init(_ inputs: RunInputs) {
    result = inputs.model
    settings = inputs.settings
    teacher = DistillationTeacher(inputs)
    prompts = inputs.data.examples
    heldOut = inputs.heldOut?.examples ?? []
    judge = inputs.task?.judge
    order = DataOrder(prompts.count, settings)
    totalSteps = settings.totalSteps(examples: prompts.count)
    trained = TrainedModels([("model", result.model)], settings)
  }

  func change(_ settings: TrainingSettings) { self.settings = settings }

  /// The first combination of options that is refused, if any.
  static func problem(_ settings: TrainingSettings) -> String? { Batch.distillationProblem(settings.objective) }

  private var mode: DistillationMode { DistillationMode(settings.objective) }

  /// Samples, asks the teacher, and takes one step.
  func advance(recording: (Int) -> Bool) throws(TrainingError) -> [StepRecord] {
    let (step, rate) = (stepsDone + 1, settings.learningRate(at: stepsDone, of: totalSteps))
    let rollouts = try rollouts()
    tokensDone += rollouts.reduce(0) { $0 + $1.text.response.count }
    let total = rollouts.reduce(0) { $0 + settings.weight($1.text) }
    let title = recording(step) ? "\(settings.trainer.name), step \(step)" : nil
    let passes = rollouts.inParts(of: settings.integer(.batchSize))
    var (averages, batches) = (MetricAverages(), [String]())
    trained.clearGradients()
    for (number, rollouts) in passes.enumerated() {
      let pass = result.model.forward(
        .scoring(rollouts.map { $0.text.all }, from: rollouts.map { $0.text.prompt.count }),
        temperature: Float(settings.number(.temperature)), wantsEntropy: true, keepsActivations: true)
      let asked = try teacher.pass(rollouts, beside: pass, result, settings)
      let share = rollouts.reduce(0) { $0 + settings.weight($1.text) } / total
      let (metrics, batch) = learn(
        from: rollouts, pass, asked, share: share, title: title, isLast: number == passes.count - 1)
      averages.add(Array(metrics.prefix(1)), weight: share)
      averages.add(Array(metrics[1...2]), weight: Double(pass.batch.rowCount))
      averages.add(Array(metrics.dropFirst(3)), weight: Double(rollouts.count))
      if title != nil { batches.append(batch.json(ofStep: step)) }
    }
    let norm = trained.step(learningRate: rate)
    teacher.follow(result.model, step: step, settings.objective)
    let own = stepMetrics(norm: norm, rate: rate)
    return [StepRecord(step: step, metrics: averages.values + own, batches: batches)]
  }

  // MARK: - Responses

  /// Responses to the next prompts: sampled, or those of the column `completion`, as `lmbda` says for the whole step.
  private func rollouts() throws(TrainingError) -> [Rollout] {
    let (round, count) = (stepsDone, settings.examplesPerRound)
    let examples = order.endless(from: round * count, size: count).map { prompts[$0] }
    let (seed, number) = (settings.seed, UInt32(truncatingIfNeeded: round))
    var coin = RandomStream(seed: seed, purpose: TrainingPurpose.sources, number)
    guard coin.uniform() >= settings.objective.number(.lmbda) else {
      return result.rollouts(examples, settings) { i in
        RandomStream(seed: seed, purpose: TrainingPurpose.sampling, number, UInt32(i))
      }
    }
    var rollouts: [Rollout] = []
    for example in examples { rollouts.append(try given(example)) }
    return rollouts
  }

  /// The response that the data give.
  private func given(_ example: Example) throws(TrainingError) -> Rollout {
    let completion = try example.text(ofColumn: "completion")
    let response = result.tokenizer.encode(completion) + result.end
    let length = settings.integer(.maxCompletionLength)
    return Rollout(
      example: example,
      text: TextTokens(
        prompt: result.askedTokens(of: example, limit: result.promptLimit(settings)),
        response: Array(response.prefix(length))), isComplete: response.count <= length)
  }

  // MARK: - Loss

  /// Adds the gradient of a pass; gives its metrics, `loss`, `teacher_kl` and `entropy` first, and what it learned from.
  private func learn(
    from rollouts: [Rollout], _ pass: ForwardPass, _ asked: TeacherPass, share: Double, title: String?, isLast: Bool
  ) -> ([MetricValue], Batch) {
    let logps = pass.rows(pass.logps)
    let (teacherLogps, entropies) = (pass.rows(asked.logps), pass.entropies ?? [])
    let divergences = mode != .sampledToken ? pass.rows(pass.divergences(from: asked)) : nil
    let sequences = rollouts.enumerated().map { i, rollout in
      let shown = result.shown(rollout.text, if: title != nil)
      return Batch.DistilledSequence(
        prompt: shown.prompt, tokens: shown.words, logp: logps[i], oldLogp: logps[i], teacherLogp: teacherLogps[i],
        divergence: divergences?[i])
    }
    let batch = Batch(title: title ?? "", settings: settings.objective, contents: .distilled(sequences))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: sequences, observer: observer)
    let gradient = observer.tape.gradient(of: update.loss)
    let into = trained.parts[0].gradient
    if let leaves = update.divergences {
      pass.backward(divergences: gradient.rows(leaves, times: share), from: asked, into: into, isLast: isLast)
    } else {
      pass.backward(gradient.rows(update.logps, times: share), into: into, isLast: isLast)
    }
    recordDistillationMetrics(update.responses, observer: observer)
    let logged = observer.takeMetrics()
    let entropy = entropies.reduce(0) { $0 + Double($1) } / Double(max(1, entropies.count))
    let metrics = [MetricValue("loss", update.loss.value), logged[0], MetricValue("entropy", entropy)]
    return (metrics + logged.dropFirst(), batch)
  }

  // MARK: - Evaluation

  /// The mean log-ratio to the teacher of sampled responses to held-out prompts, and the judge's rewards.
  func evaluate() throws(TrainingError) -> [MetricValue] {
    guard !heldOut.isEmpty else { return [] }
    let seed = settings.seed
    let rollouts = result.rollouts(heldOut, settings) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.evaluation, 1, UInt32(i))
    }
    let temperature = settings.number(.temperature)
    var texts: [TextTokens] = []
    for rollout in rollouts { texts.append(try teacher.text(of: rollout, result, settings)) }
    let own = result.model.logps(rollouts.map { $0.text }, temperature: temperature).flatMap { $0 }
    let teachers = teacher.model.logps(texts, temperature: temperature).flatMap { $0 }
    let distance = zip(own, teachers).reduce(0) { $0 + $1.0 - $1.1 } / Double(max(1, own.count))
    var metrics = [MetricValue("eval_teacher_kl", distance)]
    if let judge {
      let rewards = try judge.scores(rollouts.map(result.completion)).compactMap { $0 }
      metrics.append(MetricValue("eval_gold", rewards.reduce(0, +) / Double(max(1, rewards.count))))
    }
    return metrics
  }

  func samples(_ count: Int) throws(TrainingError) -> [Sample] {
    result.shownRollouts(count, of: heldOut.isEmpty ? prompts : heldOut, settings).map { rollout in
      Sample(step: stepsDone, prompt: rollout.example.prompt, completion: result.text(rollout.text.response))
    }
  }

  var followers: [(name: String, model: Transformer)] { teacher.followers }

  // The samples of a step depend on its number alone.
  func save(_ state: inout RunState) {}
  func restore(_ state: RunState, from file: String) {}
}
