import Foundation
import Objectives

/// Reads a run's folder without touching it.
enum RunReader {
  /// Whether a folder holds a run, even a damaged one.
  static func isRun(_ folder: String) -> Bool {
    RunFile.exists("\(folder)/metrics.jsonl") || isConfiguration("\(folder)/config.yaml")
      || TrainerState.newest(in: folder) != nil
  }

  static func read(_ folder: String) throws(TrainingError) -> RecordedRun {
    if !isConfiguration("\(folder)/config.yaml"), let state = TrainerState.newest(in: folder) {
      return try TrainerState.run(folder, from: state)
    }
    let file = "\(folder)/config.yaml"
    let configuration = try RunConfiguration.read(RunFile.read(file), name: file)
    let log = "\(folder)/metrics.jsonl"
    let lines = RunFile.exists(log) ? try MetricsLog.read(log) : []
    let total = total(folder, configuration)
    return RecordedRun(
      path: folder, name: folder, trainer: configuration.trainer.name,
      state: state(folder, step: lines.last?.step ?? 0, total), total: total,
      written: timeWritten(RunFile.exists(log) ? log : file), settings: settings(configuration),
      metrics: MetricSummary(lines))
  }

  /// Other programs also write a `config.yaml`; Gradus's names its trainer.
  private static func isConfiguration(_ file: String) -> Bool {
    guard let bytes = try? RunFile.read(file) else { return false }
    return bytes.split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: "trainer:".utf8) }
  }

  private static func total(_ folder: String, _ configuration: RunConfiguration) -> Int? {
    if let bytes = try? RunFile.read("\(folder)/\(RunDirectory.totalSteps)") {
      let text = String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber }
      if let total = Int(text) { return total }
    }
    let steps = configuration.settings.integer(.maxSteps)
    return steps >= 0 ? steps : nil
  }

  private static func state(_ folder: String, step: Int, _ total: Int?) -> RecordedRun.State {
    if RunLock.isHeld(folder) { return .running }
    // A folder of an earlier version does not record its length.
    let isFinished = total.map { step >= $0 } ?? RunFile.exists("\(folder)/model")
    return isFinished && RunFile.exists("\(folder)/model") ? .finished : .stopped
  }

  private static func settings(_ configuration: RunConfiguration) -> [RecordedRun.Setting] {
    let paths = RunPath.all(for: configuration.trainer).filter { $0 != .output }.map { path in
      RecordedRun.Setting(name: path.rawValue, value: configuration.text(of: path) ?? "none")
    }
    return paths
      + AnyTrainingOption.all(for: configuration.trainer).map { option in
        RecordedRun.Setting(name: option.name, value: configuration.settings[option].text)
      }
  }

  /// Seconds since 1970; 0 where the file is not there.
  static func timeWritten(_ file: String) -> Double {
    var status = stat()
    guard stat(file, &status) == 0 else { return 0 }
    #if os(Linux)
      return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
    #else
      return Double(status.st_mtimespec.tv_sec) + Double(status.st_mtimespec.tv_nsec) / 1e9
    #endif
  }
}
