public import Documents
public import Reporting

/// The doctor's findings about a whole run: what its curves show, each with the numbers that show it.
///
///     RunReport(of: record).text.plain
public struct RunReport: Sendable {
  public let record: RunRecord
  public let findings: [RunFinding]
  /// What was seen on the way and is gone at the end, with the steps at which it stood at least.
  public let passed: [(name: String, steps: ClosedRange<Int>)]
  /// What was looked for, by name.
  public let examined: [String]
  /// What could not be looked for, and which metrics it would need.
  public let impossible: [(name: String, missing: [String])]
  /// Whether it has too few rows for most of what is looked for.
  public var isShort: Bool { longest < RunThresholds.fewest }
  private let longest: Int
  private let read: [(title: String, name: String)]
  /// What would have to be logged, by its usual name, and what could be seen then.
  private let wanted: [(metrics: String, names: [String])]

  /// Examines a run.
  ///
  /// - Parameters:
  ///   - record: What it logged.
  ///   - traces: Whether to find out when each finding could first be seen, which examines the run many times.
  public init(of record: RunRecord, traces: Bool = true) {
    self.record = record
    let run = RunExamination(record)
    let possible = RunPuzzle.all.filter { $0.isPossible(in: run) }
    var findings = possible.compactMap { $0.find(run) }
    if traces { for i in findings.indices { findings[i].seenAt = Self.firstSeen(findings[i].name, in: record) } }
    self.findings = findings
    passed =
      traces ? Self.passed(possible.filter { puzzle in !findings.contains { $0.name == puzzle.name } }, record) : []
    examined = possible.map { $0.name }
    longest = run.longest
    impossible = RunPuzzle.all.filter { !$0.isPossible(in: run) }.map { puzzle in
      (puzzle.name, puzzle.needs.map { group in group.map { $0.names[0] }.joined(separator: " and ") })
    }
    read = run.present.compactMap { metric in run[metric].map { (metric.title, $0.name) } }
    wanted = Self.wanted(in: run)
  }

  /// The troubles that a run of this kind may have and its log cannot show, by what it lacks for them.
  private static func wanted(in run: RunExamination) -> [(metrics: String, names: [String])] {
    var wanted: [(metrics: String, names: [String])] = []
    for puzzle in RunPuzzle.all {
      guard let lacking = puzzle.lacking(in: run) else { continue }
      let metrics = lacking.map { $0.names[0] }.joined(separator: " and ")
      if let place = wanted.firstIndex(where: { $0.metrics == metrics }) {
        wanted[place].names.append(puzzle.name)
      } else {
        wanted.append((metrics: metrics, names: [puzzle.name]))
      }
    }
    return wanted
  }

  /// The step by which somebody watching the log would first have seen a finding, looked for in fortieths of its rows, and
  /// then by halves; nil for never.
  private static func firstSeen(_ name: String, in record: RunRecord) -> Int? {
    guard let puzzle = RunPuzzle.all.first(where: { $0.name == name }) else { return nil }
    func isSeen(_ count: Int) -> Bool { puzzle.find(RunExamination(record.prefix(count))) != nil }
    let parts = 40
    var before = 0
    for part in 1...parts {
      var count = record.rows.count * part / parts
      if count == before { continue }
      guard isSeen(count) else {
        before = count
        continue
      }
      while count - before > 1 {
        let middle = (before + count) / 2
        if isSeen(middle) { count = middle } else { before = middle }
      }
      return record.rows[count - 1].step
    }
    return nil
  }

  /// What somebody watching saw at two tenths of the log in a row or more, of what is not seen at its end.
  private static func passed(_ puzzles: [RunPuzzle], _ record: RunRecord) -> [(name: String, steps: ClosedRange<Int>)] {
    let levels = [
      "entropy-collapse", "high-entropy", "kl-runaway", "sampler-drift", "dead-groups", "clip-always", "truncation",
    ]
    let puzzles = puzzles.filter { levels.contains($0.name) }
    if puzzles.isEmpty { return [] }
    let parts = (2...9).map { record.rows.count * $0 / 10 }.filter { $0 >= 2 * RunThresholds.fewest }
    let runs = parts.map { RunExamination(record.prefix($0)) }
    return puzzles.compactMap { puzzle in
      let steps = runs.map { run in puzzle.find(run) == nil ? nil : run.lastStep }
      let seen = zip(steps, steps.dropFirst()).compactMap { a, b in a.flatMap { a in b.map { [a, $0] } } }.flatMap {
        $0
      }
      // What a run begins with is no trouble that came over it.
      guard let first = seen.first, let last = seen.last, steps[0] == nil else { return nil }
      return (puzzle.name, first...last)
    }
  }

