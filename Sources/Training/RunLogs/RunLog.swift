import Documents

/// What any trainer logged of a run: rows of numbers with their steps, in the order of the log.
///
///     try RunLog.read("trainer_state.json")
///     try RunLog.read("runs/grpo")
public struct RunLog: Sendable {
  /// Which format it was read from.
  public let format: RunLogFormat
  public let path: String
  /// The rows in the order in which they were written; a step may appear twice, or be missing.
  public internal(set) var rows: [MetricsLog.Line]
  /// Lines that look like metrics and could not be read.
  public internal(set) var unreadable = 0
  /// Whether the log names no steps, so that its rows are counted.
  public internal(set) var countsRows = false
  /// What the folder of a run of `gradus train` says beyond its numbers.
  public internal(set) var run: RecordedRun?
  /// How many steps the run will take, if the log says so.
  public internal(set) var total: Int?

  init(_ format: RunLogFormat, path: String, rows: [MetricsLog.Line], unreadable: Int = 0) {
    (self.format, self.path, self.rows, self.unreadable) = (format, path, rows, unreadable)
  }
}

extension RunLog {
  /// The steps that were recorded for the debugger, with their files, in order.
  public var batches: [(step: Int, file: String)] {
    guard run != nil else { return [] }
    let folder = "\(path)/batches"
    return RunFile.entries(folder).compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".batch.json") else { return nil }
      // Of a step in several passes there are as many files, and the first one stands for it.
      guard let step = Int(name.dropFirst("step-".count).prefix { $0.isNumber }) else { return nil }
      return (step, "\(folder)/\(name)")
    }
  }
}

/// The formats that a run's log may have.
public enum RunLogFormat: String, CaseIterable, Sendable {
  case gradus, trainerState, verlConsole, verlFile, openRLHF, openRLHFBar, trlConsole, jsonLines, tensorBoard, table,
    json

  /// What it is called in a heading.
  public var title: String {
    switch self {
    case .gradus: "a run of gradus train"
    case .trainerState: "trainer_state.json of transformers and TRL"
    case .verlConsole: "verl's console log"
    case .verlFile: "verl's file logger"
    case .openRLHF: "OpenRLHF's console log"
    case .openRLHFBar: "a progress bar's numbers"
    case .trlConsole: "the console log of transformers and TRL"
    case .jsonLines: "JSON lines of metrics"
    case .tensorBoard: "TensorBoard's event files"
    case .table: "a table of metrics (CSV)"
    case .json: "exported JSON of metrics"
    }
  }

  /// What was looked for where nothing was found.
  static let looked =
    "looked for metrics.jsonl of gradus train; trainer_state.json; JSON lines with a step; `step:1 - name:value` of verl; "
    + "`{'loss': 0.1, …}` and `Global step 1: {…}` on a console; CSV or JSON with a column step, _step or Step; "
    + "events.out.tfevents files"
}
