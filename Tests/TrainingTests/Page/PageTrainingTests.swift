import Documents
import Foundation
import Objectives
import Simulation
import Testing
import Transformers

@testable import Training

/// The trainers behind a page: what it asks, and that nothing else trains than `gradus train`.
@Suite struct PageTrainingTests {
  /// Runs that are over in seconds: a few steps of a tiny model.
  private static let small = [
    ("num_hidden_layers", "1"), ("hidden_size", "16"), ("intermediate_size", "32"), ("num_attention_heads", "2"),
    ("num_key_value_heads", "2"),
  ]

  private static func settings(_ trainer: Trainer) -> [(String, String)] {
    let own = trainer.samplesGroups ? [("batch_size", "32"), ("num_generations", "8")] : [("batch_size", "8")]
    return small + own + [("max_steps", "4"), ("eval_steps", "2")]
  }

  private static func request(_ trainer: Trainer, _ settings: [(String, String)], start: [(String, String)] = [])
    -> String
  {
    func list(_ pairs: [(String, String)]) -> String {
      "[" + pairs.map { "[\"\($0.0)\",\"\($0.1)\"]" }.joined(separator: ",") + "]"
    }
    return "{\"do\":\"begin\",\"trainer\":\"\(trainer)\",\"settings\":\(list(settings)),\"start\":\(list(start))}"
  }

