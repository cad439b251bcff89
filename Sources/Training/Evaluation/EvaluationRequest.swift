import Autodiff
import Formats
import Objectives
import Transformers

/// What is to be evaluated: a model on data, alone, beside a reference, or against another model.
public struct EvaluationRequest: Sendable {
  /// The model that is evaluated: a folder or a GGUF file.
  public var model: String
  /// For pairs: the model whose log-probabilities are subtracted.
  public var reference: String?
  /// For prompts: the model whose answers are compared.
  public var opponent: String?
  public var dataset: [String]
  /// For prompts: what answers are rewarded for, as `reward_funcs` has it.
  public var rewards: [String] = []
  /// How many examples are looked at, from the first; nil for all.
  public var most: Int?
  /// Options of the trainer that learns from such data: `beta=0.2`.
  public var assignments: [String] = []

  public init(model: String, dataset: [String]) { (self.model, self.dataset) = (model, dataset) }

  /// Evaluates.
  ///
  /// - Parameters:
  ///   - progress: Told what takes its time, and how much of it is done.
  ///   - say: Receives a line about data that are cut or left out.
  /// - Throws: What is wrong with the models, the data or the options, and what to do.
  public func evaluate(
    progress: @escaping (_ what: String, _ done: Int, _ all: Int) -> Void = { _, _, _ in },
    say: @escaping (String) -> Void = { _ in }
  ) throws(TrainingError) -> Evaluation {
    defer { progress("", 0, 0) }
    progress("reading the model and the data", 0, 0)
    let model = try LanguageModel.read(self.model, for: .frozen)
    let data = try data(model, of: self.model)
    try checkCombination(data.kind, model)
    let (settings, trainer) = (try settings(for: data.kind, model), data.kind)
    let filtered = try LengthFilter(model: model, settings: settings).filtered(data, say: say)
    let kind: Evaluation.Kind =
      switch trainer {
      case .completions, .judgements: .texts
      case .pairs: .pairs
      case .prompts: .prompts
      }
    var result = Evaluation(model: self.model, dataset: data.name, kind: kind, examples: filtered.examples.count)
    switch kind {
    case .texts:
      try TextEvaluation(model: model, settings: settings, progress: progress).add(filtered, to: &result)
    case .pairs:
      let reference = try self.reference.map { (path) throws(TrainingError) in try Self.reference(path, of: model) }
      try PairEvaluation(model: model, reference: reference, settings: settings, progress: progress)
        .add(filtered, to: &result)
    case .prompts:
      let evaluation = PromptEvaluation(
        rewards: try RunInputs.rewards(settings, .all), settings: settings, progress: progress)
      let own = try evaluation.add(filtered, model, to: &result)
      guard let opponent else { break }
      let other = try LanguageModel.read(opponent, for: .frozen)
      let theirs = try evaluation.scores(try self.data(other, of: opponent), other, "answering with \(opponent)")
      result.addComparison(own, theirs)
    }
    return result
  }

  // MARK: Data and options

  private var isOfAnswers: Bool { !rewards.isEmpty || opponent != nil }

  private func data(_ model: LanguageModel, of path: String) throws(TrainingError) -> Dataset {
    let chat: ChatFormat?
    do throws(FileError) {
      chat = try ModelDirectory.chatFormat(path)
    } catch {
      throw TrainingError(error)
    }
    var texts = RunConfiguration(.sft)
    // Options of another trainer are refused when it is known what the data are.
    try? texts.apply(assignments)
    let findsAnswers = texts.settings.flag(.assistantOnlyLoss)
    let data = try Dataset.read(all: dataset, as: isOfAnswers ? .prompts : nil, chat: chat, findsAnswers: findsAnswers)
    guard let most else { return data }
    return Dataset(name: data.name, kind: data.kind, examples: Array(data.examples.prefix(most)))
  }

  private func settings(for kind: Dataset.Kind, _ model: LanguageModel) throws(TrainingError) -> TrainingSettings {
    var configuration: RunConfiguration
    switch kind {
    case .completions, .judgements: configuration = RunConfiguration(.sft)
    case .pairs: configuration = RunConfiguration(model.model.configuration.head == .scalar ? .reward : .dpo)
    case .prompts:
      configuration = RunConfiguration(.grpo)
      // One answer is enough to look at, and a model that was trained elsewhere needs room for it.
      let room = max(1, model.model.configuration.positionLimit / 2)
      try configuration.apply(["num_generations=1", "max_completion_length=\(min(256, room))"])
    }
    try configuration.apply(assignments)
    if kind == .prompts {
      do throws(OptionError) {
        try configuration.settings.set(.rewardFuncs, to: .choice(NameList.join(rewards)))
      } catch {
        throw TrainingError(.usage, error.message)
      }
    }
    return configuration.settings
  }

  private static func reference(_ path: String, of model: LanguageModel) throws(TrainingError) -> Transformer {
    let reference = try LanguageModel.read(path, for: .frozen)
    guard reference.tokenizer.hasTokens(of: model.tokenizer) else {
      throw TrainingError(
        .usage,
        "--reference: \(path) has other tokens than the model, and what it says of the model's cannot be compared; take the "
          + "model that the training began with")
    }
    guard reference.model.configuration.head == .language else {
      throw TrainingError(.usage, "--reference: \(path) is a reward model, which gives no probabilities of tokens")
    }
    return reference.model
  }

  private func checkCombination(_ kind: Dataset.Kind, _ model: LanguageModel) throws(TrainingError) {
    let isRewardModel = model.model.configuration.head == .scalar
    if isRewardModel, kind != .pairs {
      throw TrainingError(.usage, "\(self.model): is a reward model, which is evaluated on pairs: chosen and rejected")
    }
    if kind == .prompts, rewards.isEmpty {
      throw TrainingError(
        .usage, "--reward: say what answers are rewarded for, as for train grpo: --reward 'exact_match:column=answer'")
    }
    if reference != nil, isRewardModel {
      throw TrainingError(
        .usage,
        "--reference: belongs to a language model; \(self.model) is a reward model, whose scores stand by themselves")
    }
    if reference != nil, kind != .pairs {
      throw TrainingError(.usage, "--reference: belongs to pairs, whose rewards are measured against it")
    }
  }
}
