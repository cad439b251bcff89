import Documents

/// A table of metrics with a row per step, as W&B and Trackio export it.
///
///     step,loss,reward                        one run
///     Step,fast - loss,fast - loss__MIN,…     a chart of W&B, a column per run and metric
///     run,step,loss                           a row per run and step
struct MetricTable {
  private var header: [String]
  private let rows: [[String]]

  init(_ bytes: [UInt8], separator: Character) {
    var text = String(decoding: bytes, as: UTF8.self)
    if text.hasPrefix("\u{feff}") { text.removeFirst() }
    let cells = Self.cells(text, separator)
    header = cells.first.map { $0.map(\.trimmed) } ?? []
    rows = Array(cells.dropFirst())
  }

  func log(_ path: String, _ name: String?) throws(TrainingError) -> RunLog {
    let steps = header.map { Self.isStep($0) }
    let runColumn = header.firstIndex { ["run", "run_name", "run name", "name"].contains($0.lowercased()) }
    let names = runNames(runColumn)
    let run = try Self.chosen(name, among: names, path)
    guard let stepColumn = stepColumn(of: run) else {
      throw TrainingError(
        .badData,
        "\(path):1:1: no column has the step: one must be called step, _step, Step or global_step; the columns are "
          + header.prefix(8).map { "'\($0.visible)'" }.joined(separator: ", "))
    }
    let metrics = header.indices.filter { column in
      column != runColumn && !steps[column] && !header[column].hasSuffix("__MIN") && !header[column].hasSuffix("__MAX")
        && (Self.parts(header[column]).run == nil || run == nil || Self.parts(header[column]).run == run)
    }
    var lines: [MetricsLog.Line] = []
    for row in rows {
      if let runColumn, let run, names.count > 1, row.indices.contains(runColumn), row[runColumn].trimmed != run {
        continue
      }
      guard row.indices.contains(stepColumn), let step = PythonText.number(row[stepColumn]).flatMap(StepNames.whole)
      else { continue }
      let members = metrics.compactMap { column -> (key: String, value: Double)? in
        guard row.indices.contains(column), let value = PythonText.number(row[column]) else { return nil }
        return (Self.parts(header[column]).metric, value)
      }
      let values = StepNames.metrics(in: members)
      if !values.isEmpty { lines.append(MetricsLog.Line(step: step, values)) }
    }
    return RunLog(.table, path: path, rows: lines)
  }

  /// The column of the step: the table's own, or else the run's.
  private func stepColumn(of run: String?) -> Int? {
    for owner in [nil, run] {
      let own = header.indices.filter { Self.parts(header[$0]).run == owner }
      if let named = StepNames.known.compactMap({ name in own.first { Self.last(header[$0]) == name } }).first {
        return named
      }
      if let other = own.first(where: { ["step", "global step", "iteration"].contains(header[$0].lowercased()) }) {
        return other
      }
    }
    return nil
  }

  /// The runs in it, in the order of their appearance.
  private func runNames(_ column: Int?) -> [String] {
    var names: [String] = []
    if let column {
      for row in rows where row.indices.contains(column) {
        let name = row[column].trimmed
        if !names.contains(name) { names.append(name) }
      }
      return names
    }
    for run in header.compactMap({ Self.parts($0).run }) where !names.contains(run) { names.append(run) }
    return names
  }

  /// The run that is meant; where there are several, one must be named.
  static func chosen(_ name: String?, among names: [String], _ path: String) throws(TrainingError) -> String? {
    let told = names.map(\.visible).joined(separator: ", ")
    if let name {
      if names.contains(name) { return name }
      throw TrainingError(
        .usage,
        "\(path): there is no run '\(name.visible)'; \(names.isEmpty ? "it has no names of runs" : "there are \(told)")"
      )
    }
    if names.count > 1 {
      throw TrainingError(.usage, "\(path): holds \(names.count) runs; say which with --run: \(told)")
    }
    return names.first
  }

  /// `fast - train/loss` is the metric `train/loss` of the run `fast`.
  private static func parts(_ column: String) -> (run: String?, metric: String) {
    guard let place = column.ranges(of: " - ").last else { return (nil, column) }
    return (String(column[..<place.lowerBound]), String(column[place.upperBound...]))
  }

  private static func last(_ column: String) -> String { parts(column).metric }

  private static func isStep(_ column: String) -> Bool {
    StepNames.known.contains(last(column).replacing("__MIN", with: "").replacing("__MAX", with: ""))
      || ["step", "global step", "iteration"].contains(column.lowercased())
  }

  /// The cells of a table, where a quoted one may hold separators, line ends and doubled quotation marks (RFC 4180).
  private static func cells(_ text: String, _ separator: Character) -> [[String]] {
    var (rows, row, cell): ([[String]], [String], String) = ([], [], "")
    var (isQuoted, mayClose) = (false, false)
    func isEnd(_ sign: Character) -> Bool { sign == "\n" || sign == "\r\n" || sign == "\r" }
    for sign in text {
      if isQuoted {
        if sign != "\"" { cell.append(sign) } else { (isQuoted, mayClose) = (false, true) }
      } else if sign == "\"" {
        if mayClose { cell.append(sign) }
        isQuoted = true
        mayClose = false
      } else if sign == separator || isEnd(sign) {
        row.append(cell)
        (cell, mayClose) = ("", false)
        if isEnd(sign) {
          if row != [""] { rows.append(row) }
          row = []
        }
      } else {
        mayClose = false
        cell.append(sign)
      }
    }
    if !cell.isEmpty || !row.isEmpty { rows.append(row + [cell]) }
    return rows
  }
}
