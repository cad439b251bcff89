import Foundation

/// A run's folder and the places of its files.
///
///     config.yaml  metrics.jsonl  samples.jsonl  samples.md  report.html  report.md  curves/  batches/  model/
///     checkpoint-000100/
public struct RunDirectory: Sendable {
  public let path: String
  public let configuration: RunConfiguration

  /// Begins a run in a folder that is new or empty.
  public static func create(_ configuration: RunConfiguration, at path: String) throws(TrainingError) -> RunDirectory {
    try RunFile.makeFolder(path)
    removeLeftovers(path)
    if RunFile.exists("\(path)/config.yaml") {
      if RunLock.isHeld(path) { throw RunLock.taken(path) }
      throw TrainingError(
        .usage, "\(path): there is a run already; --resume goes on with it, another --output begins a new one")
    }
    // A folder that holds only a file manager's own files counts as empty.
    let others = RunFile.entries(path).filter { !$0.hasPrefix(".") && !isStage($0, of: path) }
    if let other = others.first {
      throw TrainingError(
        .usage, "\(path): the folder holds '\(other)' and no run; choose another --output, or empty it")
    }
    let run = RunDirectory(path: path, configuration: configuration.withAbsolutePaths(output: path))
    try RunFile.write(run.configuration.yaml, to: "\(path)/config.yaml")
    try RunFile.synchronize(path)
    return run
  }

  /// Opens a run to resume it, from `checkpoints.latest()` or, if there is none, from the beginning.
  ///
  /// - Parameters:
  ///   - path: The run's folder.
  ///   - trainer: The trainer that the user named, which must be the run's.
  ///   - assignments: `--set NAME=VALUE`, for options that do not change the resulting weights.
  public static func open(_ path: String, trainer: Trainer? = nil, assignments: [String] = []) throws(TrainingError)
    -> RunDirectory
  {
    let file = "\(path)/config.yaml"
    guard RunFile.exists(file) else {
      throw TrainingError(
        .missingInput,
        "\(path): there is no run to resume, since config.yaml is missing; without --resume one begins here")
    }
    removeLeftovers(path)
    let before = try RunConfiguration.read(RunFile.read(file), name: file, trainer: trainer)
    var after = before
    try after.apply(assignments)
    for given in RunPath.allCases where given != .output {
      after[all: given] = after[all: given].map(RunConfiguration.absolute)
    }
    if let name = before.firstFixedDifference(from: after) {
      throw TrainingError(
        .usage, "--set \(name): a run that goes on keeps its \(name); begin another one with --config \(file)")
    }
    if after != before { try RunFile.write(after.yaml, to: file) }
    return RunDirectory(path: path, configuration: after)
  }

  /// Removes what a process that was ended in the middle of writing left behind.
  private static func removeLeftovers(_ path: String) {
    for folder in [path, "\(path)/curves", "\(path)/batches"] { RunFile.removeLeftovers(in: folder) }
  }

  /// Refuses a stage that was begun with other options; a missing one is accepted.
  static func checkStage(_ path: String, is wanted: RunConfiguration) throws(TrainingError) {
    let file = "\(path)/config.yaml"
    guard RunFile.exists(file) else { return }
    let there = try RunConfiguration.read(RunFile.read(file), name: file)
    var same = wanted
    // The output's place is decided by the folder that it is in.
    for given in RunPath.allCases { same[all: given] = there[all: given] }
    if let name = there.firstFixedDifference(from: same) {
      throw TrainingError(
        .usage, "\(path): was made with another \(name); choose another --output, or remove that folder")
    }
  }

  /// Whether it is a run that makes the starting model of a run in this folder.
  private static func isStage(_ name: String, of path: String) -> Bool {
    (name == StartingModels.teacher || Trainer.all.contains { $0.makesModel && $0.name == name })
      && RunFile.exists("\(path)/\(name)/config.yaml")
  }

  /// Removes a run that has taken no step, so that the corrected command can be given again.
  ///
  /// The models that it would have started from stay.
  func withdraw() {
    let own =
      [
        "config.yaml", ".lock", Self.totalSteps, ReferenceSeal.name, "metrics.jsonl", "samples.jsonl", "samples.md",
      ] + DatasetSeal.names
    let entries = RunFile.entries(path)
    let mine = entries.filter { own.contains($0) || $0.hasPrefix(TensorBoardLog.filePrefix) }
    guard entries.allSatisfy({ mine.contains($0) || Self.isStage($0, of: path) }) else { return }
    for name in mine { RunFile.remove("\(path)/\(name)") }
    rmdir(path)
  }

