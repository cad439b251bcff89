import Objectives
import Simulation
import Transformers

/// What a run begins with: data, models, rewards. A built-in task provides what the user does not give.
struct RunInputs {
  let settings: TrainingSettings
  let task: BuiltInTask?
  let data: Dataset
  let heldOut: Dataset?
  /// The policy, or the model that becomes the reward model.
  let model: LanguageModel
  let rewardModel: LanguageModel?
  /// How the reward model reads conversations; nil without a chat template.
  var rewardTemplate: AnswerTemplate?
  /// Nil where a trainer has none, or the policy is its own.
  var teacher: LanguageModel?
  /// Makes what `reward_funcs` names; nil for the built-in task's own reward.
  let namedRewards: (@Sendable () throws(TrainingError) -> RewardSum)?
  /// Read the policy as it was before the first step, and the reward model, where these are too large to be kept beside what
  /// is trained.
  var rereadsPolicy, rereadsReward: (() throws(TrainingError) -> Transformer)?
  /// Whether the options may come to need the reference although they do not yet.
  var keepsReference = false
  /// Told what takes its time, and how much of it is done.
  var progress: (_ what: String, _ done: Int, _ all: Int) -> Void = { _, _, _ in }

  /// A trainer of examples, and what it makes of the data.
  func exampleTrainer<Objective: ExampleObjective>(
    _ objective: Objective, _ items: (Dataset) throws(TrainingError) -> [Objective.Item]
  ) throws(TrainingError) -> any TrainingMethod {
    ExampleTrainer(
      objective, items: try items(data),
      heldOut: try heldOut.map { (data) throws(TrainingError) in try items(data) } ?? [], settings: settings)
  }

  /// What is shown of the run on its way: held-out examples where there are some.
  var shown: [Example] { (heldOut ?? data).examples }

  /// The model with a head for one number in the place of its own: a reward model, or a critic where rules reward.
  var scalarModel: LanguageModel {
    LanguageModel(model.model.withScalarHead(seed: settings.seed), model.tokenizer)
  }

  /// What is trained to expect rewards: the reward model to begin with, or a new head on the policy.
  var critic: Transformer {
    guard let reward = rewardModel?.model else { return scalarModel.model }
    guard let shape = model.model.lowRank else { return reward.merged() }
    // Adapters of the reward model's own are trained on.
    return reward.lowRank == nil ? reward.adapted(shape, seed: settings.seed) : reward.copy()
  }

  /// The policy as it is before the first step.
  var reference: AskedModel { rereadsPolicy.map { .read($0) } ?? .kept(model.model.frozen()) }

  /// The reward model, if there is one.
  var askedReward: AskedModel? { rereadsReward.map { .read($0) } ?? (rewardModel?.model).map { .kept($0) } }

  /// Whether the reward model reads what its chat template makes of a conversation, and not the policy's tokens.
  var scoresByTemplate: Bool { rewardTemplate != nil && data.examples.contains { $0.isConversation } }

  /// What `reward_funcs` names, or the built-in task's own reward.
  func rules() throws(TrainingError) -> RewardSum {
    if let namedRewards { return try namedRewards() }
    guard let task else {
      throw TrainingError(.usage, "--set reward_funcs=…: say what to reward, exact_match for instance")
    }
    return try RewardSum([task.judge])
  }
}

extension RunInputs {
  /// A run on a task with models that are there.
  init(
    _ settings: TrainingSettings, _ task: BuiltInTask, model: LanguageModel, rewardModel: LanguageModel? = nil,
    teacher: LanguageModel? = nil, isEvaluated: Bool = true, keepsReference: Bool = false
  ) {
    let kind = settings.trainer.data
    self.init(
      settings: settings, task: task, data: task.training[kind], heldOut: isEvaluated ? task.heldOut[kind] : nil,
      model: model, rewardModel: rewardModel, teacher: teacher, namedRewards: nil, keepsReference: keepsReference)
  }
}
