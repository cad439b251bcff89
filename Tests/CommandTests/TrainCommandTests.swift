import Foundation
import Testing

/// `gradus train` as a user meets it: stopped, killed, damaged, gone on with.
@Suite struct TrainCommandTests {
  private static let small = [
    "hidden_size=16", "num_hidden_layers=1", "num_attention_heads=2", "num_key_value_heads=2", "intermediate_size=16",
    "batch_size=8", "max_steps=60", "save_steps=1", "save_total_limit=3", "eval_steps=0", "num_completions_to_print=0",
  ]

  private func arguments(_ name: String, trainer: String = "sft", _ more: [String] = []) -> [String] {
    ["train", trainer, "--output", name] + (Self.small + more).flatMap { ["--set", $0] }
  }

  private func checkpoints(_ program: Program) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: program.file("run").path)) ?? []
    return names.filter { $0.hasPrefix("checkpoint-") }.sorted()
  }

  private func weights(_ program: Program, _ name: String) throws -> Data {
    try Data(contentsOf: program.file("\(name)/model/model.safetensors"))
  }

  /// Starts a run and sends it a signal once it has some checkpoints.
  private func stop(_ program: Program, with signal: Int32) throws -> Program.Running {
    let running = try program.start(arguments("run"))
    while checkpoints(program).count < 3, running.process.isRunning { usleep(2000) }
    kill(running.process.processIdentifier, signal)
    running.process.waitUntilExit()
    return running
  }

  @Test func eachStageOfRLHFBeginsWithWhatThoseBeforeItMade() throws {
    let program = try Program()
    let stages = ["sft", "reward", "ppo"]
    let options = stages.flatMap { ["\($0).max_steps=1", "\($0).batch_size=8", "\($0).eval_steps=0"] }
    let result = try program(["train", "rlhf", "--output", "all"] + options.flatMap { ["--set", $0] })
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = try stages.map { try program.read("all/\($0)/config.yaml").split(separator: "\n") }
    func model(_ key: String, of stage: Int) throws -> Substring {
      try #require(lines[stage].first { $0.hasPrefix("\(key): ") })
    }
    #expect(try model("model", of: 0).contains("model: null"))
    for stage in 1...2 { #expect(try model("model", of: stage).contains("all/sft/model\"")) }
    #expect(try model("reward_model", of: 2).contains("all/reward/model\""))
  }

  @Test func aPrintedConfigurationSaysWhereTheRunWouldBe() throws {
    let program = try Program()
    func folders(_ arguments: String...) throws -> [Substring] {
      try program(["train"] + arguments + ["--print-config"]).output.split(separator: "\n").compactMap { line in
        line.hasPrefix("output: ") ? line.dropFirst("output: ".count).split(separator: " ").first : nil
      }
    }
    #expect(try folders("sft", "--output", "x") == ["\"x\""])
    #expect(try folders("sft") == ["null"])
    #expect(try folders("rlhf", "--output", "x") == ["\"x/sft\"", "\"x/reward\"", "\"x/ppo\""])
  }

  @Test func aRunThatWasKilledEndsWithTheSameWeights() throws {
    let program = try Program()
    let straight = try program(arguments("straight"))
    #expect(straight.exitCode == 0, "\(straight.errors)")
    #expect(straight.errors.hasSuffix("the model is in straight/model, the curves are in straight/report.html\n"))
    let killed = try stop(program, with: SIGKILL)
    #expect(killed.process.terminationReason == .uncaughtSignal)

    let newest = try #require(checkpoints(program).last)
    let before = try #require(checkpoints(program).dropLast().last)
    try flipByte(of: program.file("run/\(newest)/training.safetensors"))
    let refused = try program(["train", "sft", "--resume", "--output", "run"])
    #expect(refused.exitCode == 65)
    #expect(refused.errors.contains("run/\(newest) is damaged: training.safetensors"), "\(refused.errors)")
    #expect(refused.errors.contains("remove that folder to go on from \(before), which is whole"))
    try FileManager.default.removeItem(at: program.file("run/\(newest)"))

    let resumed = try program(["train", "sft", "--resume", "--output", "run"])
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(try weights(program, "run") == weights(program, "straight"))
    #expect(try program.read("run/metrics.jsonl") == program.read("straight/metrics.jsonl"))
  }

  private func flipByte(of file: URL) throws {
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: file)
  }

  @Test func controlCSavesAndSaysHowToGoOn() throws {
    let program = try Program()
    #expect(try program(arguments("straight")).exitCode == 0)
    let stopped = try stop(program, with: SIGINT)
    #expect(stopped.process.terminationReason == .exit && stopped.process.terminationStatus == 130)
    let told = "stopped and saved; go on with: gradus train sft --resume --output run\n"
    #expect(try stopped.result().errors.hasSuffix(told))
    // The same command again, with --resume, is understood too.
    let resumed = try program(arguments("run") + ["--resume"])
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(try weights(program, "run") == weights(program, "straight"))
  }

  @Test func aRewardModelIsNoLanguageModel() throws {
    let program = try Program()
    let made = try program(arguments("judge", trainer: "reward", ["max_steps=1"]))
    #expect(made.exitCode == 0, "\(made.errors)")
    let refused = try program(["train", "sft", "--model", "judge/model", "--output", "run"])
    #expect(refused.exitCode == 64)
    #expect(refused.errors.hasSuffix("a reward model has no language head to train; give a language model\n"))
    let used = try program(["train", "sft", "--output", "judge"])
    #expect(used.exitCode == 64)
    #expect(
      used.errors
        == "Error: judge: there is a run already; --resume goes on with it, another --output begins a new one\n")
    #expect(try program.fileNames() == ["judge"])
  }

  @Test func aRunThatTookNoStepCanBeBegunAgain() throws {
    let program = try Program()
    func train(_ reward: String, _ more: String...) throws -> Program.Result {
      let sizes = ["num_hidden_layers=1", "hidden_size=32", "intermediate_size=64", "num_key_value_heads=1"]
      let options = sizes + ["max_steps=1", "eval_steps=0", "batch_size=32", "reward_funcs=\(reward)"] + more
      let arguments = ["train", "grpo", "--dataset", "task:film-reviews", "--output", "run"]
      return try program(arguments + options.flatMap { ["--set", $0] })
    }
    let failed = try train("command:run=exit 3")
    #expect(failed.exitCode == 65)
    // The model to start from has cost time, and stays.
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.file("run").path) == ["sft"])
    let other = try train("length:target=20", "seed=7")
    #expect(
      other.errors.hasSuffix("run/sft: was made with another seed; choose another --output, or remove that folder\n"))
    #expect(other.exitCode == 64)
    #expect(try train("length:target=20").exitCode == 0)
  }

  @Test func dataThatHasChangedIsTold() throws {
    let program = try Program()
    let line = #"{"prompt": "1+1=", "completion": "2"}"# + "\n"
    try program.write(line, to: "sums.jsonl")
    let data = ["--dataset", "sums.jsonl"]
    #expect(try program(arguments("run", ["max_steps=2", "lr_scheduler_type=constant"]) + data).exitCode == 0)
    func goOn(to steps: Int) throws -> Program.Result {
      try program(["train", "sft", "--output", "run", "--resume", "--set", "max_steps=\(steps)"])
    }
    #expect(try !goOn(to: 3).errors.contains("has changed"))
    try program.write(line + line, to: "sums.jsonl")
    let told = "sums.jsonl: has changed since the run began, so the result will not be that of an uninterrupted run\n"
    #expect(try goOn(to: 4).errors.contains(told))
    #expect(try program(["export", "trl", "run", "--checkpoint", "0"]).errors.contains(told))
  }

  @Test func aLossThatIsNoNumberEndsTheRun() throws {
    let program = try Program()
    let options = ["learning_rate=1000", "max_grad_norm=none", "max_steps=30", "save_steps=1"]
    let result = try program(arguments("run", options))
    #expect(result.exitCode == 70)
    #expect(
      result.errors.contains(
        "is NaN or infinite, and the model would not recover: lower learning_rate or max_grad_norm"))
    // What was saved before is as it was: it can be read and gives numbers.
    let saved = try #require(result.errors.firstMatch(of: /checkpoint of step (\d+)/)).output.1
    let folder = "run/checkpoint-" + String(repeating: "0", count: 6 - saved.count) + saved
    let score = try program(["score", "--model", folder + "/model", "--text", "the film was good", "--json"])
    #expect(score.exitCode == 0 && !score.output.contains("null"))
  }

  /// Forward and backward passes and the optimizer, through the losses and gradients of some steps.
  @Test func everyKindOfCPUComesToTheSameNumbers() throws {
    struct Line: Decodable { let loss, gradNorm: Double }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let program = try Program()
    func lines(_ kernels: String) throws -> [Line] {
      let options = (Self.small + ["max_steps=6", "hidden_size=48"]).map { "--set \($0)" }.joined(separator: " ")
      let run = try program.shell("\(kernels) \"$GRADUS\" train sft --output \"run-\(kernels)\" \(options)")
      #expect(run.exitCode == 0, "\(run.errors)")
      let text = try program.read("run-\(kernels)/metrics.jsonl")
      return try text.split(separator: "\n").compactMap { line in
        line.contains("grad_norm") ? try decoder.decode(Line.self, from: Data(line.utf8)) : nil
      }
    }
    let best = try lines("")
    #expect(best.count == 6)
    for kernels in ["GRADUS_KERNELS=avx2", "GRADUS_KERNELS=portable"] {
      for (a, b) in zip(best, try lines(kernels)) {
        #expect(abs(a.loss - b.loss) < 1e-4 && abs(a.gradNorm - b.gradNorm) < 1e-4 * max(1, b.gradNorm))
      }
    }
  }
}
