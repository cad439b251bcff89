import Debugging

/// The manual: `gradus.1`, and a page for each command, made from the commands' own help.
enum ManualPages {
  /// The files' names and texts.
  static func all() throws -> [(file: String, text: String)] {
    let program = try CommandHelp.program()
    let pages = program.subcommands.map { ("gradus-\($0.name).1", page(of: $0, among: program)) }
    return [("gradus.1", overview(program))] + pages
  }

  private static func overview(_ program: CommandHelp) -> String {
    var page = ManualText(page: "gradus")
    page.name("gradus", program.abstract.asPurpose)
    page.section("SYNOPSIS")
    page.synopsis("gradus COMMAND [argument …]", command: "gradus")
    page.synopsis("gradus --help|--version", command: "gradus")
    page.section("DESCRIPTION")
    page.paragraphs(program.discussion)
    page.section("COMMANDS")
    for command in program.subcommands {
      page.item("\(ManualText.bold("gradus-\(command.name)"))(1)", command.abstract)
    }
    page.options("OPTIONS", program.arguments.filter { !$0.names.isEmpty })
    page.files()
    page.exitStatus()
    page.section("SEE ALSO")
    page.paragraphs(
      "`man gradus-step` and so on: a page for each command. `gradus help COMMAND` is the short form.")
    return page.text
  }

  private static func page(of command: CommandHelp, among program: CommandHelp) -> String {
    var page = ManualText(page: "gradus-\(command.name)")
    page.name("gradus-\(command.name)", command.abstract.asPurpose)
    page.section("SYNOPSIS")
    for form in command.usage { page.synopsis(form, command: "gradus \(command.name)") }
    let (discussion, examples) = command.discussion.withoutExamples
    page.section("DESCRIPTION")
    page.paragraphs([command.abstract, discussion].filter { !$0.isEmpty }.joined(separator: "\n\n"))
    page.arguments(of: command)
    for part in command.subcommands { page.part(part, of: command) }
    if command.name == "step" { page.debugger() }
    if !examples.isEmpty {
      page.section("EXAMPLES")
      for example in examples { page.literal(example) }
    }
    page.exitStatus()
    page.section("SEE ALSO")
    let others = program.subcommands.filter { $0.name != command.name }.map { "gradus-\($0.name)" }
    page.paragraphs((["gradus"] + others).map { "`\($0)`(1)" }.joined(separator: ", "))
    return page.text
  }
}

extension ManualText {
  fileprivate mutating func arguments(of command: CommandHelp) {
    options("ARGUMENTS", command.arguments.filter { $0.names.isEmpty })
    options("OPTIONS", command.arguments.filter { !$0.names.isEmpty })
  }

  fileprivate mutating func options(_ title: String, _ arguments: [CommandHelp.Argument]) {
    guard !arguments.isEmpty else { return }
    section(title)
    for argument in arguments { item(argument.term, argument.meaning) }
  }

  /// A command's own command, such as `gradus notebook run`.
  fileprivate mutating func part(_ part: CommandHelp, of command: CommandHelp) {
    section("gradus \(command.name) \(part.name)".uppercased())
    for form in part.usage { synopsis(form, command: "gradus \(command.name) \(part.name)") }
    paragraphs([part.abstract, part.discussion].filter { !$0.isEmpty }.joined(separator: "\n\n"))
    for argument in part.arguments where !argument.isEverywhere { item(argument.term, argument.meaning) }
    for inner in part.subcommands { item(ManualText.bold(inner.name), inner.abstract) }
  }

  /// What `gradus step` understands.
  fileprivate mutating func debugger() {
    section("COMMANDS OF THE DEBUGGER")
    for command in Session.commandHelp {
      let short = command.short.isEmpty ? "" : " (short: \(command.short.joined(separator: ", ")))"
      item(ManualText.bold(command.usage) + ManualText.escaped(short), command.summary)
      if !command.detail.isEmpty { continued(command.detail.replacing("\n", with: " ")) }
    }
  }

  fileprivate mutating func files() {
    section("ENVIRONMENT")
    item(ManualText.bold("NO_COLOR"), "If it is set, output is not coloured.")
    item(ManualText.bold("XDG_STATE_HOME"), "Where history and progress are kept; ~/.local/state if it is not set.")
    item(
      ManualText.bold("GRADUS_KERNELS"),
      "Which instructions training uses: avx512bf16, avx512, avx2 or portable; the best that the processor has if it is not "
        + "set.")
    section("FILES")
    item(
      ManualText.italic("$XDG_STATE_HOME/gradus/"),
      "The debugger's history, the progress of the lessons and the score of the quiz.")
  }

  fileprivate mutating func exitStatus() {
    section("EXIT STATUS")
    item(ManualText.bold("0"), "All went well.")
    item(ManualText.bold("64"), "The command was not understood.")
    item(ManualText.bold("65"), "An input is invalid, or an answer or a check failed.")
    item(ManualText.bold("66"), "An input file is missing.")
    item(ManualText.bold("70"), "Training diverged: its loss or gradient became NaN or infinite.")
    item(ManualText.bold("74"), "Something cannot be written.")
  }
}

extension CommandHelp.Argument {
  /// Whether every command takes it, so that subcommands need not list it again.
  fileprivate var isEverywhere: Bool { names.contains("--help") || names.contains("--version") }

  fileprivate var term: String {
    let value = value.map { ManualText.italic($0) }
    if names.isEmpty { return value ?? "" }
    return names.map { ManualText.bold($0) }.joined(separator: ", ") + (value.map { " " + $0 } ?? "")
  }

  fileprivate var meaning: String {
    var meaning = abstract
    if !choices.isEmpty, !choices.allSatisfy(abstract.contains) {
      meaning += " One of \(choices.joined(separator: ", "))."
    }
    if let standard { meaning += " Default: \(standard)." }
    return meaning
  }
}

extension String {
  /// As the purpose in NAME, which is not a sentence.
  fileprivate var asPurpose: String {
    guard let first, !dropFirst().prefix(1).allSatisfy(\.isUppercase) else { return self }
    return first.lowercased() + (hasSuffix(".") ? dropFirst().dropLast() : dropFirst())
  }

  /// The text, and the commands that it gives as examples.
  fileprivate var withoutExamples: (text: String, examples: [String]) {
    var kept: [Substring] = []
    var examples: [String] = []
    for line in split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("Example:  ") {
        examples.append(String(line.dropFirst("Example:  ".count)))
      } else {
        kept.append(line)
      }
    }
    return (kept.joined(separator: "\n"), examples)
  }
}
