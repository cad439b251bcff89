import Formats
import Foundation
import Testing
import Transformers

@testable import Training

/// What may not change the weights: workers, the split of a step into passes, stops on the way.
@Suite struct SameWeightsTests {
  @Test(arguments: Trainer.all, [false, true])
  func theNumberOfWorkersChangesNoBit(trainer: Trainer, rounds: Bool) throws {
    let run = try SmallRun(trainer)
    for workers in [1, 2, 4] { try run.train("workers=\(workers)", "bf16=\(rounds)", in: "\(workers)") }
    let one = try run.weights(in: "1")
    let untrained = try readFile("\(modelPath("llama-tiny"))/model.safetensors")
    #expect(one.count > 100_000 && one != untrained)
    for name in ["2", "4"] {
      #expect(try run.weights(in: name) == one)
      #expect(try run.bytes("metrics.jsonl", in: name) == run.bytes("metrics.jsonl", in: "1"))
    }
  }

  @Test(arguments: [Trainer.sft, .reward, .dpo])
  func accumulationIsALargerBatch(trainer: Trainer) throws {
    let run = try SmallRun(trainer)
    // Adam divides by the gradient's size: without this, rounding decides where that is nearly 0.
    try run.train("adam_epsilon=0.001", in: "whole")
    try run.train("adam_epsilon=0.001", "batch_size=4", "gradient_accumulation_steps=2", in: "parts")
    let (whole, parts) = try (run.parameters("whole"), run.parameters("parts"))
    #expect(whole.count == parts.count && whole.count > 20_000)
    #expect(zip(whole, parts).allSatisfy { abs($0 - $1) < 1e-5 })
    for (a, b) in zip(try run.metrics(in: "whole"), try run.metrics(in: "parts")) {
      let (a, b) = (try #require(a["loss"]), try #require(b["loss"]))
      #expect(abs(a - b) < 1e-5)
    }
  }

  @Test(arguments: Trainer.all)
  func aStopOnTheWayChangesNoBit(trainer: Trainer) throws {
    let run = try SmallRun(trainer)
    // Rounds of PPO have two epochs of one minibatch here, those of GRPO two iterations: a stop is between rounds.
    let options =
      switch trainer {
      case .ppo: ["num_mini_batches=1", "adap_kl_ctrl=true"]
      case .grpo: ["num_iterations=2", "beta=0.1"]
      default: ["weight_decay=0.1"]
      }
    func begin(_ name: String, _ more: String...) throws {
      _ = try TrainingSession.train(run.configuration(options + more), in: run.path(name), resuming: false)
    }
    try begin("straight", "max_steps=6", "save_total_limit=0", "save_steps=2")
    try begin("longer", "max_steps=4")
    try run.resume("max_steps=6", in: "longer")
    // As if it had been killed after the checkpoint of step 2, with later lines in the logs.
    try FileManager.default.copyItem(atPath: run.path("straight"), toPath: run.path("killed"))
    for step in [4, 6] { RunFile.remove(run.path("killed") + "/checkpoint-00000\(step)") }
    RunFile.remove(run.path("killed") + "/model")
    try run.resume(in: "killed")
    var files = ["model/model.safetensors", "metrics.jsonl", "checkpoint-000006/training.safetensors"]
    files += ["checkpoint-000006/state.json", "checkpoint-000006/model/model.safetensors"]
    for name in ["longer", "killed"] {
      for file in files {
        #expect(try run.bytes(file, in: name) == run.bytes(file, in: "straight"), "\(name)/\(file)")
      }
    }
    if trainer == .ppo {
      let critic = "checkpoint-000006/critic/model.safetensors"
      #expect(try run.bytes(critic, in: "killed") == run.bytes(critic, in: "straight"))
    }
  }

  @Test func aCheckpointHoldsWeightsOnce() throws {
    let run = try SmallRun(.ppo).train("max_steps=2")
    let checkpoint = run.path() + "/checkpoint-000002"
    let moments = try Safetensors(path: checkpoint + "/training.safetensors").tensors.map(\.name)
    #expect(moments.sorted() == ["critic.first", "critic.second", "model.first", "model.second"])
    #expect(try readFile(checkpoint + "/model/model.safetensors") == run.weights())
  }
}
