import Formats
import Objectives
import Transformers

/// The models that a run begins with: read from a folder, made from nothing, or trained first on the built-in task.
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

  /// What scores responses.
  enum Reward {
    case model(LanguageModel)
    case rules
  }

  private var settings: TrainingSettings { configuration.settings }

  /// Nil if the user stopped it.
  func model(say: @escaping (String) -> Void) throws(TrainingError) -> LanguageModel? {
    if let path = configuration[.model] {
      let model = try LanguageModel.read(path, workers: workers)
      guard model.model.configuration.head == .language else {
        throw TrainingError(.usage, "\(path): a reward model has no language head to train; give a language model")
      }
      return model
    }
    switch configuration.trainer {
    case .sft, .reward: return try fromNothing()
    case .ppo, .grpo, .dpo:
      guard task != nil else {
        throw TrainingError(
          .usage,
          "--model: train \(configuration.trainer.rawValue) on a dataset needs a model to start from; "
            + "`gradus train sft` makes one")
      }
      guard try stage(.sft, say: say) else { return nil }
      return try LanguageModel.read("\(folder)/sft/model", workers: workers)
    }
  }

  /// The reward model of PPO, or none where rules reward; nil if the user stopped it.
  func rewardModel(_ model: LanguageModel, say: @escaping (String) -> Void) throws(TrainingError) -> Reward? {
    guard configuration.trainer == .ppo else { return .rules }
    var path = configuration[.rewardModel]
    if path == nil, settings.names(.rewardFuncs).isEmpty {
      guard task != nil else {
        throw TrainingError(
          .usage, "--reward-model or --set reward_funcs=…: say what to reward; `gradus train reward` makes a model")
      }
      guard try stage(.reward, say: say) else { return nil }
      path = "\(folder)/reward/model"
    }
    guard let path else { return .rules }
    let reward = try LanguageModel.read(path, workers: workers)
    guard reward.model.configuration.head == .scalar else {
      throw TrainingError(.usage, "\(path): this is a language model; a reward model has a scalar head")
    }
    guard reward.tokenizer.files.tokenizer == model.tokenizer.files.tokenizer else {
      throw TrainingError(
        .usage,
        "\(path): its tokenizer is not the policy's; as a rule, --set reward_funcs=model:path=\(path), it can be used")
    }
    return .model(reward)
  }

  /// A run of its own below this one, which leaves a model to start from.
  private func stage(_ trainer: Trainer, say: @escaping (String) -> Void) throws(TrainingError) -> Bool {
    guard trainsStages else {
      let model = "\(folder)/\(trainer.rawValue)/model"
      if RunFile.exists("\(model)/model.safetensors") { return true }
      throw TrainingError(
        .missingInput, "\(model): the model that the run starts from is not there yet; train until its first checkpoint"
      )
    }
    var own = RunConfiguration(trainer)
    guard let task else { return false }
    do throws(OptionError) {
      for (name, value) in task.standards(for: trainer) { try own.set(name: name, to: value) }
      // Later, since the user may have asked for another model than the task does.
      for option in TrainingOption.shared { try own.settings.set(option, to: settings[option]) }
    } catch {
      throw TrainingError(.usage, error.message)
    }
    own[.dataset] = BuiltInTask.prefix + task.name
    if trainer == .reward { own[.model] = RunFile.absolute(configuration[.model] ?? "\(folder)/sft/model") }
    let path = "\(folder)/\(trainer.rawValue)"
    try RunDirectory.checkStage(path, is: own)
    return try TrainingSession.train(
      own, in: path, resuming: RunFile.exists("\(path)/config.yaml"), title: "\(trainer.rawValue) (start)",
      ranks: workers.ranks, say: say)
  }

  /// A small new model, with a tokenizer of the task's words or of the data's characters.
  private func fromNothing() throws(TrainingError) -> LanguageModel {
    let (hidden, heads) = (settings.integer(.hiddenSize), settings.integer(.numAttentionHeads))
    let keyValueHeads = settings.integer(.numKeyValueHeads)
    guard hidden % heads == 0, hidden / heads % 2 == 0 else {
      throw TrainingError(
        .usage, "num_attention_heads \(heads) must divide hidden_size \(hidden) into heads of an even width")
    }
    guard heads % keyValueHeads == 0 else {
      throw TrainingError(.usage, "num_key_value_heads \(keyValueHeads) must divide num_attention_heads \(heads)")
    }
    let tokenizer = try tokenizer()
    var model = ModelConfiguration(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: hidden,
      intermediateSize: settings.integer(.intermediateSize),
      layerCount: settings.integer(.numHiddenLayers), headCount: heads, keyValueHeadCount: keyValueHeads)
    model.maxPositions = max(2048, settings.integer(.maxLength))
    return LanguageModel(Transformer(model, seed: settings.seed, workers: workers), tokenizer)
  }

  private func tokenizer() throws(TrainingError) -> Tokenizer {
    do throws(FileError) {
      switch task?.vocabulary {
      case .words(let words): return try Tokenizer.words(words)
      case .characters(let characters): return try Tokenizer.characters(in: characters)
      case nil: return try Tokenizer.characters(in: data.examples.flatMap(\.texts))
      }
    } catch {
      throw TrainingError(.badData, "\(error)")
    }
  }
}

extension TrainingOption {
  /// What a stage that makes a model to start from has in common with the run that needs it.
  fileprivate static let shared: [TrainingOption] = [
    .seed, .workers, .loggingSteps, .numHiddenLayers, .hiddenSize, .numAttentionHeads, .numKeyValueHeads,
    .intermediateSize,
  ]
}

extension Example {
  var texts: [String] { [prompt, completion, chosen, rejected].compactMap(\.self) }
}
