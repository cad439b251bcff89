import Autodiff
import Transformers

/// Responses to prompts in turn and what they earn, from a reward model or from rules: how trainers sample whose rewards are
/// a score and a KL penalty.
struct ScoredSampling {
  /// Where a response's score comes from.
  enum Reward {
    /// A scalar head's number at the text's last token; its vocabulary is the policy's.
    case model(AskedModel, template: AnswerTemplate?)
    case rules(RewardSum)
  }

  let model: LanguageModel
  /// The frozen model that the run began with.
  let reference: AskedModel
  let heldOut: [Example]
  private let reward: Reward
  /// The true reward, where it is known; for evaluation only.
  private let judge: (any RewardFunction)?
  private let prompts: [Example]
  var settings: TrainingSettings
  private let order: DataOrder
  /// What samples, where that is not the policy as it is.
  private(set) var engine = RolloutEngine()

  init(_ inputs: RunInputs) throws(TrainingError) {
    model = inputs.model
    reference = inputs.reference
    reward =
      if let model = inputs.askedReward {
        .model(model, template: inputs.rewardTemplate)
      } else {
        .rules(try inputs.rules())
      }
    judge = inputs.task?.judge
    prompts = inputs.data.examples
    heldOut = inputs.heldOut?.examples ?? []
    settings = inputs.settings
    order = DataOrder(prompts.count, settings)
  }

  /// Optimizer steps of the whole run.
  var totalSteps: Int { settings.totalSteps(examples: prompts.count) }

  /// Responses to the next prompts; of several to each, the second ones come after all of the first.
  mutating func sample(round: Int, answers: Int = 1) -> [Rollout] {
    engine.begin(model.model, settings)
    let count = settings.examplesPerRound
    let examples = order.endless(from: round * count, size: count).map { prompts[$0] }
    let (seed, number) = (settings.seed, UInt32(truncatingIfNeeded: round))
    let asked = (0..<answers).flatMap { _ in examples }
    return engine.model(model).rollouts(asked, settings, isEngine: true) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.sampling, number, UInt32(i))
    }
  }

  mutating func restore(_ state: RunState) { engine.restore(state, like: model.model) }

  func scores(_ rollouts: [Rollout]) throws(TrainingError) -> [Double] {
    let completions = rollouts.map(model.completion)
    switch reward {
    case .model(let asked, let template):
      let tokenizer = model.tokenizer
      return try asked.ask { (reward) throws(TrainingError) in
        try LanguageModel(reward, tokenizer).scores(completions, template: template)
      }
    case .rules(let rules): return try rules.scores(completions).totals
    }
  }

  /// Scores of sampled responses to held-out prompts, their KL from the reference, and the judge's rewards.
  func evaluate() throws(TrainingError) -> [MetricValue] {
    guard !heldOut.isEmpty else { return [] }
    let seed = settings.seed
    let rollouts = model.rollouts(heldOut, settings) { i in
      RandomStream(seed: seed, purpose: TrainingPurpose.evaluation, 1, UInt32(i))
    }
    let texts = rollouts.map { $0.text }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let differences = zip(model.model.logps(texts), try reference.ask { $0.logps(texts) }).map { policy, reference in
      zip(policy, reference).reduce(0) { $0 + $1.0 - $1.1 }
    }
    var metrics = [
      MetricValue("eval_objective/scores", mean(try scores(rollouts))),
      MetricValue("eval_objective/kl", mean(differences)),
    ]
    if let judge {
      metrics.append(MetricValue("eval_gold", mean(try judge.scores(rollouts.map(model.completion)).compactMap { $0 })))
    }
    return metrics
  }

  func samples(_ count: Int, step: Int) throws(TrainingError) -> [Sample] {
    let rollouts = model.shownRollouts(count, of: heldOut.isEmpty ? prompts : heldOut, settings)
    return model.samples(rollouts, try scores(rollouts), step: step)
  }
}
