import Documents
import Formats
import Foundation
import Simulation
import Transformers

@testable import Training

/// Runs of a trainer on a model of tens of thousands of parameters, in a folder that goes with the test.
final class SmallRun {
  let folder: TemporaryFolder
  let trainer: Trainer

  init(_ trainer: Trainer) throws {
    folder = try TemporaryFolder()
    self.trainer = trainer
    try folder.write(Self.completions, "completions.jsonl")
    try folder.write(Self.questions, "questions.jsonl")
    let language = try LanguageModel.read(modelPath("llama-tiny"), workers: Workers(1))
    try LanguageModel(language.model.withScalarHead(seed: 3), language.tokenizer).write(to: "\(folder.path)/judge")
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
      #"{"prompt": "\#(n)+\#(n * 7 % 10)=", "answer": "\#(n + n * 7 % 10)", "group": "\#(["old", "young", "new"][n % 3])"}"#
        + "\n"
    }.joined()
  }

  func configuration(_ assignments: [String]) throws -> RunConfiguration {
    var paths: [RunPath: String] = [.model: modelPath("llama-tiny")]
    var standards = ["batch_size=8", "lr_scheduler_type=constant", "max_steps=3", "workers=1", "eval_steps=0"]
    standards.append("num_completions_to_print=1")
    switch trainer {
    case .sft: paths[.dataset] = "\(folder.path)/completions.jsonl"
    case .reward, .dpo: paths[.dataset] = Self.pairs
    case .ppo:
      paths[.dataset] = "\(folder.path)/questions.jsonl"
      paths[.rewardModel] = "\(folder.path)/judge"
      standards += ["max_completion_length=6", "num_mini_batches=2", "num_ppo_epochs=2"]
    case .grpo:
      paths[.dataset] = "\(folder.path)/questions.jsonl"
      standards += ["max_completion_length=6", "num_generations=4", "reward_funcs=length:target=4"]
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
