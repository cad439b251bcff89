import Autodiff
import Objectives
import Simulation
import Transformers

// What this trainer does differently from algorithm 1 of Li et al. 2023, ReMax, on paper and in its standards:
//
// 1. The KL penalty is taken off each token's reward (−kl_coef · KL, as in PPO), and what comes after a token is its return;
//    the greedy response is compared by its score alone, without a penalty, as in verl.
// 2. loss_agg_mode token-mean, the standard, averages over all tokens of a step, as in verl; the paper's
//    seq-mean-token-sum adds up each response's.
// 3. Log-probabilities are those at the sampling temperature, and the greedy response is that of temperature 0.
// 4. There is one step for each batch, so that the policy that learns is the one that sampled: no ratio and no clip.
// 5. The rules for a response without an end and the clip of rewards hold for the greedy response, too.

/// REINFORCE with the reward of the policy's own greedy response as the baseline: no critic, and one sample for each prompt.
///
/// Source: Li et al. 2023, equation 5 and algorithm 1; verl `compute_remax_outcome_advantage`.
final class ReMaxTrainer: TrainingMethod {
  let result: LanguageModel
  let totalSteps: Int
  let trained: TrainedModels
  var tokensDone = 0
  let headline = ["objective/scores", "objective/baselines", "eval_gold"]
  private var settings: TrainingSettings
  private var sampling: ScoredSampling
  private let observer = TrainerObserver()

  init(_ sampling: ScoredSampling, settings: TrainingSettings) {
    (self.sampling, self.settings) = (sampling, settings)
    result = sampling.model
    trained = TrainedModels([("model", result.model)], settings)
    totalSteps = sampling.totalSteps
  }

  func change(_ settings: TrainingSettings) {
    self.settings = settings
    sampling.settings = settings
  }

  /// The first combination of options that is refused, if any.
  static func problem(_ settings: TrainingSettings) -> String? {
    settings.objective.choice(.klEstimator) == "exact"
      ? "kl_estimator exact sums over the vocabulary, which a trainer does not keep: use k1, k2 or k3" : nil
  }

  private var temperature: Double { settings.number(.temperature) }

  /// Samples, decodes greedily, scores both, and takes one step.
  func advance(recording: (Int) -> Bool) throws(TrainingError) -> [StepRecord] {
    let (step, rate) = (stepsDone + 1, settings.learningRate(at: stepsDone, of: totalSteps))
    let responses = try responses()
    let total = responses.reduce(0) { $0 + settings.weight($1.text) }
    let title = recording(step) ? "remax, step \(step)" : nil
    let passes = responses.inParts(of: settings.integer(.batchSize))
    var (averages, batches) = (MetricAverages(), [String]())
    trained.clearGradients()
    for (number, responses) in passes.enumerated() {
      let share = responses.reduce(0) { $0 + settings.weight($1.text) } / total
      let pass = result.model.forward(
        .scoring(responses.map { $0.text.all }, from: responses.map { $0.text.prompt.count }),
        temperature: Float(temperature),
        wantsEntropy: true, keepsActivations: true)
      let (loss, batch) = loss(of: responses, pass, share: share, title: title)
      pass.backward(
        loss.gradients, entropies: loss.entropies, into: trained.parts[0].gradient, isLast: number == passes.count - 1)
      averages.add(Array(loss.metrics.prefix(1)), weight: share)
      // What is logged of responses is averaged by responses.
      averages.add(Array(loss.metrics.dropFirst()), weight: Double(responses.count))
      if title != nil { batches.append(batch.json(ofStep: step)) }
    }
    let norm = trained.step(learningRate: rate)
    let own = stepMetrics(norm: norm, rate: rate)
    return [StepRecord(step: step, metrics: averages.values + own, batches: batches)]
  }

  // MARK: - Responses

  /// A sampled response with its score, and the greedy one's.
  private struct Scored {
    let rollout: Rollout
    let score, baseline: Double
    let isBaselineComplete: Bool
    /// Nil where the reference weighs nothing.
    var reference: [Double]?

    var text: TextTokens { rollout.text }
  }

  private func responses() throws(TrainingError) -> [Scored] {
    let rollouts = sampling.sample(round: stepsDone)
    tokensDone += rollouts.reduce(0) { $0 + $1.text.response.count }
    let greedy = greedy(rollouts)
    let scores = try sampling.scores(rollouts + greedy)
    let asksReference = settings.trainer.algorithm.usesReference(settings.objective)
    let texts = rollouts.map { $0.text }
    let references =
      asksReference ? try sampling.reference.ask { $0.logps(texts, temperature: temperature) } : nil
    return rollouts.indices.map { i in
      Scored(
        rollout: rollouts[i], score: scores[i], baseline: scores[rollouts.count + i],
        isBaselineComplete: greedy[i].isComplete, reference: references?[i])
    }
  }

  /// The greedy response to each rollout's prompt; one to a prompt that comes again is generated once.
  private func greedy(_ rollouts: [Rollout]) -> [Rollout] {
    var first: [String: Int] = [:]
    var examples: [Example] = []
    let numbers = rollouts.map { rollout in
      if let known = first[rollout.example.prompt] { return known }
      first[rollout.example.prompt] = examples.count
      examples.append(rollout.example)
      return examples.count - 1
    }
    let responses = result.rollouts(examples, settings, temperature: 0) { _ in RandomStream(seed: 0, purpose: 0) }
    // What rewards read beside the prompt is the rollout's own.
    return zip(rollouts, numbers).map { rollout, n in
      Rollout(example: rollout.example, text: responses[n].text, isComplete: responses[n].isComplete)
    }
  }

  // MARK: - Loss

  private func loss(
    of responses: [Scored], _ pass: ForwardPass, share: Double, title: String?
  ) -> (PassLoss, Batch) {
    let (logps, entropies) = (pass.rows(pass.logps), pass.rows(pass.entropies ?? []))
    let recorded = responses.enumerated().map { i, response in
      let shown = result.shown(response.text, if: title != nil)
      var recorded = Batch.BaselinedResponse(
        prompt: shown.prompt, tokens: shown.words, logp: logps[i], oldLogp: logps[i], refLogp: response.reference,
        score: response.score, baselineReward: response.baseline, entropy: entropies[i],
        isTruncated: !response.rollout.isComplete, isBaselineTruncated: !response.isBaselineComplete)
      recorded.samplingLogp = response.rollout.samplingLogp
      return recorded
    }
    let batch = Batch(title: title ?? "", settings: settings.objective, contents: .baselined(recorded))
    defer { observer.tape.truncate(to: 0) }
    let update = batch.update(on: recorded, observer: observer)
    let gradient = observer.tape.gradient(of: update.loss)
    recordBaselineMetrics(update.experiences, observer: observer)
    let loss = PassLoss(
      gradients: gradient.rows(update.logps, times: share),
      entropies: update.entropies.map { gradient.rows($0, times: share) },
      metrics: [MetricValue("loss", update.loss.value)] + observer.takeMetrics())
    return (loss, batch)
  }

  // MARK: - Evaluation and checkpoints

  func evaluate() throws(TrainingError) -> [MetricValue] { try sampling.evaluate() }

  func samples(_ count: Int) throws(TrainingError) -> [Sample] { try sampling.samples(count, step: stepsDone) }

  func save(_ state: inout RunState) { sampling.engine.save(&state) }
  func restore(_ state: RunState, from file: String) { sampling.restore(state) }

  var followers: [(name: String, model: Transformer)] { sampling.engine.followers }
}
