import Autodiff
import Objectives
import Simulation
import Transformers

// What this trainer does differently from algorithm 1 of Schulman et al. 2017, on paper and in its standards; where it
// follows Ziegler et al. 2019 and TRL's `PPOTrainer`, whose order of things this is:
//
// 1. Each token's reward is −kl_coef · KL from the frozen reference, and the last one's has the score beside it (Ziegler et
//    al. 2019, equation 2). A response is an episode, with gamma 1.
// 2. The advantages of a whole batch are whitened, and its returns are formed before that.
// 3. The critic is a model of its own, which begins as the reward model where there is one; one gradient norm of both is cut
//    to max_grad_norm, and one schedule moves both. The value loss is clipped, and counts vf_coef = 0.1.
// 4. There is no entropy bonus unless entropy_coef says so; the entropy is logged all the same.
// 5. π_old and the old values come from forward passes of the whole batch before the first step, not from generation.
// 6. With gradient accumulation each pass averages its own tokens (and whitens them, with whiten_scope minibatch), and passes
//    are averaged by their responses, as in TRL.
// 7. The score is paid at the last token; TRL pays it one slot later if there is room.
// 8. What samples is this model, unless rollout_temperature, rollout_top_p, rollout_dtype or rollout_staleness say otherwise.
// 9. A reward model reads an answer in a conversation as its chat template writes it, which is how it was trained; TRL's
//    PPOTrainer shows it the policy's tokens.
// 10. Off unless asked for: the adaptive kl_coef of Ziegler et al. 2019, the KL in the loss, the penalty for a response
//    without an end, the early stop by target_kl.

/// Proximal policy optimisation with a KL penalty: a policy, a frozen reference, a critic, and a reward model or rules.
///
/// Source: Schulman et al. 2017; Ziegler et al. 2019; Ouyang et al. 2022, equation 2; TRL `PPOTrainer.train`.
final class PPOTrainer: TrainingMethod {
  let result: LanguageModel
  let totalSteps: Int
  let trained: TrainedModels
  var tokensDone = 0
  let headline = ["objective/scores", "objective/kl", "eval_gold"]
  private var settings: TrainingSettings
  private var sampling: ScoredSampling
  private let critic: Transformer
  private let observer = TrainerObserver()
  private var roundsDone = 0
  private var klCoefficient: Double
  /// What the entropy bonus weighs, where that adapts.
  private var entropyCoefficient: Double

  /// - Parameter critic: With a scalar head; it starts from the reward model where there is one.
  init(_ sampling: ScoredSampling, critic: Transformer, settings: TrainingSettings) {
    (self.sampling, self.critic, self.settings) = (sampling, critic, settings)
    result = sampling.model
    trained = TrainedModels([("model", result.model), ("critic", critic)], settings)
    totalSteps = sampling.totalSteps
    klCoefficient = settings.objective.number(.klCoef)
    entropyCoefficient = settings.objective.number(.entropyCoef)
  }

  func change(_ settings: TrainingSettings) {
    self.settings = settings
    sampling.settings = settings
  }

