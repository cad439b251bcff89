import Foundation
import Testing

@testable import Training

@Suite struct RunDirectoryTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/runs/one" }

  init() throws { folder = try TemporaryFolder() }

  @Test func aNewRunSaysWhatItIs() throws {
    var configuration = RunConfiguration(.dpo)
    configuration[.dataset] = "pairs.jsonl"
    let run = try RunDirectory.create(configuration, at: path)
    let opened = try RunDirectory.open(path, trainer: .dpo)
    #expect(opened.configuration == run.configuration)
    #expect(opened.configuration[.dataset] == FileManager.default.currentDirectoryPath + "/pairs.jsonl")
    #expect(opened.configuration[.output] == path)
    #expect(try opened.checkpoints.latest() == nil)
  }

  @Test func anExistingRunIsNotOverwritten() throws {
    _ = try RunDirectory.create(RunConfiguration(.sft), at: path)
    let error = #expect(throws: TrainingError.self) { try RunDirectory.create(RunConfiguration(.sft), at: path) }
    let message = "\(path): there is a run already; --resume goes on with it, another --output begins a new one"
    #expect(error == TrainingError(.usage, message))
  }

  /// A process that is killed while it writes the first file leaves half of it.
  @Test func whatAnEndedWriterLeftIsRemoved() throws {
    let half = "config.yaml.\(pid_t.max).tmp"
    try folder.write("trainer: sf", half)
    _ = try RunDirectory.create(RunConfiguration(.sft), at: folder.path)
    try folder.write("", half)
    _ = try RunDirectory.open(folder.path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["config.yaml"])
  }

  @Test func somebodysWorkIsNotMixedWithARun() throws {
    try folder.write("", "thesis.tex")
    let error = #expect(throws: TrainingError.self) { try RunDirectory.create(RunConfiguration(.sft), at: folder.path) }
    let message = "\(folder.path): the folder holds 'thesis.tex' and no run; choose another --output, or empty it"
    #expect(error == TrainingError(.usage, message))
    let second = #expect(throws: TrainingError.self) { try RunDirectory.open(folder.path) }
    #expect(second?.kind == .missingInput)
    let third = #expect(throws: TrainingError.self) {
      try RunDirectory.create(RunConfiguration(.sft), at: folder.path + "/thesis.tex/run")
    }
    #expect(third?.kind == .writeFailed)
  }

  @Test func aRunThatGoesOnKeepsWhatDecidesItsWeights() throws {
    _ = try RunDirectory.create(RunConfiguration(.sft), at: path)
    #expect(try RunDirectory.open(path, assignments: ["workers=3"]).configuration.settings.integer(.workers) == 3)
    #expect(try RunDirectory.open(path).configuration.settings.integer(.workers) == 3)
    let error = #expect(throws: TrainingError.self) { try RunDirectory.open(path, assignments: ["max_steps=9"]) }
    #expect(
      error?.message == "--set max_steps: a run that goes on keeps its max_steps; "
        + "begin another one with --config \(path)/config.yaml")
    let other = #expect(throws: TrainingError.self) { try RunDirectory.open(path, trainer: .dpo) }
    #expect(other?.message.hasSuffix("this is a configuration for train sft, not for train dpo") == true)
  }

  @Test func aSteadyLearningRateLetsARunGoOnForLonger() throws {
    _ = try RunDirectory.create(RunConfiguration(.grpo), at: path)
    let run = try RunDirectory.open(path, assignments: ["max_steps=9"])
    #expect(run.configuration.settings.integer(.maxSteps) == 9)
  }

  @Test func theReportIsMadeOfTheLogs() throws {
    let run = try RunDirectory.create(RunConfiguration(.sft), at: path)
    try run.writeReport()
    let metrics = try run.metrics(after: 0)
    try metrics.append(step: 1, [MetricValue("loss", 2)])
    try run.samples(after: 0).append(Sample(step: 1, prompt: "a", completion: "b"))
    try run.writeBatch("{}", step: 1)
    try run.writeReport()
    #expect(
      RunFile.entries(path).filter { !$0.hasPrefix("events.out.tfevents.") } == [
        "batches", "config.yaml", "curves", "metrics.jsonl", "report.html", "report.md", "samples.jsonl", "samples.md",
      ])
    #expect(RunFile.entries(path + "/curves") == ["loss.svg"])
    #expect(RunFile.entries(path + "/batches") == ["step-000001.batch.json"])
  }

  @Test func twoProgramsDoNotWriteToOneRun() throws {
    let run = try RunDirectory.create(RunConfiguration(.sft), at: path)
    try withExtendedLifetime(RunLock(run)) {
      let other = "process \(getpid()) on \(HostName.own)"
      let refusal = TrainingError(.usage, "\(path): \(other) is training this run; wait for its end or stop it")
      #expect(throws: refusal) { try RunLock(run) }
      #expect(throws: refusal) { try RunDirectory.create(RunConfiguration(.sft), at: path) }
    }
    _ = try RunLock(run)
  }

  /// Writes the example to look at: `GRADUS_REPORT=/tmp/report swift test --filter RunDirectoryTests`.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["GRADUS_REPORT"] != nil)) func theExampleCanBeLookedAt() throws
  {
    let target = try #require(ProcessInfo.processInfo.environment["GRADUS_REPORT"])
    let report = try exampleReport()
    try RunFile.makeFolder(target + "/curves")
    try RunFile.write(report.html, to: target + "/report.html")
    try RunFile.write(report.markdown, to: target + "/report.md")
    for (name, svg) in report.curveFiles { try RunFile.write(svg, to: "\(target)/curves/\(name)") }
  }
}
