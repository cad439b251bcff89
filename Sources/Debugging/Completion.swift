import Diagnosis
import Objectives
import Plots
import Recording
import Reporting
import Simulation

extension Session {
  /// What the word before the cursor could become: commands first, then what the command takes.
  public func completions(of line: String, cursor: Int) -> [String] {
    let typed = String(String.UnicodeScalarView(line.unicodeScalars.prefix(cursor)))
    let start = typed.drop { $0 == " " }
    guard let blank = start.firstIndex(of: " ") else {
      return Command.allCases.map { $0.rawValue }.filter { $0.utf8.starts(with: start.utf8) }
    }
    guard let command = Command.named(String(start[..<blank])) else { return [] }
    let rest = start[start.index(after: blank)...]
    let word = rest.lastIndex(of: " ").map { rest[rest.index(after: $0)...] } ?? rest
    // Within a word, what is completed begins after an operator or a function's bracket.
    let isMetric = word.utf8.starts(with: "metric(".utf8)
    let inner = isMetric || command == .goto ? nil : word.lastIndex { "(+-*/^".contains($0) }
    let name = inner.map { word[word.index(after: $0)...] } ?? word
    let before = String(word.prefix(word.count - name.count))
    let first = rest.prefix { $0 != " " }
    if command == .set, word.count < rest.count, let option = Option.named(String(first), for: source.algorithm) {
      return choices(of: option).filter { $0.utf8.starts(with: name.utf8) }
    }
    let isQuestion = command == .vary && rest.contains(":" as Character)
    return candidates(for: isQuestion ? .print : command, isFirst: word.count == rest.count, word: String(name))
      .filter { $0.utf8.starts(with: name.utf8) }
      .map { before + $0 }
  }

  private func candidates(for command: Command, isFirst: Bool, word: String) -> [String] {
    switch command {
    case .goto: ["start", "end"] + stageNames + loopNames
    case .show: Self.tables
    case .doctor: DoctorReport(of: source, recorded: trace).findings.map { $0.name }
    case .open: isFirst ? Scenario.builtIn.map { $0.name } : Option.all(for: source.algorithm).map { $0.name + "=" }
    case .diagram: isFirst ? Diagrams.names(for: trace) : []
    case .plot: isFirst ? PlotKind.available(for: trace, source: source).map { $0.name } : []
    case .help:
      Command.allCases.map { $0.rawValue } + ["options", "terms"] + source.options.map { $0.name } + stageNames
    case .set: source.options.map { $0.name } + ["seed"] + termNames(word)
    case .vary: source.options.map { $0.name + "=" } + ["seed=", "at=", "preset=", "over"]
    case .print, .watch, .break, .let:
      Expression.Function.allCases.map { $0.rawValue + "(" } + ["grad(", "clipped"] + names.map { $0.name }
        + termNames(word)
    case .explain, .why, .verify: termNames(word)
    default: []
    }
  }

  private func choices(of option: Option) -> [String] {
    switch option.description.kind {
    case .choice(let values), .choices(let values): values
    case .flag: ["true", "false"]
    case .optionalNumber: ["none"]
    default: []
    }
  }

  /// The minibatches, as `goto` takes them.
  private var loopNames: [String] {
    var names: [String] = []
    for stage in trace.stages where stage.loops.iteration != nil && names.last != stage.loops.text {
      names.append(stage.loops.text)
    }
    return names
  }

  private var stageNames: [String] {
    var names: [String] = []
    for stage in trace.stages where !names.contains(stage.name) { names.append(stage.name) }
    return names
  }

  /// The names of terms; once the bracket is open, the terms themselves.
  private func termNames(_ word: String) -> [String] {
    var names: [String] = []
    var seen: Set<TermKey> = []
    let isOpen = word.contains("[" as Character) || word.contains("(" as Character)
    for term in trace.terms {
      let entry = trace.glossary.entries[term.key.name]
      guard isOpen else {
        let suffix = entry.labels.isEmpty ? "" : entry.name == "metric" ? "(" : "["
        if seen.insert(TermKey(name: term.key.name)).inserted { names.append(entry.name + suffix) }
        continue
      }
      guard word.utf8.starts(with: entry.name.utf8), seen.insert(term.key).inserted else { continue }
      names.append(trace.glossary.text(term.key))
    }
    return names
  }
}
