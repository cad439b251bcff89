import Formats
import Objectives
import Transformers

extension RunInputs {
  /// Nil if the user stopped the run while a model to start from was still being trained.
  ///
  /// - Parameter trainsStages: Whether a model to start from that is not there yet is trained; otherwise it is an error.
  init?(
    _ configuration: RunConfiguration, in folder: String, ranks: any Ranks = SingleRank(), trainsStages: Bool = true,
    say: @escaping (String) -> Void = { _ in }
  ) throws(TrainingError) {
    let (trainer, settings) = (configuration.trainer, configuration.settings)
    let threads = settings.integer(.workers)
    let workers = Workers(threads == 0 ? ranks.processors : threads, ranks: ranks)
    let (task, kind) = (try configuration.task, trainer.data)
    let (chat, rule) = (try configuration.chat, ImplicitPrompt(rawValue: settings.choice(.implicitPrompt)) ?? .word)
    func read(_ paths: [String]) throws(TrainingError) -> Dataset {
      try Dataset.read(
        all: paths, as: kind, implicitPrompt: rule, chat: chat, findsAnswers: settings.flag(.assistantOnlyLoss))
    }
    let data = if let task { task.training[kind] } else { try read(configuration[all: .dataset]) }
    if let task, data.examples.isEmpty {
      throw TrainingError(.usage, "the built-in task \(task.name) has nothing for train \(trainer.name)")
    }
    let held = configuration[all: .evalDataset]
    let heldOut = held.isEmpty ? task?.heldOut[kind] : try read(held)

    let starting = StartingModels(
      configuration, task: task, data: data, folder: folder, workers: workers, trainsStages: trainsStages)
    let (policyFolder, rewardFolder) = (
      configuration[.model].map(RereadModel.init), configuration[.rewardModel].map(RereadModel.init)
    )
    guard let model = try starting.model(say: say) else { return nil }
    var (fitting, fittingHeldOut) = (data, heldOut)
    if task == nil {
      let filter = LengthFilter(model: model, settings: settings)
      fitting = try filter.filtered(data, say: say)
      fittingHeldOut = try heldOut.map { (data) throws(TrainingError) in try filter.filtered(data, say: say) }
      let warnings = DataWarnings(
        data: data, rule: rule, tokenizer: model.tokenizer, objective: settings.objective)
      for sentence in warnings.sentences { say("note: \(sentence)") }
    }
    guard let reward = try starting.rewardModel(model, say: say) else { return nil }
    var teacher: LanguageModel?
    if trainer.takesTeacher, settings.objective.choice(.teacherKind) == "model" {
      guard let model = try starting.teacher(of: model, say: say) else { return nil }
      teacher = model
      if let path = configuration[.teacher], configuration[.model].map(RunFile.absolute) == RunFile.absolute(path) {
        say("note: the teacher is the model that is trained: both say the same of every token, and nothing is learned")
      }
    }
    var (rewardModel, namedRewards): (LanguageModel?, (@Sendable () throws(TrainingError) -> RewardSum)?)
    if case .model(let model, _) = reward { rewardModel = model }
    if !settings.names(.rewardFuncs).isEmpty {
      namedRewards = { () throws(TrainingError) in try Self.rewards(settings, workers) }
    }
    self.init(
      settings: settings, task: task, data: fitting, heldOut: fittingHeldOut, model: model, rewardModel: rewardModel,
      teacher: teacher, namedRewards: namedRewards)
    if case .model(_, let template) = reward { rewardTemplate = template }
    if !model.model.isFrozen {
      rereadsPolicy = policyFolder?.reader(of: model.model)
      rereadsReward = rewardModel.flatMap { rewardFolder?.reader(of: $0.model) }
    }
    try checkLengths()
  }

  /// What `reward_funcs` names.
  static func rewards(_ settings: TrainingSettings, _ workers: Workers) throws(TrainingError) -> RewardSum {
    let functions = try RewardSpecification.list(settings.names(.rewardFuncs)).map {
      (specification) throws(TrainingError) in
      let function = try specification.function { (path) throws(TrainingError) in
        try LearnedReward(path: path, workers: workers)
      }
      return function is CommandReward ? FirstRankReward(function: function, ranks: workers.ranks) : function
    }
    let weights = settings.numbers(.rewardWeights)
    return try RewardSum(functions, weights: weights.isEmpty ? nil : weights)
  }

  private func checkLengths() throws(TrainingError) {
    let limit = model.model.configuration.positionLimit
    let wanted =
      settings.trainer.samples
      ? min(settings.integer(.maxPromptLength), limit) + settings.integer(.maxCompletionLength) : 0
    if wanted > limit, settings.integer(.maxCompletionLength) >= limit {
      throw TrainingError(
        .usage,
        "max_completion_length \(settings.integer(.maxCompletionLength)) leaves no room for a prompt: the model has \(limit) positions"
      )
    }
  }
}

extension RunConfiguration {
  /// How the model to start from reads conversations; nil if it has no chat template.
  fileprivate var chat: ChatFormat? {
    get throws(TrainingError) {
      guard let folder = self[.model] else { return nil }
      do throws(FileError) {
        return try ModelDirectory.chatFormat(folder)
      } catch {
        throw TrainingError(error)
      }
    }
  }

  /// While the paths are as they were given: `owner/name` is one of the hub's.
  private func checkModels() throws(TrainingError) {
    do throws(FileError) {
      for path in [RunPath.model, .rewardModel, .teacher].flatMap({ self[all: $0] }) where !GGUFModel.isNamed(by: path)
      {
        try ModelHints.check(path)
      }
    } catch {
      throw TrainingError(error)
    }
  }

  /// Refuses what is impossible before a folder is made and a starting model is trained.
  func check() throws(TrainingError) {
    if let problem = Schedule.problem(settings) ?? trainer.problem(settings) { throw TrainingError(.usage, problem) }
    try checkModels()
    guard trainer.algorithm.isRewarded else { return }
    if try RewardSpecification.list(settings.names(.rewardFuncs)).isEmpty, !settings.numbers(.rewardWeights).isEmpty {
      throw TrainingError(.usage, "reward_weights weigh reward_funcs, and there are none")
    }
  }
}
