public import Objectives

/// What a run logged, as the doctor for runs reads it.
public struct RunRecord: Sendable {
  /// The numbers of one row of the log.
  public struct Row: Sendable {
    public let step: Int
    public let values: [(name: String, value: Double)]

    public init(step: Int, _ values: [(name: String, value: Double)]) { (self.step, self.values) = (step, values) }
  }

  /// What it is called in the heading.
  public var name: String
  /// What it was read from: `verl's console log`.
  public var source: String
  /// How many steps the run will take, where that is known.
  public var total: Int?
  /// The rows in the order in which they were logged.
  public var rows: [Row]
  /// The recorded steps that the debugger opens, with their files.
  public var batches: [(step: Int, file: String)] = []
  /// The command that runs it again, to be completed with the step to record; nil where only another trainer can.
  public var rerun: String?
  /// Whether steps are not known, and rows counted in their place: then the first row need not be the first step.
  public var countsRows = false
  /// What it learns by, where that is known.
  public var algorithm: Algorithm?

  public init(name: String, source: String, total: Int? = nil, rows: [Row]) {
    (self.name, self.source, self.total, self.rows) = (name, source, total, Self.ordered(rows))
  }

  /// The rows by their steps, where they are in another order for another reason than a run that repeats some: a table that
  /// was exported newest first, or was sorted by another column.
  private static func ordered(_ rows: [Row]) -> [Row] {
    let pairs = zip(rows, rows.dropFirst())
    if pairs.allSatisfy({ $0.step <= $1.step }) { return rows }
    if pairs.allSatisfy({ $0.step >= $1.step }) { return rows.reversed() }
    return Set(rows.map { $0.step }).count == rows.count ? rows.sorted { $0.step < $1.step } : rows
  }

  /// The same up to its first so many rows.
  func prefix(_ count: Int) -> RunRecord {
    var record = self
    record.rows = Array(rows.prefix(count))
    return record
  }
}
