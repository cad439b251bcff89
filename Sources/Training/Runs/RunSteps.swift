import Documents

/// What one run logged, step by step.
public struct RunSteps {
  /// More rows than these are thinned out, evenly.
  private static let most = 20

  private let run: RecordedRun
  private let metrics: [String]

  /// - Parameters:
  ///   - run: The run.
  ///   - metrics: The metrics that have a column.
  public init(_ run: RecordedRun, metrics: [String]) {
    self.run = run
    self.metrics = metrics
  }

  /// A row for each step at which any of the metrics was logged, the first and the last among them.
  public var text: String {
    let logged = run.lines.filter { line in metrics.contains { line[$0] != nil } }
    let shown =
      logged.count <= Self.most ? logged : (0..<Self.most).map { logged[$0 * (logged.count - 1) / (Self.most - 1)] }
    var table = PlainTable([.right] + metrics.map { _ in .right })
    table.rows = [["step"] + metrics.map(\.visible)]
    table.rows += shown.map { line in
      ["\(line.step)"] + metrics.map { line[$0].map { NumberText.short($0) } ?? "–" }
    }
    let rest = shown.count < logged.count ? ["\(shown.count) of \(logged.count) steps; --json has all"] : []
    return (table.lines + rest).map { $0 + "\n" }.joined()
  }
}
