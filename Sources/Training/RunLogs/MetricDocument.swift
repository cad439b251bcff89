import Documents

/// Metrics in one JSON document, as W&B, pandas and Trackio export them.
///
///     [{"_step": 0, "loss": 1.5}, …]                              a row per step
///     {"_step": [0, 1], "loss": [1.5, 1.2]}                       a column per metric
///     {"_step": {"0": 0, "1": 1}, "loss": {"0": 1.5, "1": 1.2}}   pandas
///     {"metric": "loss", "values": [{"step": 0, "value": 1.5}]}   Trackio, one metric
struct MetricDocument {
  private typealias Row = (run: String?, members: [(key: String, value: Double)])
  private let rows: [Row]

  /// nil where the document is none of these.
  init?(_ document: Document) {
    switch document.value {
    case .list(let list):
      if let rows = Self.rows(list) { self.rows = rows } else { return nil }
    case .object(let members):
      if let rows = Self.rows(members) { self.rows = rows } else { return nil }
    default: return nil
    }
    if !rows.contains(where: { StepNames.step(in: $0.members) != nil && !StepNames.metrics(in: $0.members).isEmpty }) {
      return nil
    }
  }

  func log(_ path: String, _ name: String?) throws(TrainingError) -> RunLog {
    var names: [String] = []
    for run in rows.compactMap(\.run) where !names.contains(run) { names.append(run) }
    let run = try MetricTable.chosen(name, among: names, path)
    var lines: [MetricsLog.Line] = []
    for row in rows where run == nil || row.run == nil || row.run == run {
      guard let step = StepNames.step(in: row.members) else { continue }
      let metrics = StepNames.metrics(in: row.members)
      if !metrics.isEmpty { lines.append(MetricsLog.Line(step: step, metrics)) }
    }
    return RunLog(.json, path: path, rows: lines)
  }

  /// The members that are numbers, or texts of one; what is nested is named by its path: `train/loss`.
  static func numbers(_ members: [Document.Member]) -> [(key: String, value: Double)] {
    members.flatMap { member -> [(key: String, value: Double)] in
      switch member.value.value {
      case .number(let number): return [(member.key, number)]
      case .string(let text): return PythonText.number(text).map { [(member.key, $0)] } ?? []
      case .object(let inner): return numbers(inner).map { (member.key + "/" + $0.key, $0.value) }
      default: return []
      }
    }
  }

  private static func rows(_ list: [Document]) -> [Row]? {
    var rows: [Row] = []
    for item in list {
      guard case .object(let members) = item.value else { return nil }
      // A list of Trackio's metrics, one after the other.
      if let metric = trackio(members) {
        rows += metric
      } else {
        rows.append((run(members), numbers(members)))
      }
    }
    return rows
  }

  private static func run(_ members: [Document.Member]) -> String? {
    for member in members where ["run", "run_name", "_run"].contains(member.key) {
      if case .string(let name) = member.value.value { return name }
    }
    return nil
  }

  private static func rows(_ members: [Document.Member]) -> [Row]? {
    if let metric = trackio(members) { return metric }
    // A list of rows under some name: `history`, `data`, `logs`.
    for member in members {
      if case .list(let list) = member.value.value, let first = list.first, case .object = first.value,
        let rows = rows(list), rows.contains(where: { StepNames.step(in: $0.members) != nil })
      {
        return rows
      }
    }
    return columns(members)
  }

  private static func columns(_ members: [Document.Member]) -> [Row]? {
    var rows: [String: [(key: String, value: Double)]] = [:]
    var order: [String] = []
    func add(_ index: String, _ key: String, _ document: Document) {
      let member = Document.Member(key: key, keyLine: 0, keyColumn: 0, value: document)
      guard let value = numbers([member]).first else { return }
      if rows[index] == nil { order.append(index) }
      rows[index, default: []].append(value)
    }
    for member in members {
      switch member.value.value {
      case .list(let list): for (i, item) in list.enumerated() { add("\(i)", member.key, item) }
      case .object(let cells): for cell in cells { add(cell.key, member.key, cell.value) }
      default: continue
      }
    }
    return order.isEmpty ? nil : order.compactMap { index in rows[index].map { (nil, $0) } }
  }

  /// One metric of Trackio: `trackio get metric --json`.
  private static func trackio(_ members: [Document.Member]) -> [Row]? {
    guard let values = members.first(where: { $0.key == "values" })?.value, case .list(let list) = values.value,
      case .string(let metric)? = members.first(where: { $0.key == "metric" })?.value.value
    else { return nil }
    return list.compactMap { item -> Row? in
      guard case .object(let cells) = item.value else { return nil }
      return (run(members), numbers(cells).map { ($0.key == "value" ? metric : $0.key, $0.value) })
    }
  }
}
