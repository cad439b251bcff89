import Documents
import Formats
import Foundation
import Simulation
import Testing
import Transformers

@testable import Training

/// Runs of a trainer on a model of tens of thousands of parameters, in a folder that goes with the test.
final class SmallRun {
  let folder: TemporaryFolder
  let trainer: Trainer
  /// The model that it starts from.
  private(set) var model = modelPath("llama-tiny")

  init(_ trainer: Trainer) throws {
    folder = try TemporaryFolder()
    self.trainer = trainer
    try folder.write(Self.completions, "completions.jsonl")
    try folder.write(Self.questions, "questions.jsonl")
    let language = try LanguageModel.read(modelPath("llama-tiny"), workers: Workers(1))
    try LanguageModel(language.model.withScalarHead(seed: 3), language.tokenizer).write(to: "\(folder.path)/judge")
    if trainer.takesTeacher { try Self.teacher(language).write(to: "\(folder.path)/teacher") }
  }

  /// A model of the same shape that writes otherwise.
  private static func teacher(_ language: LanguageModel) -> LanguageModel {
    let model = Transformer(
      language.model.configuration, parameters: Parameters(copying: language.model.parameters), workers: Workers(1))
    for i in 0..<model.parameters.count { model.parameters.values[i] *= i % 3 == 0 ? 1.5 : 0.8 }
    model.parametersChanged()
    return LanguageModel(model, language.tokenizer)
  }

  /// Starts from a model that ends about half of its texts early.
  func endEarly() throws {
    model = "\(folder.path)/early"
    let language = try LanguageModel.read(modelPath("llama-tiny"), workers: Workers(1))
    let embedding = try #require(language.model.layout.blocks.first { $0.name == "model.embed_tokens.weight" })
    let width = language.model.configuration.hiddenSize
    let end = embedding.offset + width * Int(try #require(language.end.first))
    for i in end..<end + width { language.model.parameters.values[i] *= 4 }
    try language.write(to: model)
  }

  static let pairs = modelPath("polite-preferences") + "/train.jsonl"

  /// What is chosen, as something to imitate.
  private static var completions: String {
    get throws {
      try readFile(pairs).split(separator: UInt8(ascii: "\n")).map { line in
        let pair = try JSONDecoder().decode([String: String].self, from: Data(line))
        let completion = ["prompt": pair["prompt"], "completion": pair["chosen"]]
        return String(decoding: try JSONEncoder().encode(completion), as: UTF8.self) + "\n"
      }.joined()
    }
  }

  /// Prompts with answers, from users of three groups.
  private static var questions: String {
    (0..<24).map { n in
      #"{"prompt": "\#(n)+\#(n * 7 % 10)=", "answer": "\#(n + n * 7 % 10)", "completion": "\#(n + n * 7 % 10)", "privileged_context": "The answer is \#(n + n * 7 % 10).", "group": "\#(["old", "young", "new"][n % 3])"}"#
        + "\n"
    }.joined()
  }

  func configuration(_ assignments: [String]) throws -> RunConfiguration {
    var paths: [RunPath: [String]] = [.model: [model]]
    var standards = ["batch_size=8", "lr_scheduler_type=constant", "max_steps=3", "workers=1", "eval_steps=0"]
    standards.append("num_completions_to_print=1")
    switch trainer.data {
    case .completions: paths[.dataset] = ["\(folder.path)/completions.jsonl"]
    case .pairs, .judgements: paths[.dataset] = [Self.pairs]
    case .prompts:
      paths[.dataset] = ["\(folder.path)/questions.jsonl"]
      standards.append("max_completion_length=6")
    }
    if trainer.takesTeacher { paths[.teacher] = ["\(folder.path)/teacher"] }
    if trainer.takesRewardModel { paths[.rewardModel] = ["\(folder.path)/judge"] }
    switch trainer {
    case .ppo: standards += ["num_mini_batches=2", "num_ppo_epochs=2"]
    case .grpo: standards += ["num_generations=4", "reward_funcs=length:target=4"]
    default: break
    }
    return try RunConfiguration.resolved(trainer, paths: paths, assignments: standards + assignments)
  }

  /// Trains into a folder of that name.
  @discardableResult
  func train(_ assignments: String..., in name: String = "run") throws -> SmallRun {
    _ = try TrainingSession.train(configuration(assignments), in: path(name), resuming: false)
    return self
  }

  func resume(_ assignments: String..., in name: String = "run") throws {
    _ = try TrainingSession.train(
      RunConfiguration(trainer), in: path(name), resuming: true, assignments: assignments)
  }

  func path(_ name: String = "run") -> String { "\(folder.path)/\(name)" }

  func bytes(_ file: String, in name: String = "run") throws -> [UInt8] { try readFile("\(path(name))/\(file)") }

  func weights(in name: String = "run") throws -> [UInt8] { try bytes("model/model.safetensors", in: name) }

  /// The weights of the model that came out.
  func parameters(_ name: String) throws -> [Float] {
    let model = try LanguageModel.read(path(name) + "/model", workers: Workers(1)).model
    return (0..<model.parameters.count).map { model.parameters.values[$0] }
  }

  func metrics(in name: String = "run") throws -> [MetricsLog.Line] {
    try MetricsLog.read("\(path(name))/metrics.jsonl")
  }

  /// The recorded parts of a step.
  func batches(step: Int) throws -> [Batch] {
    let start = "step-00000\(step)"
    return try RunFile.entries(path() + "/batches").filter { $0.hasPrefix(start) }.map {
      try Batch(JSONReader.read(bytes("batches/\($0)")))
    }
  }
}