  /// The finding of a name, which must be among those that were looked for.
  public func finding(named name: String) throws(ExpressionError) -> RunFinding {
    if let finding = findings.first(where: { $0.name == name }) { return finding }
    if examined.contains(name) { throw ExpressionError("\(name) is not seen in this run") }
    if let other = impossible.first(where: { $0.name == name }) {
      throw ExpressionError(
        "\(name) cannot be seen: the log does not have \(other.missing.joined(separator: ", nor "))")
    }
    let near = nearestNames(to: name, among: RunPuzzle.all.map { $0.name }, limit: 1).first
    let hint = near.map { "did you mean \($0)?" } ?? "`doctor` lists them"
    throw ExpressionError("there is no finding \(name.visible) about runs; \(hint)")
  }

  // MARK: Curves

  /// The values of one metric, those that are numbers.
  public struct Curve: Sendable {
    /// Its name in the log.
    public let metric: String
    public let points: [(step: Int, value: Double)]
  }

  /// The curves that were looked at, in the order of the metrics' table.
  public var curves: [Curve] { read.map { curve(of: $0.name) } }

  /// The curve of a metric that a finding names.
  public func curve(of metric: String) -> Curve {
    let curve = RunCurve(metric, in: record.rows)
    return Curve(metric: metric, points: zip(curve.steps, curve.values).map { (step: $0, value: $1) })
  }

  // MARK: Text

  /// The findings, one paragraph after the other, and what was looked at.
  public var text: StyledText {
    var text = StyledText(record.name.visible, .heading)
    let steps = record.rows.map { $0.step }
    let span = steps.isEmpty ? "no steps yet" : "steps \(steps.min() ?? 0) to \(steps.max() ?? 0)"
    text.line(": \(record.source), \(span)" + (record.total.map { " of \($0)" } ?? ""))
    text.line(count, .dim)
    for finding in findings {
      text.line()
      text.add(self.text(of: finding))
    }
    text.line()
    text.add(looked)
    return text
  }

  /// How many findings there are, which means little where no curve is long enough to go anywhere.
  private var count: String {
    let all = "of the \(examined.count) troubles that its curves could show"
    if longest == 0 || !isShort { return "\(findings.isEmpty ? "none" : "\(findings.count)") \(all)" }
    let values = "\(longest) \(longest == 1 ? "value" : "values")"
    return wrap(
      (findings.isEmpty ? "" : "\(findings.count) found; ")
        + "its curves have \(values) at most, too few for most \(all), which take \(RunThresholds.fewest) or more",
      indent: 0)
  }

  /// One finding, within 80 columns.
  public func text(of finding: RunFinding) -> StyledText {
    var text = StyledText()
    text.add("\(finding.verdict.mark) ", finding.verdict.style)
    text.line(wrap(finding.title.visible, indent: 2), .heading)
    let seen = finding.seenAt.map { $0 < (record.rows.last?.step ?? 0) ? ", seen from step \($0) on" : "" } ?? ""
    text.line("  \(finding.verdict.meaningOfRun) · \(finding.name)\(seen)", .dim)
    let width = finding.evidence.map { NumberText.width($0.metric.visible) }.max() ?? 0
    let numbers = finding.evidence.map { NumberText.short($0.value) }
    let numberWidth = numbers.map { NumberText.width($0) }.max() ?? 0
    for (item, number) in zip(finding.evidence, numbers) {
      text.add(
        "    " + NumberText.alignedLeft(item.metric.visible, to: width) + "  "
          + NumberText.alignedRight(number, to: numberWidth))
      text.line("  \(item.place)", .dim)
    }
    text.line("  " + wrap(finding.explanation.visible, indent: 2))
    if let inference = finding.inference { text.line("  " + wrap("Inferred: \(inference).", indent: 2)) }
    text.add("  do    ", .dim)
    text.line(wrap(finding.advice, indent: 8))
    text.add("  open  ", .dim)
    text.line(opening(finding.step))
    text.add("  read  ", .dim)
    text.line("gradus lesson \(finding.topic.lesson), on \(finding.topic.title)")
    return text
  }

