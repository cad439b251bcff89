import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Session {
  func help(_ topic: String) throws(ExpressionError) -> Reply {
    if topic.isEmpty { return Reply(commandGroups()) }
    if topic == "options" { return Reply(optionList()) }
    if topic == "terms" { return Reply(termList()) }
    if let command = Command.named(topic) { return Reply(help(command)) }
    if let option = Option.named(topic, for: source.algorithm) { return Reply(help(option)) }
    if let text = helpOnNames(topic) { return Reply(text) }
    let options = Option.all(for: source.algorithm).map { $0.name }
    let names = Command.allCases.map { $0.rawValue } + options + Quantity.allCases.map { $0.name }
    let near = nearestNames(to: topic, among: names)
    throw ExpressionError(
      "there is no help on \(topic)"
        + (near.isEmpty ? "; `help` lists the commands" : "; did you mean \(near.joined(separator: ", "))?"))
  }

  /// What a name means in this run: a stage, a term, or both.
  private func helpOnNames(_ topic: String) -> StyledText? {
    var text = StyledText()
    if let run = trace.stages.last(where: { $0.name == topic }) {
      text.line(wrap("stage \(run.name): \(trace.purpose(of: run))", indent: 0))
    }
    if let name = trace.glossary.index(ofName: topic), trace.terms.contains(where: { $0.key.name == name }) {
      text.line(wrap("term \(topic): \(trace.glossary.entries[name].meaning)", indent: 0))
    }
    return text.isEmpty ? nil : text
  }

  private func commandGroups() -> StyledText {
    var text = StyledText()
    let lines = Command.groups.flatMap { $0.lines }
    let width = lines.map { NumberText.width($0.usage) }.max() ?? 0
    for group in Command.groups {
      for (number, line) in group.lines.enumerated() {
        text.add(NumberText.alignedLeft(number == 0 ? group.title : "", to: 8), .dim)
        text.add(NumberText.alignedLeft(line.usage, to: width) + "  ", .heading)
        text.line(line.text)
      }
    }
    text.line("Enter: from an overview to its most telling row; elsewhere, the last step again.", .dim)
    return text
  }

  private func help(_ command: Command) -> StyledText {
    let description = command.description
    var text = StyledText()
    text.add(description.usage, .heading)
    text.line(description.short.isEmpty ? "" : "   short: \(description.short.joined(separator: ", "))", .dim)
    text.line(description.summary)
    for line in description.detail.split(separator: "\n") { text.line(wrap(String(line), indent: 0)) }
    return text
  }

  private func help(_ option: Option) -> StyledText {
    let description = option.description
    var text = StyledText()
    text.add(description.name, .heading)
    text.line(" = \(source.settings[option].text)   standard \(description.standard.text)", .dim)
    text.line(wrap(description.sentence, indent: 0))
    text.line("It is \(option.expectation). Source: \(description.source).".wrapped)
    return text
  }

  private func optionList() -> StyledText {
    var text = StyledText()
    let names = source.options.map { $0.name }
    let width = names.map { $0.count }.max() ?? 0
    for option in source.options {
      text.add("  " + NumberText.alignedLeft(option.name, to: width) + "  ", .heading)
      text.line(wrap(option.description.sentence, indent: width + 4))
    }
    return text
  }

  private func termList() -> StyledText {
    var text = StyledText()
    var seen: Set<Int> = []
    for term in trace.terms where seen.insert(term.key.name).inserted {
      let entry = trace.glossary.entries[term.key.name]
      text.add("  " + NumberText.alignedLeft(entry.name, to: 20) + "  ", .heading)
      text.line(wrap(entry.meaning, indent: 24))
    }
    return text
  }
}

extension String {
  fileprivate var wrapped: String { wrap(self, indent: 0) }
}
