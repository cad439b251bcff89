import Documents

extension RunComparison {
  /// The comparison for a terminal.
  ///
  /// - Parameters:
  ///   - metrics: Which ones to show; without, the four that matter most.
  ///   - columns: The terminal's width.
  ///   - now: The time, in seconds since 1970.
  public func text(metrics: [String] = [], columns: Int, now: Double) -> String {
    let shown = (metrics.isEmpty ? Array(tellingNames.prefix(4)) : metrics).map(metric)
    var blocks = [legend(columns, now), options(columns)] + shown.map { curves(of: $0, columns) }
    blocks += notes(on: shown).map { [$0] }
    return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
  }

  /// Which letter is which run.
  private func legend(_ columns: Int, _ now: Double) -> [String] {
    var table = PlainTable([.left, .left, .left, .left, .left])
    let ages = runs.map { RunsTable.age($0.written, now: now) }
    table.rows = runs.indices.map { [looks[$0].letter, "", runs[$0].trainer, RunsTable.state(runs[$0]), ages[$0]] }
    let room = max(8, columns - table.width)
    for i in runs.indices { table.rows[i][1] = runs[i].name.visible.end(columns: room) }
    return table.lines
  }

  /// A row per option; by value, where the columns do not suffice for all runs side by side.
  private func options(_ columns: Int) -> [String] {
    let differences = differences
    if runs.count < 2 { return [] }
    if differences.isEmpty { return ["No option differs."] }
    var table = PlainTable(Array(repeating: .left, count: runs.count + 1))
    table.rows = [["option"] + looks.map(\.letter)]
    for difference in differences { table.rows.append([difference.name] + difference.values.map(Self.shown)) }
    if table.width <= columns { return table.lines }
    return differences.flatMap { difference in
      let values = Set(difference.values.map(Self.shown))
      let lines = difference.values.map(Self.shown).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        .map { value in
          let letters = runs.indices.filter { Self.shown(difference.values[$0]) == value }.map { looks[$0].letter }
          let start = "  " + letters.joined(separator: " ") + "  "
          return start + value.end(columns: max(8, columns - NumberText.width(start)))
        }
      return values.isEmpty ? [] : [difference.name] + lines
    }
  }

  private static func shown(_ value: String?) -> String { value.map { $0.isEmpty ? "none" : $0.visible } ?? "–" }

  /// A metric's numbers and curves, on axes that all runs share.
  private func curves(of metric: Metric, _ columns: Int) -> [String] {
    let rows = metric.rows.compactMap(\.self)
    let points = rows.flatMap { $0.series.finite }
    guard let low = points.map(\.value).min(), let high = points.map(\.value).max(),
      let start = points.map(\.step).min(), let end = points.map(\.step).max()
    else { return [metric.name.visible, "no finite values"] }
    let hasBest = rows.contains { $0.best != nil }
    var numbers = PlainTable([.right, .right, .right, .left, .right])
    numbers.rows = [["first", "last", hasBest ? "best" : "", "", metric.commonStep.map { "at \($0)" } ?? ""]]
    for row in metric.rows {
      guard let row else {
        numbers.rows.append(["–", "", "", "", ""])
        continue
      }
      let short = MetricSummary.short
      numbers.rows.append([
        short(row.first), short(row.last), row.best.map { short($0.value) } ?? "",
        row.best.map { "at \($0.step)" } ?? "", row.common.map(short) ?? "",
      ])
    }
    let width = min(40, max(10, columns - 5 - numbers.width))
    let names = [metric.name.visible.end(columns: width + 3)]
    let plots = metric.rows.enumerated().map { i, row in
      "\(looks[i].letter)  "
        + (row.map { Sparkline.text($0.series, steps: start...end, values: low...high, columns: width) } ?? "")
    }
    return zip(names + plots, numbers.lines).map { left, right in
      let line = NumberText.alignedLeft(left, to: width + 3) + "  " + right
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