  /// How a step is opened: the nearest recorded batch, or how to record it.
  public func opening(_ step: Int) -> String {
    if let nearest = nearestBatch(to: step) {
      let near = nearest.step == step ? "" : ", the recorded step nearest to \(step)"
      return "gradus doctor \(nearest.file)\(near)"
    }
    guard let rerun = record.rerun, step > 0 else {
      return "step \(step)" + (record.rerun == nil ? "; integrations/ records steps of other trainers" : "")
    }
    return "step \(step), after  \(rerun)\(step)"
  }

  /// The recorded step that is nearest to another.
  public func nearestBatch(to step: Int) -> (step: Int, file: String)? {
    record.batches.min { ($0.step - step).magnitude < ($1.step - step).magnitude }
  }

  /// Which curves were read, and what to log to see more of a run of this kind.
  private var looked: StyledText {
    var text = StyledText()
    func line(_ title: String, _ names: [String]) {
      text.line("\(title): " + wrap(names.joined(separator: ", "), indent: 4, from: NumberText.width(title) + 2), .dim)
    }
    if !passed.isEmpty {
      line(
        "seen on the way, and gone at the end",
        passed.map { "\($0.name) (steps \($0.steps.lowerBound) to \($0.steps.upperBound))" })
    }
    if !read.isEmpty { line("read", read.map { $0.name.visible }) }
    if !wanted.isEmpty { text.line("log these as well to have more looked for:", .dim) }
    for group in wanted { line("  \(group.metrics)", group.names) }
    return text
  }

  // MARK: JSON

  /// `{"run", "source", "rows", "last_step", "short", "findings": […], "passed": [{"name", "first_step", "last_step"}], "read": {…}, "examined": […], "not_examined": {…}}`.
  public var json: String {
    var writer = JSONWriter(indented: true)
    writer.beginObject()
    writer.member("run", record.name)
    writer.member("source", record.source)
    writer.member("rows", record.rows.count)
    writer.member("last_step", record.rows.reduce(0) { max($0, $1.step) })
    writer.member("short", isShort)
    writer.key("findings")
    writer.beginArray()
    for finding in findings { write(finding, to: &writer) }
    writer.endArray()
    writer.key("passed")
    writer.beginArray()
    for other in passed {
      writer.beginObject()
      writer.member("name", other.name)
      writer.member("first_step", other.steps.lowerBound)
      writer.member("last_step", other.steps.upperBound)
      writer.endObject()
    }
    writer.endArray()
    writer.key("read")
    writer.beginObject()
    for metric in read { writer.member(metric.name, metric.title) }
    writer.endObject()
    writer.key("examined")
    writer.beginArray()
    for name in examined { writer.string(name) }
    writer.endArray()
    writer.key("not_examined")
    writer.beginArray()
    for other in impossible { writer.string(other.name) }
    writer.endArray()
    writer.endObject()
    return writer.text
  }

  /// One finding as a JSON object on one line.
  public func json(of finding: RunFinding) -> String {
    var writer = JSONWriter()
    write(finding, to: &writer)
    return writer.text
  }

  private func write(_ finding: RunFinding, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("name", finding.name)
    writer.member("verdict", finding.verdict.rawValue)
    writer.member("title", finding.title)
    writer.member("explanation", finding.explanation)
    writer.member("inference", finding.inference)
    writer.key("evidence")
    writer.beginArray()
    for item in finding.evidence {
      writer.beginObject()
      writer.member("metric", item.metric)
      writer.member("first_step", item.firstStep)
      writer.member("last_step", item.lastStep)
      writer.member("value", number: item.value)
      writer.endObject()
    }
    writer.endArray()
    writer.member("step", finding.step)
    writer.member("seen_at", finding.seenAt)
    writer.member("open", opening(finding.step))
    writer.member("advice", finding.advice)
    writer.member("topic", finding.topic.rawValue)
    writer.member("lesson", finding.topic.lesson)
    writer.endObject()
  }
}

extension Finding.Verdict {
  /// What it means about a run, whose losses are computed somewhere else.
  public var meaningOfRun: String {
    switch self {
    case .harmless: "looks wrong and is not"
    case .caution: "perhaps not what is wanted"
    case .bug: "not learning what it should"
    }
  }
}
