import Formats
import Objectives
import Transformers

/// The models that a run begins with: read from a folder, newly made, or trained first on the built-in task.
struct StartingModels {
  private let configuration: RunConfiguration
  private let task: BuiltInTask?
  private let data: Dataset
  private let folder: String
  private let workers: Workers
  private let trainsStages: Bool

  init(
    _ configuration: RunConfiguration, task: BuiltInTask?, data: Dataset, folder: String, workers: Workers,
    trainsStages: Bool
  ) {
    self.configuration = configuration
    self.task = task
    self.data = data
    self.folder = folder
    self.workers = workers
    self.trainsStages = trainsStages
  }

  /// How responses are scored.
  enum Reward {
    case model(LanguageModel, template: AnswerTemplate?)
    case rules
  }

  private var settings: TrainingSettings { configuration.settings }

  /// The model that is trained, as a whole or by its adapters; nil if the user stopped the stage that makes it.
  func model(say: @escaping (String) -> Void) throws(TrainingError) -> LanguageModel? {
    if let path = configuration[.model] {
      let model = try read(path)
      guard model.model.configuration.head == .language else {
        throw TrainingError(.usage, "\(path): a reward model has no language head to train; give a language model")
      }
      return model
    }
    if configuration.trainer.makesModel {
      if settings.lowRank != nil {
        throw TrainingError(.usage, "use_peft: adapters are trained on a model that is there; give it with --model")
      }
      return try LanguageModel.new(settings, task: task, data: data, workers: workers)
    }
    guard task != nil else {
      throw TrainingError(
        .usage,
        "--model: train \(configuration.trainer.name) on a dataset needs a model to start from; "
          + "`gradus train sft` makes one")
    }
    guard try stage(.sft, say: say) else { return nil }
    return try read("\(folder)/sft/model")
  }

  /// A model to be trained, as a whole or by its adapters.
  private func read(_ path: String) throws(TrainingError) -> LanguageModel {
    let use = settings.lowRank.map { ModelUse.adapters($0, seed: settings.seed) } ?? .training
    return try LanguageModel.read(path, for: use, workers: workers, roundsFactors: settings.flag(.bf16))
  }

  /// A model that is only asked.
  private func readFrozen(_ path: String) throws(TrainingError) -> LanguageModel {
    try LanguageModel.read(path, for: .frozen, workers: workers, roundsFactors: settings.flag(.bf16))
  }

  /// The reward model of a trainer that takes one, or none where rules reward; nil if the user stopped it.
  func rewardModel(_ model: LanguageModel, say: @escaping (String) -> Void) throws(TrainingError) -> Reward? {
    guard configuration.trainer.takesRewardModel else { return .rules }
    var path = configuration[.rewardModel]
    if path == nil, settings.names(.rewardFuncs).isEmpty {
      guard task != nil else {
        throw TrainingError(
          .usage, "--reward-model or --set reward_funcs=…: say what to reward; `gradus train reward` makes a model")
      }
      guard try stage(.reward, from: configuration[.model] ?? "\(folder)/sft/model", say: say) else { return nil }
      path = "\(folder)/reward/model"
    }
    guard let path else { return .rules }
    let reward = try readFrozen(path)
    guard reward.model.configuration.head == .scalar else {
      throw TrainingError(.usage, "\(path): this is a language model; a reward model has a scalar head")
    }
    guard reward.tokenizer.files.tokenizer == model.tokenizer.files.tokenizer else {
      throw TrainingError(
        .usage,
        "\(path): its tokenizer is not the policy's; as a rule, --set reward_funcs=model:path=\(path), it can be used")
    }
    return .model(reward, template: try ChatFormat.answerTemplate(path))
  }

  /// The folder of a teacher that learned the built-in task's good responses, below that of the run.
  static let teacher = "teacher"

  /// A teacher of its own; nil if the user stopped it.
  func teacher(of model: LanguageModel, say: @escaping (String) -> Void) throws(TrainingError) -> LanguageModel? {
    var path = configuration[.teacher]
    if path == nil, let lessons = task?.lessons {
      guard try stage(.sft, of: lessons, as: Self.teacher, say: say) else { return nil }
      path = "\(folder)/\(Self.teacher)/model"
    }
    guard let path else {
      throw TrainingError(
        .usage,
        "--teacher: give the folder of a model to learn from; or set teacher_model_kind=base, with the solutions in the "
          + "column privileged_context")
    }
    let teacher = try readFrozen(path)
    guard teacher.model.configuration.head == .language else {
      throw TrainingError(.usage, "\(path): a reward model has no language head; a teacher is a language model")
    }
    let (own, others) = (model.model.configuration.vocabularySize, teacher.model.configuration.vocabularySize)
    guard teacher.tokenizer.files.tokenizer == model.tokenizer.files.tokenizer, own == others else {
      let sizes = own == others ? "" : " (\(others) tokens and \(own))"
      throw TrainingError(
        .usage,
        "\(path): its vocabulary is not the student's\(sizes), and distributions over other tokens "
          + "cannot be compared; take a teacher of the same family")
    }
    return teacher
  }

  /// A run of its own below this one, which leaves a model to start from.
  private func stage(
    _ trainer: Trainer, of other: BuiltInTask? = nil, as name: String? = nil, from model: String? = nil,
    say: @escaping (String) -> Void
  ) throws(TrainingError) -> Bool {
    let name = name ?? trainer.name
    guard trainsStages else {
      let model = "\(folder)/\(name)/model"
      if RunFile.exists("\(model)/model.safetensors") { return true }
      throw TrainingError(
        .missingInput, "\(model): the model that the run starts from is not there yet; train until its first checkpoint"
      )
    }
    guard let task = other ?? task else { return false }
    var own: RunConfiguration
    do throws(OptionError) {
      own = RunConfiguration(try settings.stage(trainer, of: task))
    } catch {
      throw TrainingError(.usage, error.message)
    }
    own[.dataset] = BuiltInTask.prefix + task.name
    own[.model] = model.map(RunFile.absolute)
    let path = "\(folder)/\(name)"
    try RunDirectory.checkStage(path, is: own)
    return try TrainingSession.train(
      own, in: path, resuming: RunFile.exists("\(path)/config.yaml"), title: "\(name) (start)",
      ranks: workers.ranks, say: say)
  }
}