  /// The first combination of options that is refused, if any.
  static func problem(_ settings: TrainingSettings) -> String? {
    if settings.objective.choice(.klEstimator) == "exact" {
      return "kl_estimator exact sums over the vocabulary, which a trainer does not keep: use k1, k2, k3 or k3+"
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
    let rollouts = sampling.sample(round: roundsDone)
    tokensDone += rollouts.reduce(0) { $0 + $1.text.response.count }
    defer { observer.tape.truncate(to: 0) }
    var round = try round(of: rollouts)
    var records: [StepRecord] = []
    for members in round.minibatches where stepsDone < totalSteps {
      let (isFirst, isRecorded) = (records.isEmpty, recording(stepsDone + 1))
      round.settings = round.settings.with(entropyCoefficient: entropyCoefficient)
      guard let record = step(round, members, isFirst: isFirst, isRecorded: isRecorded) else { break }
      records.append(record)
      if let entropy = record.metrics.first(where: { $0.name == "policy/entropy_avg" })?.value {
        entropyCoefficient = settings.objective.nextEntropyCoefficient(after: entropyCoefficient, entropy: entropy)
      }
    }
    adaptKL(round.preparation.experiences)
    roundsDone += 1
    return records
  }

  /// One optimizer step: log-probabilities and values, loss, gradients, weights. Nil if the policy has already moved further
  /// than `target_kl`.
  private func step(_ round: PPORound, _ members: [Int], isFirst: Bool, isRecorded: Bool) -> StepRecord? {
    let (step, rate) = (stepsDone + 1, settings.learningRate(at: stepsDone, of: totalSteps))
    let accumulated = settings.integer(.gradientAccumulationSteps)
    let passes = members.inParts(of: (members.count + accumulated - 1) / accumulated)
    var predictions: [PassPrediction] = []
    var averages = MetricAverages()
    trained.clearGradients()
    for (number, part) in passes.enumerated() {
      let (policy, critic) = forward(part.map { round.texts[$0] })
      let prediction = PassPrediction(part, policy: policy, critic: critic)
      let (share, isLast) = (Double(part.count) / Double(members.count), number == passes.count - 1)
      let loss = loss(of: prediction, in: round, share: share)
      policy.backward(loss.gradients, entropies: loss.entropies, into: trained.parts[0].gradient, isLast: isLast)
      critic.backward(loss.values ?? [], into: trained.parts[1].gradient, isLast: isLast)
      averages.add(loss.metrics, weight: share)
      predictions.append(prediction)
    }
    let limit = settings.optionalNumber(.targetKL)
    if !isFirst, predictions.isTooFar(from: round.sequences.map { $0.oldLogp }, limit: limit) { return nil }
    let norm = trained.step(learningRate: rate)
    let own = [
      MetricValue("kl_coef", klCoefficient), MetricValue("grad_norm", norm), MetricValue("lr", rate),
      MetricValue("episode", Double((roundsDone + 1) * round.texts.count)),
    ]
    return StepRecord(
      step: step, metrics: averages.values + own + round.settings.entropyMetrics,
      batches: isRecorded ? round.recorded(predictions, step: step, words: result.words) : [])
  }

  /// What policy and critic say now of some responses, and the ways back.
  private func forward(_ texts: [TextTokens]) -> (policy: ForwardPass, critic: ForwardPass) {
    let tokens = TokenBatch.scoring(texts.map { $0.all }, from: texts.map { $0.prompt.count })
    let policy = result.model.forward(
      tokens, temperature: Float(settings.number(.temperature)), wantsEntropy: true, keepsActivations: true)
    return (policy, critic.forward(tokens, keepsActivations: true))
  }

  private func loss(of prediction: PassPrediction, in round: PPORound, share: Double) -> PassLoss {
    let tape = observer.tape
    let mark = tape.count
    defer { tape.truncate(to: mark) }
    let sequences = round.sequences(with: [prediction])
    let batch = Batch(title: "", settings: round.settings, sequences: sequences)
    let update = batch.update(on: prediction.members, of: sequences, round.preparation, observer: observer)
    let gradient = tape.gradient(of: update.result.loss)
    recordPPOMetrics(round.preparation.experiences, updates: [update.result], observer: observer)
    return PassLoss(
      gradients: gradient.rows(update.logps, times: share),
      entropies: update.entropies.map { gradient.rows($0, times: share) },
      values: gradient.rows(update.values, times: share),
      metrics: [MetricValue("loss", update.result.loss.value)] + observer.takeMetrics())
  }

  // MARK: - Before the first step, and after the last

  private func round(of rollouts: [Rollout]) throws(TrainingError) -> PPORound {
    let (texts, temperature) = (rollouts.map { $0.text }, settings.number(.temperature))
    let old = result.model.logps(texts, temperature: temperature)
    let references = try sampling.reference.ask { $0.logps(texts, temperature: temperature) }
    let values = critic.values(texts)
    let scores = try sampling.scores(rollouts)
    let sequences = rollouts.indices.map { i in
      var sequence = Batch.PPOSequence(
        prompt: rollouts[i].example.prompt, tokens: [], logp: [], oldLogp: old[i], refLogp: references[i], value: [],
        oldValue: values[i], score: scores[i], entropy: nil, isTruncated: !rollouts[i].isComplete)
      sequence.samplingLogp = rollouts[i].samplingLogp
      return sequence
    }
    var objective = settings.objective
    // A number within the option's range can always be set.
    try? objective.set(.klCoef, to: .number(klCoefficient))
    let batch = Batch(title: "", settings: objective, sequences: sequences)
    return PPORound(
      texts: texts, minibatches: minibatches(of: rollouts.count), sequences: sequences, settings: objective,
      preparation: batch.preparation(of: sequences, observer: observer))
  }

  /// Those of all epochs, each of which has its own order.
  private func minibatches(of count: Int) -> [[Int]] {
    (0..<settings.integer(.numPPOEpochs)).flatMap { epoch in
      var random = RandomStream(
        seed: settings.seed, purpose: TrainingPurpose.minibatches, UInt32(truncatingIfNeeded: roundsDone), UInt32(epoch)
      )
      let (order, parts) = (random.shuffled(count), settings.integer(.numMiniBatches))
      return (0..<parts).map { part in Array(order[count * part / parts..<count * (part + 1) / parts]) }
    }
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

  func evaluate() throws(TrainingError) -> [MetricValue] { try sampling.evaluate() }

  func samples(_ count: Int) throws(TrainingError) -> [Sample] { try sampling.samples(count, step: stepsDone) }

  func save(_ state: inout RunState) {
    state.integers["round"] = UInt64(roundsDone)
    state.numbers["kl_coef"] = klCoefficient
    sampling.engine.save(&state)
    if settings.objective.flag(.adaptiveEntropy) { state.numbers["entropy_coef"] = entropyCoefficient }
  }

  func restore(_ state: RunState, from file: String) throws(TrainingError) {
    roundsDone = Int(try state.integer("round", in: file))
    klCoefficient = try state.number("kl_coef", in: file)
    sampling.restore(state)
    entropyCoefficient = state.numbers["entropy_coef"] ?? settings.objective.number(.entropyCoef)
  }

  var followers: [(name: String, model: Transformer)] { sampling.engine.followers }
}
