import ArgumentParser
import Debugging
import Recording
import Reporting
import Simulation

/// `gradus compare`: the same run several times with something changed, or several algorithms in one world.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare a source with changes of itself, or algorithms in one world.",
    usage: """
      gradus compare SOURCE --set option=value … [--preset name]
                     [--limit number] [--format text|markdown|json]
      gradus compare SOURCE SOURCE … [--set option=value …] [--preset name]
                     [--brief] [--plot FILE] [--format text|markdown|json]
      """,
    discussion: """
      Of one source, where every option is set once, it prints the first difference and every term that moved.
      Where an option is set several times, its values are printed side by side, term by term; other options apply to all.

      Several sources learn in one world, from one reference: what they have made of it is compared by exact numbers, after \
      every round and at the end. A file's world is everybody's; otherwise it is a built-in one in which all can learn. An \
      option applies to those that have it.

      Example:  gradus compare ppo --set cliprange=0.1
      Example:  gradus compare ppo --set lam=0 --set lam=0.95 --set lam=1
      Example:  gradus compare ppo grpo dpo --plot frontier.svg
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case text, markdown, json }

  @Argument(
    help: ArgumentHelp("Built-in scenarios or scenario files; one alone may be a batch file.", valueName: "SOURCE"),
    completion: .sources)
  var sources: [String]

  @OptionGroup var changes: ChangeOptions

  @Option(help: "What to print.")
  var format = Format.text

  @Flag(help: "The same as --format json: everything, with all digits.")
  var json = false

  @Option(
    help: ArgumentHelp("Of one source: how many names of moved terms to list (default: 20).", valueName: "number"))
  var limit: Int?

  @Flag(help: "Of several: only what became of them, not what they took and each round.")
  var brief = false

  @Option(
    help: ArgumentHelp("Of several: draw reward against KL into a .svg, .png, .pdf or .txt file.", valueName: "FILE"),
    completion: .file())
  var plot: String?

  func validate() throws {
    if sources.count == 1 {
      if changes.assignments.isEmpty && changes.preset == nil {
        throw ValidationError(
          "there is nothing to compare with; say what to change with --set or --preset, or name another source")
      }
      if brief { throw ValidationError("--brief is for several sources; of one, --limit shortens the list") }
      if plot != nil { throw ValidationError("--plot draws several sources; of one, gradus plot draws frontier") }
    } else if limit != nil {
      throw ValidationError("--limit is for one source")
    }
    if brief, json || format == .json { throw ValidationError("--brief is for text and Markdown") }
    if let limit, limit < 0 { throw ValidationError("--limit must be 0 or more") }
  }

  func run() throws {
    let format = json ? .json : format
    if sources.count == 1 {
      try ChangedSource(source: Source(named: sources[0]), changes: changes, limit: limit ?? 20).compare(as: format)
    } else {
      try ComparedSources(names: sources, changes: changes, plot: plot, isBrief: brief).compare(as: format)
    }
  }
}

/// One source beside changes of itself.
private struct ChangedSource {
  let source: Source
  let changes: ChangeOptions
  let limit: Int

  func compare(as format: CompareCommand.Format) throws {
    let variants = changes.assignments.variants
    if variants.count == 1, format != .markdown { return try compareBeforeAndAfter(format) }
    // Each recording is short, all of them are not.
    let comparison = try Activity.during("comparing variants of \(source.name)") { _ in
      try variants.count == 1 ? beforeAndAfter : sideBySide(variants)
    }
    switch format {
    case .text: try Output.write(comparison.text(limit: limit).onTerminal)
    case .markdown:
      let title = "\(source.name): \(comparison.options)"
      try Output.write(comparison.markdown(title: title, limit: limit))
    case .json: try Output.write(comparison.json + "\n")
    }
  }

  private func compareBeforeAndAfter(_ format: CompareCommand.Format) throws {
    let comparison = Comparison(source.recorded(), try changes.applied(to: source).recorded())
    try Output.write(format == .json ? comparison.json + "\n" : comparison.text(limit: limit).onTerminal)
  }

  private var beforeAndAfter: VariantComparison {
    get throws {
      let options = changes.assignments.map { "\($0.name)=\($0.value)" }
      let label = ((changes.preset.map { ["preset \($0.rawValue)"] } ?? []) + options).joined(separator: ", ")
      return VariantComparison(
        of: "before and after",
        [.init("as it is", source.recorded()), .init(label, try changes.applied(to: source).recorded())])
    }
  }

  private func sideBySide(_ variants: [[Assignment]]) throws -> VariantComparison {
    guard variants.count <= 12 else {
      throw CommandError(.usage, "these are \(variants.count) variants; compare 12 at most at a time")
    }
    let repeated = changes.assignments.repeatedNames
    // The preset is described once.
    let base = try changes.presetApplied(to: source)
    return VariantComparison(
      of: repeated.joined(separator: ", "),
      try variants.map { assignments in
        var variant = base
        try variant.change(assignments)
        let values = repeated.compactMap { name in assignments.first { $0.name == name }?.value }
        return .init(values.joined(separator: ", "), variant.recorded())
      })
  }
}

extension [Assignment] {
  /// The options that are set to several values, in order of first appearance.
  var repeatedNames: [String] {
    var names: [String] = []
    for assignment in self where !names.contains(assignment.name) {
      if values(of: assignment.name).count > 1 { names.append(assignment.name) }
    }
    return names
  }

  /// Every combination of the values that options are set to, the last option's values changing fastest.
  var variants: [[Assignment]] {
    var names: [String] = []
    for assignment in self where !names.contains(assignment.name) { names.append(assignment.name) }
    return names.reduce([[]]) { variants, name in
      // Each option multiplies the number of variants: far more than can be compared are not built.
      variants.count > 1000
        ? variants : variants.flatMap { variant in values(of: name).map { variant + [Assignment(name, $0)] } }
    }
  }

  private func values(of name: String) -> [String] {
    var values: [String] = []
    for assignment in self where assignment.name == name && !values.contains(assignment.value) {
      values.append(assignment.value)
    }
    return values
  }
}
