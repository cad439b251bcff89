/// A run as recorded in its folder: one of `gradus train`, or one of TRL.
public struct RecordedRun: Sendable {
  public enum State: String, Sendable {
    /// Another program has the run's lock.
    case running
    /// It was stopped, or its program died, before its last step.
    case stopped
    case finished
  }

  /// An option with its value as text.
  public struct Setting: Equatable, Sendable {
    public let name: String
    public let value: String
  }

  public let path: String
  /// The run's name among others: its path, relative to where the reader is or looks.
  public var name: String
  /// `grpo`, say; `TRL` for a run of TRL, whose folder does not name its trainer.
  public let trainer: String
  public let state: State
  /// How many steps the run will take, if known.
  public let total: Int?
  /// When the last number was written, in seconds since 1970.
  public let written: Double
  /// Every option found in the folder.
  public let settings: [Setting]
  let metrics: MetricSummary

  public var lines: [MetricsLog.Line] { metrics.lines }

  /// The last step of which there is a number.
  public var step: Int { lines.last?.step ?? 0 }

  func value(of setting: String) -> String? { settings.first { $0.name == setting }?.value }
}
