import Autodiff
import Formats
import Objectives
public import Transformers

/// A trainer on random texts, step by step, for benchmarks: a run without its folder.
public final class TimedTrainer {
  private let method: any TrainingMethod

  /// What is measured: the shapes that `Sources/gradus-bench/Benchmarks` gives TRL.
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
    var options = [("max_steps", "1000000"), ("batch_size", "\(shape.responses)"), ("learning_rate", "1e-5")]
    if trainer.samples { options.append(("max_completion_length", "\(shape.responseLength)")) }
    if trainer.answers != nil { options += [("num_generations", "\(shape.generations)"), ("beta", "0.04")] }
    for (name, value) in options { try settings.set(name: name, to: value) }
    let task = Self.task(alphabet, shape)
    let reward = LanguageModel(model.model.withScalarHead(seed: 3), tokenizer)
    method = try trainer.method(RunInputs(settings, task, model: model, rewardModel: reward, isEvaluated: false))
  }

  /// Random texts, and a rule that rewards about half of them.
  private static func task(_ alphabet: [Character], _ shape: Shape) -> BuiltInTask {
    var random = RandomStream(seed: 1, purpose: TrainingPurpose.references)
    func text(_ length: Int) -> String { String((0..<length).map { _ in alphabet[random.below(alphabet.count)] }) }
    let examples = (0..<256).map { line in
      let (prompt, chosen) = (text(shape.promptLength), text(shape.responseLength))
      return Example(
        prompt: prompt, completion: chosen, chosen: chosen, rejected: text(shape.responseLength), source: "random",
        line: line)
    }
    func material(_ kind: Dataset.Kind) -> Dataset { Dataset(name: "random", kind: kind, examples: examples) }
    let all = BuiltInTask.Material(
      demonstrations: material(.completions), pairs: material(.pairs), prompts: material(.prompts))
    return BuiltInTask(
      name: "random", sentence: "", vocabulary: .characters(alphabet.map { String($0) }), training: all, heldOut: all,
      judge: Judge(name: "first letters") { item in item.completion < item.prompt ? 1 : 0 })
  }

  /// The next round: a step, or all steps on what is sampled at once.
  public func step() throws { _ = try method.advance { _ in false } }
}
