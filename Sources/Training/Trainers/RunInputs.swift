import Formats
import Objectives
import Simulation
import Transformers

/// What a run begins with: data, models, rewards. What the user does not give, a built-in task does.
struct RunInputs {
  private let configuration: RunConfiguration
  let task: BuiltInTask?
  let data: Dataset
  let heldOut: Dataset?
  /// The policy, or what becomes the reward model.
  let model: LanguageModel
  let rewardModel: LanguageModel?
  private let workers: Workers

  private var settings: TrainingSettings { configuration.settings }

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
    let (task, kind) = (try configuration.task, trainer.dataKind)
    self.task = task
    if let task {
      data = task.training[kind]
    } else {
      data = try Dataset.read(configuration[.dataset] ?? "", as: kind)
    }
    if let task, data.examples.isEmpty {
      throw TrainingError(.usage, "the built-in task \(task.name) has nothing for train \(trainer.rawValue)")
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

  func method() throws(TrainingError) -> any TrainingMethod {
    switch configuration.trainer {
    case .sft:
      let objective = SupervisedObjective(
        model: model, settings: settings, prompts: (heldOut ?? data).examples.map(\.prompt))
      return ExampleTrainer(
        model, objective, items: try objective.items(data),
        heldOut: try heldOut.map { (data) throws(TrainingError) in try objective.items(data) } ?? [],
        settings: settings)
    case .reward:
      let scalar = scalarModel
      let limit = settings.integer(.maxLength)
      return ExampleTrainer(
        scalar, RewardObjective(model: scalar, settings: settings, examples: (heldOut ?? data).examples),
        items: try scalar.pairs(data, limit: limit),
        heldOut: try heldOut.map { (data) throws(TrainingError) in try scalar.pairs(data, limit: limit) } ?? [],
        settings: settings)
    case .dpo: return try preferences()
    case .grpo:
      return try GRPOTrainer(
        model, reference: model.model.copy(), prompts: data, heldOut: heldOut, rewards: try rules(),
        settings: settings)
    case .ppo: return try proximal()
    }
  }

  private func preferences() throws(TrainingError) -> any TrainingMethod {
    let objective = PreferenceObjective(
      model: model, settings: settings, prompts: (heldOut ?? data).examples.map(\.prompt))
    let limit = settings.integer(.maxLength)
    let pairs = try model.pairs(data, limit: limit)
    let held = try heldOut.map { (data) throws(TrainingError) in try model.pairs(data, limit: limit) } ?? []
    return ExampleTrainer(
      model, objective, items: objective.items(pairs, reference: model.model),
      heldOut: objective.items(held, reference: model.model), settings: settings)
  }

  private func proximal() throws(TrainingError) -> any TrainingMethod {
    let reward: PPOTrainer.Reward
    if let rewardModel { reward = .model(rewardModel.model) } else { reward = .rules(try rules()) }
    return try PPOTrainer(
      model, reference: model.model.copy(), critic: rewardModel?.model.copy() ?? scalarModel.model, reward: reward,
      judge: task?.judge, prompts: data,
      heldOut: heldOut, settings: settings)
  }

  /// The model with a head for one number in the place of its own: a reward model, or a critic where rules reward.
  var scalarModel: LanguageModel {
    LanguageModel(model.model.withScalarHead(seed: settings.seed), model.tokenizer)
  }

  /// What `reward_funcs` names, or the built-in task's own reward.
  private func rules() throws(TrainingError) -> RewardSum {
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
  /// Refuses what cannot be, before a folder is made and a model to start from is trained.
  func check() throws(TrainingError) {
    let problem: String? =
      switch trainer {
      case .sft, .reward: nil
      case .dpo: Batch.preferenceProblem(settings.objective)
      case .ppo: PPOTrainer.problem(settings)
      case .grpo: GRPOTrainer.problem(settings)
      }
    if let problem { throw TrainingError(.usage, problem) }
    if trainer.samples { _ = try RewardSpecification.list(settings.names(.rewardFuncs)) }
  }
}

extension Trainer {
  var dataKind: Dataset.Kind {
    switch self {
    case .sft: .completions
    case .reward, .dpo: .pairs
    case .ppo, .grpo: .prompts
    }
  }
}

extension TrainingSettings {
  /// Whether the options speak of groups of users rather than of one prompt's answers.
  var comparesUsers: Bool {
    trainer == .grpo
      && (objective.choice(.advantageBaseline) != "own_group" || objective.choice(.groupWeights) != "1")
  }
}

extension BuiltInTask.Material {
  subscript(kind: Dataset.Kind) -> Dataset {
    switch kind {
    case .completions: demonstrations
    case .pairs: pairs
    case .prompts: prompts
    }
  }
}
