import Documents

/// Several runs beside each other.
public struct RunComparison: Sendable {
  /// The runs, each with a letter: A, B, …
  public let runs: [RecordedRun]

  /// At most as many as have a look of their own.
  public init(_ runs: [RecordedRun]) throws(TrainingError) {
    guard runs.count <= RunLook.most else {
      throw TrainingError(
        .usage, "these are \(runs.count) runs; compare \(RunLook.most) at most at a time, by naming their folders")
    }
    self.runs = runs
  }

  var looks: [RunLook] { runs.indices.map(RunLook.init) }

  /// An option that not all runs have alike; nil for a run that does not know it.
  struct Difference: Equatable {
    let name: String
    let values: [String?]
  }

  /// The options that two runs have and of which their values differ.
  var differences: [Difference] {
    var (names, seen): ([String], Set<String>) = ([], [])
    for run in runs { names += run.settings.map(\.name).filter { seen.insert($0).inserted } }
    let differences = names.map { name in Difference(name: name, values: runs.map { $0.value(of: name) }) }
    return differences.filter { Set($0.values.compactMap(\.self)).count > 1 }
  }

  /// A metric of each run; nil for a run that does not have it.
  struct Metric {
    let name: String
    let rows: [Row?]
    /// The last step at which all runs with the metric have a value, where they are of different lengths.
    let commonStep: Int?
  }

  struct Row: Equatable {
    let series: Series
    let first: Double
    let last: Double
    let best: (value: Double, step: Int)?
    /// The value at the last common step.
    let common: Double?

    static func == (a: Row, b: Row) -> Bool {
      a.series == b.series && a.first == b.first && a.last == b.last && a.best?.value == b.best?.value
        && a.best?.step == b.best?.step && a.common == b.common
    }
  }

  /// All metrics: those that matter, then those that most runs have.
  var metricNames: [String] {
    let perRun = runs.map(\.metrics.names)
    let counts = perRun.joined().reduce(into: [:]) { $0[$1, default: 0] += 1 }
    var (names, seen): ([String], Set<String>) = ([], Set(tellingNames))
    for name in perRun.joined() where seen.insert(name).inserted { names.append(name) }
    let shared = (1...max(1, runs.count)).reversed().flatMap { count in names.filter { counts[$0] == count } }
    return tellingNames + shared
  }

  /// The metrics that matter for at least one of the runs.
  var tellingNames: [String] {
    var seen: Set<String> = []
    let perRun = runs.map { $0.metrics.outcomes.map(\.name) }
    let longest = perRun.map(\.count).max() ?? 0
    // The most telling one of each run comes first.
    return (0..<longest).flatMap { i in perRun.compactMap { $0.indices.contains(i) ? $0[i] : nil } }
      .filter { seen.insert($0).inserted }
  }

  func metric(_ name: String) -> Metric {
    let steps = runs.compactMap { Series(name, in: $0.lines)?.finite.map(\.step) }.filter { !$0.isEmpty }
    let isUneven = Set(steps.compactMap(\.last)).count > 1
    let shared = steps.dropFirst().reduce(Set(steps.first ?? [])) { $0.intersection($1) }
    // Where they began says nothing of how far they came.
    let common = isUneven ? shared.max().flatMap { $0 > 0 ? $0 : nil } : nil
    return Metric(name: name, rows: runs.map { row(name, of: $0, common) }, commonStep: common.map { Int($0) })
  }

  private func row(_ name: String, of run: RecordedRun, _ common: Double?) -> Row? {
    guard let series = Series(name, in: run.lines), let change = run.metrics.change(name) else { return nil }
    let finite = series.finite
    let direction = MetricDirection(of: name, among: run.metrics.names)
    // A single step's value may be luck where many are noisy.
    let means = Series(finite).smoothed(radius: change.averaged / 2).points
    let best = direction.flatMap { direction in
      means.reduce(nil as Series.Point?) { best, point in
        best.map { direction.isBetter(point.value, than: $0.value) ? point : $0 } ?? point
      }
    }
    let before = common.map { common in finite.prefix { $0.step <= common } }
    return Row(
      series: series, first: change.first, last: change.last, best: best.map { ($0.value, Int($0.step)) },
      common: before.flatMap {
        $0.isEmpty ? nil : $0.suffix(MetricSummary.averaged($0.count, of: name)).map(\.value)[...].mean
      })
  }

  /// What there is to know of the numbers that are shown.
  func notes(on metrics: [Metric]) -> [String] {
    var notes: [String] = []
    if metrics.contains(where: { $0.rows.contains { ($0?.series.finite.count ?? 0) >= 20 } }) {
      notes.append("Of metrics with 20 values or more, first, last and best are means over a tenth of them.")
    }
    if Set(runs.map(\.trainer)).count > 1 {
      notes.append("The trainers differ: a loss or a reward is not the same quantity in all.")
    }
    return notes
  }

  /// The metrics that are meant, whether by their names or as a list shortens them; an error names the one that was
  /// probably meant.
  public static func metrics(named names: [String], of runs: [RecordedRun]) throws(TrainingError) -> [String] {
    let known = Set(runs.flatMap(\.metrics.names)).sorted()
    var metrics: [String] = []
    for name in names {
      let meant = known.contains(name) ? [name] : known.filter { TrainingLoop.short($0) == name }
      guard meant.count == 1 else { throw unknown(name, among: known) }
      if !metrics.contains(meant[0]) { metrics.append(meant[0]) }
    }
    return metrics
  }

  private static func unknown(_ name: String, among known: [String]) -> TrainingError {
    let near = nearestNames(to: name, among: known, limit: 1).first.map { "did you mean '\($0)'?" }
    let hint = near ?? (known.isEmpty ? "no run has any" : "there are \(known.joined(separator: ", "))")
    return TrainingError(.usage, "--metric \(name): no run has such a metric; \(hint)")
  }
}
