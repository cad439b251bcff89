import Foundation
import Testing

@testable import Training

/// Logs as trainers and trackers write them, read as rows.
@Suite final class RunLogTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "gradus-logs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func read(_ text: String, as name: String, run: String? = nil) throws -> RunLog {
    let path = folder.appending(path: name)
    try Data(text.utf8).write(to: path)
    return try RunLog.read(path.path, run: run)
  }

  /// The rows as text: `1 loss=0.5 reward=1`.
  private func rows(_ log: RunLog) -> [String] {
    log.rows.map { row in "\(row.step) " + row.values.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }
  }

  private func problem(_ body: () throws -> RunLog) -> String {
    do {
      return "read \(rows(try body()))"
    } catch let error as TrainingError {
      return error.message
    } catch {
      return "\(error)"
    }
  }

  @Test func verlsConsole() throws {
    let log = try read(
      """
      (TaskRunner pid=7) {'actor': {'lr': 1e-06}}
      \u{1b}[36m(TaskRunner pid=7)\u{1b}[0m step:1 - actor/entropy:0.5 - critic/score/mean:np.float64(0.25) - timing_s/gen:3.1
      (TaskRunner pid=7) step:2 - actor/entropy:nan - critic/score/mean:-1e-05 - training/global_step:2
      """, as: "verl.log")
    #expect(log.format == .verlConsole)
    #expect(
      rows(log) == ["1 actor/entropy=0.5 critic/score/mean=0.25", "2 actor/entropy=nan critic/score/mean=-1e-05"])
  }

  @Test func verlsFileLogger() throws {
    let log = try read(
      #"{"step":1,"data":{"actor/entropy":0.5,"actor/grad_norm":NaN,"timing_s/gen":1}}"# + "\n"
        + #"{"step": 2, "data": {"actor/entropy": 0.25}}"# + "\n" + #"{"step": 3, "da"#, as: "verl.jsonl")
    #expect(log.format == .verlFile && log.unreadable == 0)
    #expect(rows(log) == ["1 actor/entropy=0.5 actor/grad_norm=nan", "2 actor/entropy=0.25"])
  }

  @Test func openRLHFsConsole() throws {
    let log = try read(
      """
      INFO 11-28 10:00:00 ppo_trainer.py:547] ✨ Global step 1: {'policy_loss': 0.01, 'reward': tensor(0.5), 'timing/generation': 3.0}
      ✨ Evaluation completed in 1s, global_step 1, eval_metrics: {'eval_default_pass1': 0.3}
      checkpoint_states: {'episode': 1, 'global_step': 1}
      ✨ Global step 2: {'policy_loss': 0.02, 'note': 'a, {b}', 'reward': 0.75}
      """, as: "openrlhf.log")
    #expect(log.format == .openRLHF)
    #expect(
      rows(log) == ["1 policy_loss=0.01 reward=0.5", "1 eval_default_pass1=0.3", "2 policy_loss=0.02 reward=0.75"])
  }

  @Test func aProgressBarsNumbers() throws {
    let bar = (0..<2).flatMap { epoch in
      (1...3).map {
        "Train step of epoch \(epoch):  33%|███   | \($0)/3 [00:01<00:02, 1.2s/it, loss=0.\(epoch + 1)\($0), lr=1e-5]"
      }
    }
    let log = try read(bar.joined(separator: "\r"), as: "bar.txt")
    #expect(log.format == .openRLHFBar)
    #expect(log.rows.map(\.step) == [1, 2, 3, 4, 5, 6])
    #expect(log.rows[4]["loss"] == 0.22)
  }

  @Test func transformersConsole() throws {
    let log = try read(
      """
      {'num_layers': 4, 'name': 'x'}
        5%|▌         | 10/200 [00:10<03:10,  1.00it/s]\r{'loss': '2.5', 'grad_norm': '1.2e+00', 'epoch': '0.1'}
       33%|███       | 1/3 [00:00<00:01]\r{'eval_loss': 2.25, 'eval_runtime': 3.1, 'epoch': 0.1}
       10%|█         | 20/200 [00:20<03:00,  1.00it/s]\r{'loss': 2.0, 'grad_norm': nan, 'epoch': 0.2}
      {'train_runtime': 12.0, 'train_loss': 2.25, 'epoch': 0.2}
      """, as: "trl.log")
    #expect(log.format == .trlConsole)
    #expect(
      rows(log).suffix(3) == [
        "10 loss=2.5 grad_norm=1.2 epoch=0.1", "10 eval_loss=2.25 epoch=0.1", "20 loss=2.0 grad_norm=nan epoch=0.2",
      ])
  }

  @Test func rowsWithoutStepsAreCounted() throws {
    let log = try read("{'loss': 3.0}\n{'loss': 2.0}\n{'eval_loss': 2.5}\n{'loss': 1.0}\n", as: "plain.log")
    #expect(log.rows.map(\.step) == [1, 2, 2, 3])
  }

  @Test func trainerState() throws {
    let state = """
      {"global_step": 2, "max_steps": 2, "log_history": [
        {"step": 1, "loss": 2.0, "epoch": 0.5}, {"step": 2, "loss": NaN}, {"step": 2, "eval_loss": 1.5, "eval_runtime": 1}]}
      """
    let log = try read(state, as: "trainer_state.json")
    #expect(log.format == .trainerState)
    #expect(rows(log) == ["1 loss=2.0", "2 loss=nan eval_loss=1.5"])
    #expect(log.total == 2)
    let whole = try RunLog.read(folder.path)
    #expect(rows(whole) == rows(log) && whole.total == 2)
  }

  @Test(arguments: [
    #"[{"_step": 1, "train/loss": 2, "_runtime": 5, "note": "x"}, {"_step": 2, "train/loss": "NaN", "eval/loss": null}]"#,
    #"{"_step": [1, 2], "train/loss": [2, NaN], "_runtime": [5, 6]}"#,
    #"{"_step": {"0": 1, "1": 2}, "train/loss": {"0": 2, "1": "NaN"}}"#,
    #"{"project": "p", "run": "r", "metric": "train/loss", "values": [{"step": 1, "value": 2, "timestamp": "2026"}, {"step": 2, "value": NaN}]}"#,
    #"{"history": [{"step": 1, "train": {"loss": 2}}, {"step": 2, "train": {"loss": NaN}}]}"#,
  ])
  func exportedJSON(text: String) throws {
    let log = try read(text, as: "export.json")
    #expect(log.format == .json)
    #expect(rows(log) == ["1 train/loss=2.0", "2 train/loss=nan"])
  }

  @Test func aChartOfWeightsAndBiases() throws {
    let table = """
      "Step","fast - train/loss","fast - train/loss__MIN","fast - train/loss__MAX","slow, too - train/loss","slow, too - _step"
      "0","2.0","1","3","4.0","0"
      "1","1.5","1","3","",""
      """
    #expect(
      problem { try read(table, as: "t.csv") }.hasSuffix("t.csv: holds 2 runs; say which with --run: fast, slow, too"))
    #expect(try rows(read(table, as: "t.csv", run: "fast")) == ["0 train/loss=2.0", "1 train/loss=1.5"])
    #expect(try rows(read(table, as: "t.csv", run: "slow, too")) == ["0 train/loss=4.0"])
    #expect(
      problem { try read(table, as: "t.csv", run: "x") }.hasSuffix("there is no run 'x'; there are fast, slow, too"))
  }

  @Test func aTableOfTrackio() throws {
    let log = try read("step,loss,run\r\n1,\"2.5\",a\r\n2,,a\r\n3,nan,a\r\n", as: "t.csv")
    #expect(log.format == .table)
    #expect(rows(log) == ["1 loss=2.5", "3 loss=nan"])
    #expect(problem { try read("loss,run\n1,a\n", as: "u.csv") }.contains("no column has the step"))
  }

  @Test func metricsUnderAnyNameOfTheStep() throws {
    for key in StepNames.known {
      #expect(try rows(read("{\"\(key)\": 5, \"loss\": 0.5}\n", as: "a.jsonl")) == ["5 loss=0.5"])
    }
  }

  @Test func tensorBoard() throws {
    var bytes = TFRecord.framed(TensorBoardEvent.fileVersion(time: 0))
    bytes += TFRecord.framed(
      TensorBoardEvent.scalars(time: 1, step: 1, [MetricValue("loss", 0.5), MetricValue("eval_loss", 2)]))
    bytes += TFRecord.framed(TensorBoardEvent.text(time: 1, step: 1, tag: "samples/1", "text"))
    bytes += TFRecord.framed(TensorBoardEvent.scalars(time: 2, step: 2, [MetricValue("loss", .nan)]))
    let first = folder.appending(path: "events.out.tfevents.0000000001.host.1.0")
    // The last record is incomplete.
    try Data(bytes + bytes.prefix(20)).write(to: first)
    #expect(try rows(RunLog.read(first.path)) == ["1 train/loss=0.5 eval/loss=2.0", "2 train/loss=nan"])
    var second =
      TFRecord.framed(TensorBoardEvent.fileVersion(time: 3)) + TFRecord.framed(TensorBoardEvent.start(time: 3, step: 2))
    second += TFRecord.framed(TensorBoardEvent.scalars(time: 4, step: 2, [MetricValue("loss", 0.25)]))
    try Data(second).write(to: folder.appending(path: "events.out.tfevents.0000000002.host.1.0"))
    let log = try RunLog.read(folder.path)
    #expect(log.format == .tensorBoard)
    #expect(rows(log) == ["1 train/loss=0.5 eval/loss=2.0", "2 train/loss=0.25"])
    // Where transformers writes them: a folder for each start of the run, the later one perhaps before in the alphabet.
    for (file, start) in [
      (first, "Nov30_23-00-00_host"),
      (folder.appending(path: "events.out.tfevents.0000000002.host.1.0"), "Dec01_01-00-00_host"),
    ] {
      let runs = folder.appending(path: "output/runs/\(start)")
      try FileManager.default.createDirectory(at: runs, withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: file, to: runs.appending(path: file.lastPathComponent))
    }
    for path in ["output", "output/", "output/runs", "output/runs/"] {
      #expect(try rows(RunLog.read("\(folder.path)/\(path)")) == rows(log))
    }
    try Data("no events".utf8).write(to: first)
    #expect(problem { try RunLog.read(first.path) }.contains("is not an event file of TensorBoard"))
  }

  @Test func whatIsNoLogSaysWhatWasLookedFor() throws {
    for (text, name) in [
      ("", "a.log"), ("\n \n", "a.jsonl"), ("hello\nworld: {x}\n", "b.log"), ("[]", "c.json"), ("{}", "d.json"),
    ] {
      let message = problem { try read(text, as: name) }
      #expect(message.contains("looked for metrics.jsonl"), "\(name): \(message)")
    }
    #expect(problem { try RunLog.read(folder.path + "/none") }.contains("there is no file or folder"))
    let empty = folder.appending(path: "empty")
    try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
    #expect(problem { try RunLog.read(empty.path) }.contains("there are no metrics in this folder"))
    #expect(try RunLog.read(empty.path, isGrowing: true).rows.isEmpty)
  }

  @Test func aFolderWithSeveralLogsAsksWhich() throws {
    _ = try read("{'loss': 1.0}\n", as: "a.log")
    _ = try read("{'loss': 2.0}\n", as: "b.log")
    _ = try? read("nothing", as: "c.log")
    #expect(
      problem { try RunLog.read(folder.path) }.hasSuffix(
        "which log? Name one of the files with metrics in it: a.log, b.log."))
  }

  /// Scenarios, batches and samples stay what they are.
  @Test(arguments: [
    ("a.json", #"{"format": "gradus.batch/1", "algorithm": "grpo", "sequences": []}"#, false),
    ("a.json", #"{"format": "gradus.batch/1", "step": 1, "loss": 2}"#, false), ("a.json", "{", false),
    ("a.yaml", "step: 1", false), ("a.jsonl", #"{"input": "a", "output": "b", "score": 1, "step": 1}"#, false),
    ("a.jsonl", #"{"prompt": "a", "chosen": "b", "rejected": "c", "chosen_reward": 1, "rejected_reward": 0}"#, false),
    ("a.json", #"{"log_history": []}"#, true), ("a.json", #"[{"step": 1, "loss": 2}]"#, true),
    ("a.jsonl", #"{"step": 1, "loss": 2}"#, true), ("a.jsonl", "", true), ("a.csv", "step,loss", true),
    ("a.log", "", true),
    ("events.out.tfevents.1.host", "", true),
  ])
  func aRunIsToldFromABatch(name: String, text: String, isLog: Bool) throws {
    let path = folder.appending(path: name)
    try Data(text.utf8).write(to: path)
    #expect(RunLog.isLog(file: path.path) == isLog)
  }

  /// Bytes of any kind are an error with a message, or rows.
  @Test(arguments: 1...40 as ClosedRange<UInt64>, ["x.log", "x.jsonl", "x.csv", "x.json", "x.tfevents"])
  func damagedFilesDoNotCrash(seed: UInt64, name: String) throws {
    let samples = [
      "step:1 - a:0.5 - loss:1\n", "{'loss': 0.5, 'x': [1, {'y': 'z'}]}\n", "{\"step\":1,\"data\":{\"loss\":NaN}}\n",
      " 5%|▌  | 1/3 [00:01<00:02, loss=0.5]\r", "step,\"a \"\"b\"\"\",loss\n1,2,3\n",
      "✨ Global step 1: {'loss': tensor(1, device='x')}\n",
    ]
    var state = seed
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    var bytes = (0..<6).flatMap { _ in Array(samples[random(samples.count)].utf8) }
    if name.hasSuffix("tfevents") {
      bytes = TFRecord.framed(TensorBoardEvent.scalars(time: 0, step: 1, [MetricValue("a", 1)]))
    }
    for _ in 0..<random(8) { bytes[random(bytes.count)] = UInt8(random(256)) }
    bytes = Array(bytes.prefix(random(bytes.count) + 1))
    let path = folder.appending(path: name)
    try Data(bytes).write(to: path)
    _ = problem { try RunLog.read(path.path) }
    _ = RunLog.isLog(file: path.path)
  }
}
