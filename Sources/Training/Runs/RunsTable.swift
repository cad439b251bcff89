import Documents

/// The list of `gradus runs`: a line per run.
public struct RunsTable {
  private let runs: [RecordedRun]
  private let metrics: [String]
  private let now: Double

  /// - Parameters:
  ///   - runs: The runs, in the order in which they are shown.
  ///   - metrics: What to show of them; without, what matters of each.
  ///   - now: The time, in seconds since 1970.
  public init(_ runs: [RecordedRun], metrics: [String] = [], now: Double) {
    self.runs = runs
    self.metrics = metrics
    self.now = now
  }

  /// The lines for a terminal of so many columns: names give way first, then the second metric.
  public func text(columns: Int) -> String {
    let states = runs.map(Self.state)
    let whens = runs.map { Self.age($0.written, now: now) }
    let others = [states + ["state"], whens + ["written"], runs.map(\.trainer) + ["trainer"]]
      .reduce(8) { $0 + ($1.map(NumberText.width).max() ?? 0) }
    let longest = runs.map { NumberText.width($0.name.visible) }.max() ?? 0
    let outcomes = runs.map(outcomes)
    let least = outcomes.compactMap(\.first).map(NumberText.width).max() ?? 0
    let name = min(longest, max(12, columns - others - min(least, 34)))
    let room = columns - others - name
    var table = PlainTable([.left, .left, .left, .left, .left])
    table.rows = runs.indices.map { i in
      [
        runs[i].name.visible.end(columns: name), runs[i].trainer, states[i], Self.joined(outcomes[i], within: room),
        whens[i],
      ]
    }
    let heading = [
      "run", "trainer", "state", metrics.isEmpty ? "first → last" : metrics.joined(separator: ", "), "written",
    ]
    let fits = NumberText.width(heading[3]) <= room
    table.rows.insert(fits ? heading : Array(heading[..<3]) + ["first → last", heading[4]], at: 0)
    return table.lines.joined(separator: "\n") + "\n"
  }

  /// `eval_accuracy 0.240 → 0.990`, the most telling one first.
  private func outcomes(_ run: RecordedRun) -> [String] {
    let changes = metrics.isEmpty ? run.metrics.outcomes : metrics.compactMap(run.metrics.change)
    let names = metrics.count != 1
    let warning = metrics.isEmpty && run.metrics.hasDiverged ? ["loss NaN"] : []
    return warning
      + changes.map { change in
        (names ? TrainingLoop.short(change.name) + " " : "")
          + "\(MetricSummary.short(change.first)) → \(MetricSummary.short(change.last))"
      }
  }

  /// As many of the texts as there is room for.
  private static func joined(_ texts: [String], within room: Int) -> String {
    var result = ""
    for text in texts {
      let longer = result.isEmpty ? text : "\(result), \(text)"
      if NumberText.width(longer) > room { break }
      result = longer
    }
    return result.isEmpty ? texts.first.map { $0.end(columns: max(1, room)) } ?? "" : result
  }

  /// `finished 500`, `stopped 120/500`
  static func state(_ run: RecordedRun) -> String {
    let total = run.total.map { "/\($0)" } ?? ""
    return run.state == .finished ? "finished \(run.step)" : "\(run.state.rawValue) \(run.step)\(total)"
  }

  /// `just now`, `5 min ago`, `3 h ago`, `2 d ago`
  static func age(_ written: Double, now: Double) -> String {
    let seconds = now - written
    if seconds < 60 { return "just now" }
    if seconds < 3600 { return "\(Int(seconds / 60)) min ago" }
    if seconds < 48 * 3600 { return "\(Int(seconds / 3600)) h ago" }
    return "\(Int(min(seconds / 86400, 99_999))) d ago"
  }
}

/// In which order runs are listed.
public enum RunOrder: Equatable, Sendable {
  case name, written, step
  /// By a metric's last value: the best one first where it is known what is better, else the largest one.
  case metric(String)

  public init(_ text: String) {
    self =
      switch text {
      case "name": .name
      case "written": .written
      case "step": .step
      default: .metric(text)
      }
  }

  /// The runs in this order; those without the metric come last.
  public func sorted(_ runs: [RecordedRun]) throws(TrainingError) -> [RecordedRun] {
    switch self {
    case .name: return runs
    case .written: return runs.sorted { $0.written > $1.written }
    case .step: return runs.sorted { $0.step > $1.step }
    case .metric(let name):
      let known = Set(runs.flatMap(\.metrics.names))
      guard known.contains(name) else {
        let orders = ["name", "written", "step"] + known.sorted()
        let hint =
          nearestNames(to: name, among: orders, limit: 1).first.map { "did you mean '\($0)'?" }
          ?? "there are \(orders.joined(separator: ", "))"
        throw TrainingError(.usage, "--sort \(name): no metric of these runs; \(hint)")
      }
      return runs.map { ($0, $0.metrics.change(name)?.last.finite) }.sorted { a, b in
        guard let left = a.1, let right = b.1 else { return a.1 != nil && b.1 == nil }
        return (MetricDirection(of: name, among: a.0.metrics.names) ?? .up).isBetter(left, than: right)
      }.map(\.0)
    }
  }
}

extension Double {
  fileprivate var finite: Double? { isFinite ? self : nil }
}
