import Documents

/// `metrics.jsonl`: one object per optimizer step, `step` first; every line is handed to the system before the next step.
public final class MetricsLog {
  /// What was measured at one step; a number that was not finite is NaN.
  public struct Line: Equatable, Sendable {
    public let step: Int
    public let values: [MetricValue]

    public init(step: Int, _ values: [MetricValue]) {
      self.step = step
      self.values = values
    }

    public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }
  }

  private let log: StepLog
  /// Where the same is written for TensorBoard, if it is.
  var tensorBoard: TensorBoardLog?

  /// Opens a log to append to.
  ///
  /// - Parameters:
  ///   - path: The file, which need not be there yet.
  ///   - step: The step from which the run goes on: lines of later steps, and an incomplete line, are cut off.
  public init(path: String, after step: Int) throws(TrainingError) { log = try StepLog(path: path, after: step) }

  public func append(step: Int, _ values: [MetricValue]) throws(TrainingError) {
    try log.append(step: step) { json in
      for metric in values {
        json.key(metric.name)
        json.number(metric.value)
      }
    }
    try tensorBoard?.append(step: step, values)
  }

  /// Flushes the log to the disk before a checkpoint refers to it.
  public func synchronize() throws(TrainingError) {
    try log.synchronize()
    try tensorBoard?.synchronize()
  }

  /// The whole log; an incomplete last line, left by a stopped writer, does not count.
  public static func read(_ path: String) throws(TrainingError) -> [Line] {
    var lines: [Line] = []
    for (step, fields) in try StepLog.read(path).lines {
      do throws(DocumentError) {
        lines.append(try Line(step: step, fields))
      } catch {
        throw StepLog.located(error, path, line: lines.count + 1)
      }
    }
    return lines
  }
}

extension MetricsLog.Line {
  fileprivate init(step: Int, _ fields: Fields) throws(DocumentError) {
    var values: [MetricValue] = []
    for member in fields.members where member.key != "step" {
      values.append(MetricValue(member.key, member.value.isNull ? .nan : try member.value.number(member.key)))
    }
    self.init(step: step, values)
  }
}
