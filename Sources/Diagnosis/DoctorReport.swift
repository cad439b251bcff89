public import Documents
import Objectives
public import Recording
public import Reporting
public import Simulation

/// The doctor's findings about a recording: the known puzzles that it shows, each with terms as evidence.
///
///     DoctorReport(of: source, recorded: source.record()).text.plain
public struct DoctorReport: Sendable {
  /// What was examined, for the heading.
  public let name: String
  public let algorithm: String
  public let findings: [Finding]
  /// The puzzles that were looked for, by name.
  public let examined: [String]

  /// Examines a recording of a source.
  public init(of source: Source, recorded trace: Trace) {
    name = source.name
    algorithm = source.algorithm.name
    let examination = Examination(source, trace)
    let puzzles = Puzzle.logged(in: examination.batch) + Puzzle.all
    findings = Self.weighed(puzzles.compactMap { $0.find(examination) })
    examined = puzzles.map { $0.name }
  }

  /// What is harmless comes last, and must not advise doing nothing while another finding is real trouble.
  private static func weighed(_ findings: [Finding]) -> [Finding] {
    let troubles = findings.filter { $0.verdict != .harmless }
    guard !troubles.isEmpty else { return findings }
    return troubles
      + findings.filter { $0.verdict == .harmless }.map { finding in
        var finding = finding
        if finding.advice.hasPrefix("Nothing") {
          finding.advice = "About this alone nothing; mend what else is named first, and look again."
        }
        return finding
      }
  }

  /// The names of the puzzles that it does not show.
  var absent: [String] {
    let found = findings.map { $0.name }
    return examined.filter { !found.contains($0) }
  }
}

extension DoctorReport {
  /// The findings, one paragraph after the other.
  public var text: StyledText {
    var text = heading
    for finding in findings {
      text.line()
      text.add(finding.text)
    }
    if !absent.isEmpty { text.line() }
    text.add(notSeen)
    return text
  }

  /// The findings, a title each.
  public var overview: StyledText {
    var text = heading
    if !findings.isEmpty { text.line("`doctor NAME` tells of one.", .dim) }
    let width = findings.map { NumberText.width($0.name) }.max() ?? 0
    for finding in findings {
      text.add("\(finding.verdict.mark) ", finding.verdict.style)
      text.add(NumberText.alignedLeft(finding.name, to: width) + "  ", .heading)
      text.line(wrap(finding.title, indent: width + 4))
    }
    text.add(notSeen)
    return text
  }

  /// The finding of a name, which must be among those that were looked for.
  public func finding(named name: String) throws(ExpressionError) -> Finding {
    if let finding = findings.first(where: { $0.name == name }) { return finding }
    if examined.contains(name) { throw ExpressionError("\(name) is not seen in this run") }
    let near = nearestNames(to: name, among: examined, limit: 1).first
    let hint = near.map { "did you mean \($0)?" } ?? "`doctor` lists them"
    throw ExpressionError("there is no known puzzle \(name.visible); \(hint)")
  }

  private var heading: StyledText {
    var text = StyledText(name, .heading)
    text.line(
      findings.isEmpty
        ? ": none of the \(examined.count) known puzzles"
        : ": \(findings.count) of the \(examined.count) known puzzles")
    return text
  }

  private var notSeen: StyledText {
    var text = StyledText()
    if !absent.isEmpty { text.line("not seen: " + wrap(absent.joined(separator: ", "), indent: 10), .dim) }
    return text
  }

  /// `{"source", "algorithm", "findings": [{"name", "verdict", …, "evidence": […]}], "examined": […]}`.
  public var json: String {
    var writer = JSONWriter(indented: true)
    writer.beginObject()
    writer.member("source", name)
    writer.member("algorithm", algorithm)
    writer.key("findings")
    writer.beginArray()
    for finding in findings { finding.write(to: &writer) }
    writer.endArray()
    writer.key("examined")
    writer.beginArray()
    for name in examined { writer.string(name) }
    writer.endArray()
    writer.endObject()
    return writer.text
  }
}

extension Finding {
  /// Its title, numbers, explanation and advice, within 80 columns.
  public var text: StyledText {
    var text = StyledText()
    text.add("\(verdict.mark) ", verdict.style)
    text.line(wrap(title, indent: 2), .heading)
    text.line("  \(verdict.meaning) · \(name)", .dim)
    let width = evidence.map { NumberText.width($0.expression) }.max() ?? 0
    for item in evidence {
      text.add("    " + NumberText.alignedLeft(item.expression, to: width) + "  " + NumberText.short(item.value))
      text.line(item.loops.isEmpty ? "" : "  at \(item.loops)", .dim)
    }
    text.line("  " + wrap(explanation, indent: 2))
    if let inference { text.line("  " + wrap("Inferred: \(inference).", indent: 2)) }
    text.add("  do    ", .dim)
    text.line(wrap(advice, indent: 8))
    text.add("  read  ", .dim)
    text.line("gradus lesson \(topic.lesson), on \(topic.title)")
    return text
  }

  fileprivate func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("name", name)
    writer.member("verdict", verdict.rawValue)
    writer.member("title", title)
    writer.member("explanation", explanation)
    writer.member("inference", inference)
    writer.key("evidence")
    writer.beginArray()
    for item in evidence {
      writer.beginObject()
      writer.member("expression", item.expression)
      writer.member("value", number: item.value)
      writer.member("position", item.beat)
      writer.member("loops", item.loops)
      writer.endObject()
    }
    writer.endArray()
    writer.member("advice", advice)
    writer.member("topic", topic.rawValue)
    writer.member("lesson", topic.lesson)
    writer.endObject()
  }
}

extension Finding.Verdict {
  /// The sign that stands before a finding.
  public var mark: String {
    switch self {
    case .harmless: "·"
    case .caution: "!"
    case .bug: "✗"
    }
  }

  /// What it says, in a few words.
  public var meaning: String {
    switch self {
    case .harmless: "looks wrong and is not"
    case .caution: "computed rightly, but perhaps not what is wanted"
    case .bug: "something is wrong before the loss"
    }
  }

  var style: StyledText.Style {
    switch self {
    case .harmless: .dim
    case .caution: .changed
    case .bug: .error
    }
  }
}
