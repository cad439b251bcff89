import Foundation
import Testing

@testable import Training

@Suite struct RunFinderTests {
  private let folder: TemporaryFolder
  private var runs: String { folder.path + "/runs" }

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, _ name: String) throws {
    try RunFile.makeFolder(runs + "/" + name.split(separator: "/").dropLast().joined(separator: "/"))
    try folder.write(text, "runs/\(name)")
  }

  private func found() throws -> RunFinder {
    var finder = RunFinder()
    try finder.search(runs + "/")
    return finder
  }

  @Test func runsAreFoundBelowEachOther() throws {
    for name in ["one", "one/sft", "deep/er/two"] {
      _ = try RunDirectory.create(RunConfiguration(.dpo), at: "\(folder.path)/new")
      try RunFile.makeFolder("\(runs)/\(name.split(separator: "/").dropLast().joined(separator: "/"))")
      #expect(rename("\(folder.path)/new", "\(runs)/\(name)") == 0)
    }
    // A checkpoint's model is no run, and a link shows nothing new.
    try write("trainer: sft\n", "one/checkpoint-000001/config.yaml")
    #expect(symlink("\(runs)/one", "\(runs)/latest") == 0)
    let finder = try found()
    #expect(finder.runs.map(\.name) == ["deep/er/two", "one", "one/sft"])
    #expect(finder.runs.map(\.trainer) == ["dpo", "dpo", "dpo"])
    #expect(finder.skipped.isEmpty)
  }

  @Test func whatCannotBeReadIsNamedAndSkipped() throws {
    try write("trainer: sft\n", "good/config.yaml")
    try write("trainer: sft\nbatch_size: many\n", "bad/config.yaml")
    try write("{\"step\":\n{\"step\":2}\n", "torn/metrics.jsonl")
    try write("trainer: sft\n", "torn/config.yaml")
    try write("{\"global_step\": 3}", "theirs/checkpoint-3/trainer_state.json")
    try write("lr: 1\n", "hydra/config.yaml")
    let finder = try found()
    #expect(finder.runs.map(\.name) == ["good"])
    let skipped: [String] = finder.skipped.map { "\($0.path): \($0.reason)".replacing(runs + "/", with: "") }
    #expect(
      skipped == [
        "bad: bad/config.yaml:2:13: batch_size must be a whole number from 1 to 65536, not many",
        "hydra: there is no run in this folder",
        "theirs: theirs/checkpoint-3/trainer_state.json:1:1: the trainer's state needs the key 'log_history'",
        "torn: torn/metrics.jsonl:1:9: expected a value, found the end of the file; remove this line to go on without it",
      ])
  }

  @Test func aRunIsAsFarAsItsLogAndItsLock() throws {
    var configuration = RunConfiguration(.sft)
    try configuration.apply(["learning_rate=0.5"])
    let run = try RunDirectory.create(configuration, at: runs + "/one")
    let log = try run.metrics(after: -1, of: 3)
    try log.append(step: 2, [MetricValue("loss", 1)])
    var read = try RunReader.read(run.path)
    #expect(read.state == .stopped)
    #expect([read.step, read.total] == [2, 3])
    #expect(read.value(of: "learning_rate") == "0.5")
    #expect(read.value(of: "output") == nil)
    let whileLocked = try withExtendedLifetime(RunLock(run)) { try RunReader.read(run.path).state }
    #expect(whileLocked == .running)
    try log.append(step: 3, [MetricValue("loss", 1)])
    #expect(try RunReader.read(run.path).state == .stopped)
    try RunFile.makeFolder(run.model)
    read = try RunReader.read(run.path)
    #expect(read.state == .finished)
    #expect(abs(read.written - Date().timeIntervalSince1970) < 100)
  }

  @Test func whoOnlyLooksKeepsNobodyFromTraining() throws {
    let run = try RunDirectory.create(RunConfiguration(.sft), at: runs + "/one")
    _ = try RunLock(run)
    #expect(!RunLock.isHeld(run.path))
    #expect(!RunLock.isHeld(folder.path))
    _ = try RunLock(run)
  }

  @Test func theTrainersStateOfTRLIsARun() throws {
    let history = """
      [{"epoch": 0.5, "loss": 2.5, "grad_norm": NaN, "learning_rate": 0.1, "step": 10, "note": "a NaN \\" Infinity"},
       {"epoch": 1.0, "loss": -Infinity, "step": 20}, {"eval_loss": 2.0, "eval_runtime": 3.1, "step": 20},
       {"total_flos": 1e9, "train_loss": 2.1, "train_runtime": 9.0, "step": 20}]
      """
    try write(
      #"{"global_step": 20, "max_steps": 40, "train_batch_size": 8, "eval_steps": null, "log_history": \#(history)}"#,
      "theirs/checkpoint-20/trainer_state.json")
    // Not one of ours.
    try write("learning_rate: 0.1\n", "theirs/config.yaml")
    try write("{\"global_step\": 10, \"log_history\": []}", "theirs/checkpoint-10/trainer_state.json")
    let old = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, "\(runs)/theirs/checkpoint-10/trainer_state.json", old, 0) == 0)
    let run = try #require(try found().runs.first)
    #expect([run.name, run.trainer, run.state.rawValue] == ["theirs", "TRL", "stopped"])
    #expect([run.step, run.total] == [20, 40])
    #expect(
      run.settings == [.init(name: "batch_size", value: "8"), .init(name: "max_steps", value: "40")])
    #expect(run.lines.map(\.step) == [10, 20])
    #expect(run.lines[0].values.map(\.name) == ["loss", "grad_norm", "learning_rate"])
    #expect(run.lines[0]["grad_norm"]?.isNaN == true)
    #expect(run.lines[1]["loss"] == -.infinity)
    #expect(run.lines[1]["eval_loss"] == 2)
    #expect(run.lines[1].values.count == 2)
  }
}
