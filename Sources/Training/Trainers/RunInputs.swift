import Formats
import Objectives
import Simulation
import Transformers

/// What a run begins with: data, models, rewards. A built-in task provides what the user does not give.
struct RunInputs {
  private let configuration: RunConfiguration
  let task: BuiltInTask?
  let data: Dataset
  let heldOut: Dataset?
  /// The policy, or the model that becomes the reward model.
  let model: LanguageModel
  let rewardModel: LanguageModel?
  private let workers: Workers

  var settings: TrainingSettings { configuration.settings }

  /// Nil if the user stopped the run while a model to start from was still being trained.
  ///
  /// - Parameter trainsStages: Whether a model to start from that is not there yet is trained; otherwise it is an error.
  init?(
    _ configuration: RunConfiguration, in folder: String, ranks: any Ranks = SingleRank(), trainsStages: Bool = true,
    say: @escaping (String) -> Void = { _ in }
  ) throws(TrainingError) {
    self.configuration = configuration
    let (trainer, settings) = (configuration.trainer, configuration.settings)
    let threads = settings.integer(.workers)
    workers = Workers(threads == 0 ? ranks.processors : threads, ranks: ranks)
    let (task, kind) = (try configuration.task, trainer.data)
    self.task = task
    if let task {
      data = task.training[kind]
    } else {
      data = try Dataset.read(configuration[.dataset] ?? "", as: kind)
    }
    if let task, data.examples.isEmpty {
      throw TrainingError(.usage, "the built-in task \(task.name) has nothing for train \(trainer.name)")
    }
    heldOut =
      try configuration[.evalDataset].map { (path) throws(TrainingError) in try Dataset.read(path, as: kind) }
      ?? task?.heldOut[kind]

    let starting = StartingModels(
      configuration, task: task, data: data, folder: folder, workers: workers, trainsStages: trainsStages)
    guard let model = try starting.model(say: say) else { return nil }
    self.model = model
    guard let rewardModel = try starting.rewardModel(model, say: say) else { return nil }
    if case .model(let model) = rewardModel { self.rewardModel = model } else { self.rewardModel = nil }
    try checkLengths()
  }

  /// A run on a task with models that are there, for benchmarks.
  init(_ settings: TrainingSettings, _ task: BuiltInTask, model: LanguageModel, rewardModel: LanguageModel) {
    configuration = RunConfiguration(settings)
    self.task = task
    (data, heldOut) = (task.training[settings.trainer.data], nil)
    (self.model, self.rewardModel) = (model, rewardModel)
    workers = model.model.workers
  }

  private func checkLengths() throws(TrainingError) {
    let limit = model.model.configuration.maxPositions
    let wanted =
      configuration.trainer.samples
      ? min(settings.integer(.maxPromptLength), limit) + settings.integer(.maxCompletionLength) : 0
    if wanted > limit, settings.integer(.maxCompletionLength) >= limit {
      throw TrainingError(
        .usage,
        "max_completion_length \(settings.integer(.maxCompletionLength)) leaves no room for a prompt: the model has \(limit) positions"
      )
    }
  }

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

  /// What `reward_funcs` names, or the built-in task's own reward.
  func rules() throws(TrainingError) -> RewardSum {
    let names = settings.names(.rewardFuncs)
    if names.isEmpty, let task { return try RewardSum([task.judge]) }
    guard !names.isEmpty else {
      throw TrainingError(.usage, "--set reward_funcs=…: say what to reward, exact_match for instance")
    }
    let functions = try RewardSpecification.list(names).map { (specification) throws(TrainingError) in
      let function = try specification.function { (path) throws(TrainingError) in
        try LearnedReward(path: path, workers: workers)
      }
      return function is CommandReward ? FirstRankReward(function: function, ranks: workers.ranks) : function
    }
    let weights = settings.numbers(.rewardWeights)
    return try RewardSum(functions, weights: weights.isEmpty ? nil : weights)
  }
}

extension RunConfiguration {
  /// Refuses what is impossible before a folder is made and a starting model is trained.
  func check() throws(TrainingError) {
    if let problem = trainer.problem(settings) { throw TrainingError(.usage, problem) }
    if trainer.samples { _ = try RewardSpecification.list(settings.names(.rewardFuncs)) }
  }
}
