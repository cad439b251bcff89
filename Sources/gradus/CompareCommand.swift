import ArgumentParser
import Debugging
import Recording
import Reporting
import Simulation

/// `gradus compare`: the same run several times, with something changed.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Run a source as it is and with changes, or in variants, and show what differs.",
    usage: """
      gradus compare SOURCE --set option=value … [--preset name]
                     [--limit number] [--format text|markdown|json]
      """,
    discussion: """
      Where every option is set once, it prints the first difference and every term that moved.
      Where an option is set several times, its values are printed side by side, term by term; other options apply to all.

      Example:  gradus compare ppo --set cliprange=0.1
      Example:  gradus compare ppo --set lam=0 --set lam=0.95 --set lam=1
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case text, markdown, json }

  @OptionGroup var options: SourceOptions

  @Option(help: "What to print.")
  var format = Format.text

  @Flag(help: "The same as --format json: everything that moved, with all digits.")
  var json = false

  @Option(help: ArgumentHelp("How many names of moved terms to list.", valueName: "number"))
  var limit = 20

  func validate() throws {
    if options.assignments.isEmpty && options.preset == nil {
      throw ValidationError("there is nothing to compare with; say what to change with --set or --preset")
    }
    if limit < 0 { throw ValidationError("--limit must be 0 or more") }
  }

  func run() throws {
    let source = try Source(named: options.source)
    let format = json ? .json : format
    let variants = options.assignments.variants
    if variants.count == 1, format != .markdown { return try compareBeforeAndAfter(source, format) }
    let comparison = try variants.count == 1 ? beforeAndAfter(source) : sideBySide(source, variants)
    switch format {
    case .text: try Output.write(comparison.text(limit: limit).onTerminal)
    case .markdown:
      let title = "\(source.name): \(comparison.options)"
      try Output.write(comparison.markdown(title: title, limit: limit))
    case .json: try Output.write(comparison.json + "\n")
    }
  }

  private func compareBeforeAndAfter(_ source: Source, _ format: Format) throws {
    let comparison = Comparison(source.record(), try options.changed(source).record())
    try Output.write(format == .json ? comparison.json + "\n" : comparison.text(limit: limit).onTerminal)
  }

  private func beforeAndAfter(_ source: Source) throws -> VariantComparison {
    let changes = options.assignments.map { "\($0.name)=\($0.value)" }
    let label = ((options.preset.map { ["preset \($0.rawValue)"] } ?? []) + changes).joined(separator: ", ")
    return VariantComparison(
      of: "before and after",
      [.init("as it is", source.record()), .init(label, try options.changed(source).record())])
  }

  private func sideBySide(_ source: Source, _ variants: [[Assignment]]) throws -> VariantComparison {
    guard variants.count <= 12 else {
      throw CommandError(.usage, "these are \(variants.count) variants; compare 12 at most at a time")
    }
    let repeated = options.assignments.repeatedNames
    // The preset is described once.
    let base = try options.presetApplied(to: source)
    return VariantComparison(
      of: repeated.joined(separator: ", "),
      try variants.map { assignments in
        var variant = base
        try variant.change(assignments)
        let values = repeated.compactMap { name in assignments.first { $0.name == name }?.value }
        return .init(values.joined(separator: ", "), variant.record())
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
      // Text grows by the number of values each time: what cannot be shown is not built either.
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