  public var checkpoints: CheckpointStore {
    CheckpointStore(folder: path, limit: configuration.settings.integer(.saveTotalLimit))
  }

  /// The log of metrics, without what was written after a step.
  ///
  /// - Parameters:
  ///   - step: The step from which the run goes on.
  ///   - total: How many steps the run takes, recorded for `gradus runs`.
  public func metrics(after step: Int, of total: Int? = nil) throws(TrainingError) -> MetricsLog {
    if let total { try writeTotal(total) }
    let log = try MetricsLog(path: "\(path)/metrics.jsonl", after: step)
    if configuration.settings.choice(.reportTo) == "tensorboard" {
      log.tensorBoard = try TensorBoardLog(self, after: step)
    }
    return log
  }

  func writeTotal(_ steps: Int) throws(TrainingError) {
    try RunFile.write("\(steps)\n", to: "\(path)/\(Self.totalSteps)")
  }

  /// The file with the number of the run's steps: with epochs, it depends on the data.
  static let totalSteps = ".total_steps"

  /// The log of texts, without what was written after a step.
  ///
  /// - Parameters:
  ///   - step: The step from which the run goes on.
  ///   - metrics: The log of metrics, which knows whether TensorBoard is to be told.
  public func samples(after step: Int, beside metrics: MetricsLog? = nil) throws(TrainingError) -> SampleLog {
    let log = try SampleLog(path: "\(path)/samples.jsonl", after: step)
    log.tensorBoard = metrics?.tensorBoard
    return log
  }

  /// Where the trained model belongs.
  public var model: String { "\(path)/model" }

  /// Writes a step's batch for `gradus step`, as JSON.
  public func writeBatch(_ json: String, step: Int, part: Int? = nil) throws(TrainingError) {
    try RunFile.makeFolder("\(path)/batches")
    let digits = CheckpointStore.name(step).dropFirst("checkpoint-".count)
    let name = part.map { "step-\(digits)-\($0)" } ?? "step-\(digits)"
    try RunFile.write(json, to: "\(path)/batches/\(name).batch.json")
  }

  /// Writes the report from what the logs hold.
  @discardableResult
  public func writeReport() throws(TrainingError) -> Report {
    func exists(_ name: String) -> Bool { RunFile.exists("\(path)/\(name)") }
    let samples = exists("samples.jsonl") ? try SampleLog.read("\(path)/samples.jsonl") : []
    let report = Report(
      configuration: configuration,
      lines: exists("metrics.jsonl") ? try MetricsLog.read("\(path)/metrics.jsonl") : [], samples: samples)
    try RunFile.makeFolder("\(path)/curves")
    for (name, svg) in report.curveFiles { try RunFile.write(svg, to: "\(path)/curves/\(name)") }
    if !samples.isEmpty { try RunFile.write(SampleLog.markdown(samples), to: "\(path)/samples.md") }
    try RunFile.write(report.markdown, to: "\(path)/report.md")
    try RunFile.write(report.html, to: "\(path)/report.html")
    return report
  }
}

extension RunConfiguration {
  /// The same with absolute paths, so that the run can be repeated from anywhere.
  fileprivate func withAbsolutePaths(output: String) -> RunConfiguration {
    var result = self
    result[.output] = output
    for path in RunPath.allCases {
      result[all: path] = result[all: path].map(Self.absolute)
    }
    return result
  }

  fileprivate static func absolute(_ path: String) -> String {
    path.hasPrefix(BuiltInTask.prefix) ? path : RunFile.absolute(path)
  }

  /// The first differing option that must not change when a run is resumed, if any.
  fileprivate func firstFixedDifference(from other: RunConfiguration) -> String? {
    if let path = RunPath.allCases.first(where: { self[all: $0] != other[all: $0] }) { return path.rawValue }
    var free = TrainingOption.free
    // A longer run begins like the shorter one, unless the schedule depends on the end.
    if settings.choice(.lrSchedulerType).hasPrefix("constant") { free.formUnion([.maxSteps, .numTrainEpochs]) }
    let fixed = AnyTrainingOption.all(for: trainer).filter { option in
      if case .run(let own) = option { !free.contains(own) } else { true }
    }
    return fixed.first { settings[$0] != other.settings[$0] }?.name
  }
}

extension TrainingOption {
  /// The options that cannot change the resulting weights.
  fileprivate static let free: Set<TrainingOption> = [
    .workers, .loggingSteps, .saveSteps, .saveTotalLimit, .record, .reportTo, .precomputeReference,
  ]
}

extension AnyTrainingOption {
  /// Whether the resulting weights depend on it.
  var decidesWeights: Bool { if case .run(let option) = self { !TrainingOption.free.contains(option) } else { true } }
}
