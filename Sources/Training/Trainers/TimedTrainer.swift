import Autodiff
import Formats
import Objectives
public import Transformers

/// A trainer on random texts, step by step, for benchmarks: a run without its folder.
public final class TimedTrainer {
  private let method: any TrainingMethod

  /// What is measured: the shapes that `Benchmarks/` gives TRL.
  public struct Shape: Sendable {
    public var responses = 32
    public var promptLength = 16
    public var responseLength = 32
    public var generations = 8

    public init() {}
  }

  /// - Parameters:
  ///   - trainer: What trains.
  ///   - configuration: The model's shape.
  ///   - alphabet: The characters of the texts; as many as the model's vocabulary has besides special tokens.
  ///   - shape: How many texts a step learns from, and how long they are.
  ///   - workers: The threads that share the work.
  public init(
    _ trainer: Trainer, _ configuration: ModelConfiguration, alphabet: [Character], shape: Shape = Shape(),
    workers: Workers = .all
  ) throws {
    var tokenizer = try Tokenizer.characters(in: String(alphabet))
    // Every response has the same length.
    tokenizer.special.end = nil
    let model = LanguageModel(Transformer(configuration, seed: 1, workers: workers), tokenizer)
    var settings = TrainingSettings(trainer)
    try settings.set(name: "max_steps", to: "1000000")
    try settings.set(name: "batch_size", to: "\(shape.responses)")
    try settings.set(name: "learning_rate", to: "1e-5")
    if trainer.samples { try settings.set(name: "max_completion_length", to: "\(shape.responseLength)") }
    var random = RandomStream(seed: 1, purpose: TrainingPurpose.references)
    func text(_ length: Int) -> String { String((0..<length).map { _ in alphabet[random.below(alphabet.count)] }) }
    let examples = (0..<256).map { line in
      Example(
        prompt: text(shape.promptLength), chosen: text(shape.responseLength), rejected: text(shape.responseLength),
        source: "random", line: line)
    }
    let prompts = Dataset(name: "random", kind: .prompts, examples: examples)
    let rule = try RewardSum([Judge(name: "first letters") { item in item.completion < item.prompt ? 1 : 0 }])
    switch trainer {
    case .grpo:
      try settings.set(name: "beta", to: "0.04")
      try settings.set(name: "num_generations", to: "\(shape.generations)")
      method = try GRPOTrainer(
        model, reference: model.model.copy(), prompts: prompts, heldOut: nil, rewards: rule, settings: settings)
    case .ppo:
      method = try PPOTrainer(
        model, reference: model.model.copy(), critic: model.model.withScalarHead(seed: 2),
        reward: .model(model.model.withScalarHead(seed: 3)), judge: nil, prompts: prompts, heldOut: nil,
        settings: settings)
    case .sft, .reward, .dpo:
      let objective = PreferenceObjective(model: model, settings: settings, prompts: [])
      let pairs = try model.pairs(Dataset(name: "random", kind: .pairs, examples: examples), limit: 1024)
      method = ExampleTrainer(
        model, objective, items: objective.items(pairs, reference: model.model), heldOut: [], settings: settings)
    }
  }

  /// The next step; for PPO a whole batch with all of its epochs.
  public func step() throws { _ = try method.advance { _ in false } }
}
