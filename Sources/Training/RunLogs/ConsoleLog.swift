import Documents

/// Text that grows line by line: JSON lines, and what trainers print on a console among other things.
struct ConsoleLog {
  /// The lines, without colours; a carriage return ends one, too, since progress bars draw themselves anew.
  private let lines: [Substring]
  /// The length of the trainer's own progress bar, if there is one.
  private let barTotal: Int?
  private let text: String

  init(_ bytes: [UInt8]) {
    text = Self.withoutColours(String(decoding: bytes, as: UTF8.self))
    lines = text.split { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
    barTotal = Self.trainingTotal(lines)
  }

  /// One row of the log, and what it was written as.
  private struct Entry {
    /// nil where the line does not say.
    let step: Int?
    let values: [MetricValue]
    let format: RunLogFormat
  }

  func log(_ path: String) -> RunLog {
    var entries: [(step: Int, entry: Entry)] = []
    var unreadable = 0
    var bar: Int?
    var (last, count, countsRows) = (0, 0, false)
    for line in lines {
      if let step = step(ofBar: line) { bar = step }
      switch entry(line) {
      case .nothing: continue
      case .unreadable: unreadable += 1
      case .entry(let entry):
        let isEvaluation =
          !entry.values.isEmpty && entry.values.allSatisfy { $0.name == "epoch" || Self.isHeldOut($0.name) }
        let step: Int
        if let own = entry.step {
          step = own
        } else if isEvaluation {
          step = bar ?? last
        } else {
          count += 1
          step = bar ?? count
          countsRows = countsRows || bar == nil
        }
        last = step
        entries.append((step, entry))
      }
    }
    // What is left of a last line is still being written.
    if let last = lines.last, !text.hasSuffix("\n"), unreadable > 0, case .unreadable = entry(last) { unreadable -= 1 }
    if entries.isEmpty { return barLog(path) }
    let format = Self.commonest(entries.map(\.entry.format))
    let rows = entries.filter { $0.entry.format == format || $0.entry.format == .trlConsole }
    var log = RunLog(
      format, path: path, rows: rows.map { MetricsLog.Line(step: $0.step, $0.entry.values) }, unreadable: unreadable)
    log.countsRows = countsRows
    return log
  }

  /// The format of most rows.
  private static func commonest(_ formats: [RunLogFormat]) -> RunLogFormat {
    RunLogFormat.allCases.max { a, b in
      formats.count { $0 == a } < formats.count { $0 == b }
    } ?? .jsonLines
  }

  private static func isHeldOut(_ name: String) -> Bool {
    name.hasPrefix("eval_") || name.hasPrefix("eval/") || name.hasPrefix("val-") || name.hasPrefix("val/")
      || name.hasPrefix("test_") || name.hasPrefix("test/")
  }

  // MARK: Lines

  private enum Reading {
    case nothing, unreadable
    case entry(Entry)
  }

  private func entry(_ line: Substring) -> Reading {
    if let entry = verl(line) { return .entry(entry) }
    guard line.contains("{") else { return .nothing }
    let isObject = line.first { !$0.isWhitespace } == "{"
    if isObject, let entry = json(line) { return .entry(entry) }
    guard let members = PythonText.dictionary(in: line) else {
      return isObject && line.contains(":") ? .unreadable : .nothing
    }
    if let step = Self.number(after: ["Global step ", "global_step "], in: line) {
      return .entry(Entry(step: step, values: StepNames.metrics(in: members), format: .openRLHF))
    }
    let values = StepNames.metrics(in: members)
    // Trainers print settings as dictionaries, too; a row of metrics has one that changes.
    guard !values.isEmpty, isObject || values.contains(where: { Self.isTelling($0.name) }) else { return .nothing }
    // The one that ends a run of transformers is about the whole of it.
    if members.contains(where: { $0.key == "train_runtime" }) { return .nothing }
    return .entry(Entry(step: StepNames.step(in: members), values: values, format: .trlConsole))
  }

  private static func isTelling(_ name: String) -> Bool {
    ["loss", "reward", "grad_norm", "entropy", "kl"].contains { name.hasSuffix($0) }
  }

  /// `{"step": 1, "loss": 0.5}`, or with the metrics in `data`.
  private func json(_ line: Substring) -> Entry? {
    guard let document = try? JSONReader.read(PythonJSON.quotingNaN(Array(line.utf8))),
      case .object(let members) = document.value
    else { return nil }
    let numbers = MetricDocument.numbers(members)
    if let data = members.first(where: { $0.key == "data" })?.value, case .object(let inner) = data.value {
      let metrics = MetricDocument.numbers(inner)
      return Entry(
        step: StepNames.step(in: numbers) ?? StepNames.step(in: metrics), values: StepNames.metrics(in: metrics),
        format: .verlFile)
    }
    let metrics = StepNames.metrics(in: numbers)
    return metrics.isEmpty ? nil : Entry(step: StepNames.step(in: numbers), values: metrics, format: .jsonLines)
  }

  /// `(TaskRunner pid=7) step:1 - actor/entropy:0.5 - critic/score/mean:np.float64(0.1)`
  private func verl(_ line: Substring) -> Entry? {
    guard
      let start = line.ranges(of: "step:").first(where: { range in
        range.lowerBound == line.startIndex || line[line.index(before: range.lowerBound)].isWhitespace
      })
    else { return nil }
    let parts = line[start.lowerBound...].split(separator: " - ")
    guard let first = parts.first, let step = PythonText.number(first.dropFirst("step:".count)).flatMap(StepNames.whole)
    else { return nil }
    let values = parts.dropFirst().compactMap { part -> MetricValue? in
      guard let colon = part.lastIndex(of: ":"), let value = PythonText.number(part[part.index(after: colon)...]) else {
        return nil
      }
      return MetricValue(String(part[..<colon]).trimmed, value)
    }
    let metrics = StepNames.metrics(in: values.map { ($0.name, $0.value) })
    return metrics.isEmpty ? nil : Entry(step: step, values: metrics, format: .verlConsole)
  }

  private static func number(after names: [String], in line: Substring) -> Int? {
    for name in names {
      guard let range = line.ranges(of: name).first else { continue }
      if let step = Int(line[range.upperBound...].prefix { $0.isNumber }) { return step }
    }
    return nil
  }

  // MARK: Progress bars

  /// `  5%|▌     | 10/200 [00:10<03:10,  1.0it/s]`
  private struct Bar {
    let done: Int
    let total: Int
    /// Whether nothing but the percentage stands before it, as in transformers' own.
    let isPlain: Bool
    /// What stands behind the speed: `loss=0.5, lr=1e-5`.
    let postfix: Substring

    init?(_ line: Substring) {
      guard let percent = line.ranges(of: "%|").first else { return nil }
      isPlain = line[..<percent.lowerBound].allSatisfy { $0.isNumber || $0.isWhitespace }
      guard let end = line[percent.upperBound...].firstIndex(of: "|") else { return nil }
      let rest = line[line.index(after: end)...]
      guard let open = rest.firstIndex(of: "[") else { return nil }
      let counts = rest[..<open].split(separator: "/").map { $0.filter { !$0.isWhitespace } }
      guard counts.count == 2, let done = Int(counts[0]), let total = Int(counts[1]), total > 0 else { return nil }
      (self.done, self.total) = (done, total)
      let inner = rest[rest.index(after: open)...]
      postfix = inner.prefix { $0 != "]" }
    }

    var values: [MetricValue] {
      postfix.split(separator: ",").compactMap { part in
        let sides = part.split(separator: "=", maxSplits: 1)
        guard sides.count == 2, let value = PythonText.number(sides[1]) else { return nil }
        return MetricValue(String(sides[0]).trimmed, value)
      }
    }
  }

  /// The total that most plain bars have; evaluations have bars of their own.
  private static func trainingTotal(_ lines: [Substring]) -> Int? {
    var counts: [Int: Int] = [:]
    for line in lines where line.contains("%|") {
      if let bar = Bar(line), bar.isPlain { counts[bar.total, default: 0] += 1 }
    }
    return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }

  private func step(ofBar line: Substring) -> Int? {
    guard let barTotal, line.contains("%|"), let bar = Bar(line), bar.isPlain, bar.total == barTotal else { return nil }
    return bar.done
  }

  /// The numbers behind a bar, where nothing else was logged: each epoch begins again at 1.
  private func barLog(_ path: String) -> RunLog {
    var rows: [(step: Int, values: [MetricValue])] = []
    var (done, before) = (0, 0)
    for line in lines where line.contains("%|") {
      guard let bar = Bar(line), !bar.values.isEmpty else { continue }
      if bar.done < done { before += done }
      done = bar.done
      let step = before + done
      if rows.last?.step == step { rows.removeLast() }
      rows.append((step, bar.values))
    }
    return RunLog(.openRLHFBar, path: path, rows: rows.map { MetricsLog.Line(step: $0.step, $0.values) })
  }

  /// Without the escape sequences by which terminals colour.
  private static func withoutColours(_ text: String) -> String {
    guard text.utf8.contains(0x1b) else { return text }
    var result: [UInt8] = []
    var isInside = false
    for byte in text.utf8 {
      if byte == 0x1b { isInside = true } else if !isInside { result.append(byte) }
      // A sequence ends with a letter.
      if isInside, (0x40...0x7e).contains(byte), byte != UInt8(ascii: "[") { isInside = false }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
