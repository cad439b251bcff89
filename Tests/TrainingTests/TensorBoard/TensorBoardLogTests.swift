import Foundation
import Testing

@testable import Training

@Suite struct TensorBoardLogTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/run" }

  init() throws { folder = try TemporaryFolder() }

  private var files: [String] { RunFile.entries(path).filter { $0.hasPrefix("events.out.tfevents.") } }

  /// The steps of all records, file by file.
  private func steps() throws -> [[Int]] {
    try files.map { name in
      let bytes = try RunFile.read("\(path)/\(name)")
      var (steps, start): ([Int], Int) = ([], 0)
      while let record = TFRecord.payload(in: bytes, at: start) {
        steps.append(try #require(TensorBoardEvent.step(of: record.payload)))
        start = record.end
      }
      #expect(start == bytes.count)
      return steps
    }
  }

  /// Writes some steps as a program does that begins after `step`.
  private func write(_ steps: ClosedRange<Int>, after step: Int) throws {
    let run =
      try RunFile.exists(path)
      ? RunDirectory.open(path) : RunDirectory.create(RunConfiguration(.sft), at: path)
    let log = try run.metrics(after: step)
    for step in steps { try log.append(step: step, [MetricValue("loss", 1), MetricValue("grad_norm", .nan)]) }
    try log.synchronize()
  }

  /// A file begins with its version, the start, the options (the first file) and the configuration.
  @Test func whoGoesOnCutsOffAndBeginsAnotherFile() throws {
    try write(1...5, after: -1)
    #expect(try steps() == [[0, 0, 0, 0, 1, 2, 3, 4, 5]])
    try write(4...6, after: 3)
    #expect(try steps() == [[0, 0, 0, 0, 1, 2, 3], [0, 4, 3, 4, 5, 6]])
    // A file of which nothing but its beginning would be left goes.
    try write(4...4, after: 3)
    #expect(try steps() == [[0, 0, 0, 0, 1, 2, 3], [0, 4, 3, 4]])
    try write(1...1, after: -1)
    #expect(try steps() == [[0, 0, 0, 0, 1]])
  }

  @Test func aRecordWithoutAnEndIsCutOff() throws {
    try write(1...3, after: -1)
    let file = "\(path)/\(files[0])"
    let bytes = try RunFile.read(file)
    #expect(truncate(file, off_t(bytes.count - 5)) == 0)
    try write(4...4, after: 3)
    #expect(try steps() == [[0, 0, 0, 0, 1, 2], [0, 4, 3, 4]])
  }

  @Test func whatIsSwitchedOffIsNotWritten() throws {
    var configuration = RunConfiguration(.sft)
    try configuration.apply(["report_to=none"])
    let run = try RunDirectory.create(configuration, at: path)
    try run.metrics(after: -1).append(step: 1, [MetricValue("loss", 1)])
    #expect(files == [])
    // It may be switched on later: no weight depends on it.
    #expect(try RunDirectory.open(path, assignments: ["report_to=tensorboard"]).metrics(after: 1).tensorBoard != nil)
    #expect(files.count == 1)
  }

  @Test func textsHaveThePlaceOfTheirPrompt() throws {
    let run = try RunDirectory.create(RunConfiguration(.sft), at: path)
    let metrics = try run.metrics(after: -1)
    let samples = try run.samples(after: -1, beside: metrics)
    for (step, prompt) in [(0, "a"), (0, "b"), (5, "a"), (5, "<b>")] {
      try samples.append(Sample(step: step, prompt: prompt, completion: "c|d", reward: 1))
    }
    let text = String(decoding: try RunFile.read("\(path)/\(files[0])"), as: UTF8.self)
    #expect(text.matches(of: /samples\/([0-9])\/text_summary/).map(\.output.1) == ["1", "2", "1", "2"])
    #expect(text.contains("| &lt;b&gt; | c\\|d | 1 |"))
  }
}