  private static func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// All steps of a run; the answers, the last of them about the weights.
  private static func trained(_ training: inout PageTraining) throws -> [[String: Any]] {
    var answers: [[String: Any]] = []
    repeat {
      answers.append(try object(training.answer(#"{"do":"advance"}"#)))
      try #require(answers.last?["error"] == nil && answers.count < 40)
    } while answers.last?["is_done"] as? Bool != true
    answers.append(try object(training.answer(#"{"do":"weights"}"#)))
    return answers
  }

  @Test(arguments: Trainer.all.filter(PageTraining.trains))
  func aPageTrainsWhatTheCommandTrains(trainer: Trainer) throws {
    let folder = try TemporaryFolder()
    // The command's own start has hundreds of steps.
    let start = [("max_steps", "3"), ("batch_size", "8")]
    var paths: [RunPath: [String]] = [:]
    let task = trainer.task(TrainingSettings(trainer))
    if !trainer.makesModel {
      let first = try RunConfiguration.resolved(
        .sft, paths: [.dataset: ["task:\(task)"]], assignments: (Self.small + start).map { "\($0)=\($1)" })
      #expect(try TrainingSession.train(first, in: "\(folder.path)/start", resuming: false))
      paths[.model] = ["\(folder.path)/start/model"]
    }
    if trainer.takesRewardModel {
      let second = try RunConfiguration.resolved(
        .reward, paths: [.model: ["\(folder.path)/start/model"], .dataset: ["task:\(task)"]],
        assignments: start.map { "\($0)=\($1)" })
      #expect(try TrainingSession.train(second, in: "\(folder.path)/reward", resuming: false))
      paths[.rewardModel] = ["\(folder.path)/reward/model"]
    }
    let run = try RunConfiguration.resolved(
      trainer, paths: paths, assignments: Self.settings(trainer).map { "\($0)=\($1)" })
    #expect(try TrainingSession.train(run, in: "\(folder.path)/run", resuming: false))
    let model = try LanguageModel.read("\(folder.path)/run/model").model

    var training = PageTraining()
    let begun = try Self.object(
      training.answer(Self.request(trainer, Self.settings(trainer), start: trainer.makesModel ? [] : start)))
    #expect(begun["task"] as? String == task)
    #expect(begun["parameters"] as? Int == model.parameters.count)
    let answers = try Self.trained(&training)
    #expect(answers.last?["checksum"] as? String == String(model.parameters.checksum, radix: 16))

    // What it says of each step is what the command logs.
    let metrics = try MetricsLog.read("\(folder.path)/run/metrics.jsonl").filter { $0.step > 0 }
    let last = begun["stages"].map { ($0 as? [Any])?.count ?? 0 } ?? 0
    let records = answers.filter { $0["stage"] as? Int == last - 1 }
      .flatMap { $0["records"] as? [[String: Any]] ?? [] }
    #expect(records.map { $0["step"] as? Int } == metrics.map(\.step) && records.count == 4)
    for (record, line) in zip(records, metrics) {
      let loss = try #require((record["values"] as? [String: Any])?["loss"] as? Double)
      // Foundation reads a number within one unit in the last place.
      #expect(abs(loss - (line["loss"] ?? .nan)) < 1e-12)
      // Every step of the run itself can be opened in the debugger.
      let batches = try #require(record["batches"] as? [String])
      // What was sampled in pairs is a batch of DPO's.
      let kind = trainer.learnsPairs ? Algorithm.dpo : trainer.algorithm
      #expect(try Batch(JSONReader.read(Array(try #require(batches.first).utf8))).algorithm == kind)
    }
    let heldOut = answers.compactMap { $0["held_out"] as? [String: Any] }
    #expect(heldOut.count >= 2)
  }

  @Test func optionsChangeFromTheNextStepOn() throws {
    var training = PageTraining()
    _ = training.answer(Self.request(.grpo, Self.settings(.grpo), start: [("max_steps", "1")]))
    /// The batch of the next step of the run itself.
    func next() throws -> Batch {
      while true {
        let answer = try Self.object(training.answer(#"{"do":"advance"}"#))
        try #require(answer["error"] == nil)
        guard let record = (answer["records"] as? [[String: Any]])?.last, answer["stage"] as? Int == 1 else { continue }
        return try Batch(JSONReader.read(Array(try #require((record["batches"] as? [String])?.first).utf8)))
      }
    }
    func groups(_ batch: Batch) throws -> [Batch.GroupBatch.Sequence] {
      guard case .groups(let group) = batch.contents else { throw TrainingError(.badData, "no groups") }
      return group.sequences
    }
    let before = try groups(next())
    #expect(Set(before.map(\.group)).count == 4)
    #expect(before.allSatisfy { $0.refLogp == nil })
    for (name, value) in [("epsilon", "0.05"), ("beta", "0.04"), ("num_generations", "16")] {
      let answer = try Self.object(training.answer("{\"do\":\"set\",\"name\":\"\(name)\",\"value\":\"\(value)\"}"))
      let controls = try #require(answer["controls"] as? [[String: String]])
      #expect(controls.first { $0["name"] == name }?["value"] == value)
    }
    let batch = try next()
    #expect(batch.settings.number(.epsilon) == 0.05 && batch.settings.number(.groupBeta) == 0.04)
    let after = try groups(batch)
    #expect(Set(after.map(\.group)).count == 2)
    #expect(after.allSatisfy { $0.refLogp != nil })
  }

  @Test(arguments: [
    (#"{"do":"advance"}"#, "nothing is trained yet: ask to begin first"),
    (#"{"do":"dance"}"#, "there is no request «dance»; they are begin, advance, set, weights"),
    (#"{"do":"begin","trainer":"ppo"}"#, "a page does not train «ppo»"),
    (
      #"{"do":"begin","trainer":"grpo","settings":[["num_generations","7"]]}"#,
      "batch_size 256 is not a multiple of num_generations 7: groups must be whole"
    ),
    (
      #"{"do":"begin","trainer":"sft","settings":[["learning_rat","1"]]}"#,
      "there is no option learning_rat; did you mean learning_rate?"
    ),
  ])
  func whatIsWrongIsSaid(request: String, message: String) throws {
    var training = PageTraining()
    #expect(try Self.object(training.answer(request))["error"] as? String == message)
  }

  @Test func whatCannotChangeIsRefusedAndTheRunGoesOn() throws {
    var training = PageTraining()
    _ = training.answer(Self.request(.grpo, Self.settings(.grpo), start: [("max_steps", "1")]))
    for (name, value, message) in [
      ("batch_size", "16", "batch_size cannot be changed while train grpo runs"),
      ("num_generations", "5", "batch_size 32 is not a multiple of num_generations 5: groups must be whole"),
      ("beta", "much", "beta must be a number from 0 to 1000000, not much"),
    ] {
      let answer = try Self.object(training.answer("{\"do\":\"set\",\"name\":\"\(name)\",\"value\":\"\(value)\"}"))
      #expect(answer["error"] as? String == message)
    }
    #expect(try Self.trained(&training).count > 4)
  }
}
