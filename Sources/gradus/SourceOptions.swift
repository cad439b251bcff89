public import ArgumentParser
public import Simulation

/// The arguments of every command that looks at a run: the source, and what to change in it.
struct SourceOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("A built-in scenario, a scenario file or a batch file.", valueName: "SOURCE"),
    completion: .sources)
  var source: String

  @OptionGroup var changes: ChangeOptions

  var assignments: [Assignment] { changes.assignments }
  var preset: Preset? { changes.preset }

  /// The source with all changes; says on standard error what the preset changed.
  func load() throws -> Source { try changed(try Source(named: source)) }

  /// The preset comes first, so that an option can override it.
  func changed(_ source: Source) throws -> Source { try changes.applied(to: source) }

  /// The source with the preset alone; says on standard error what it changed.
  func presetApplied(to source: Source) throws -> Source { try changes.presetApplied(to: source) }
}

/// What to change in a source.
struct ChangeOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Change an option, or the seed; can be repeated.", valueName: "option=value"),
    completion: .sourceOptions,
    transform: Assignment.init)
  var assignments: [Assignment] = []

  @Option(help: ArgumentHelp("First adopt the conventions of an implementation.", valueName: "name"))
  var preset: Preset?

  func applied(to source: Source) throws -> Source {
    var source = try presetApplied(to: source)
    try source.change(assignments)
    return source
  }

  func presetApplied(to source: Source) throws -> Source {
    var source = source
    if let preset { Output.complain(try source.describeAndApply(preset)) }
    return source
  }
}

extension Preset: ExpressibleByArgument {}

/// `cliprange=0.1`.
struct Assignment {
  let name: String
  let value: String

  init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }

  init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw ValidationError("write option=value, such as cliprange=0.1")
    }
    (name, value) = (String(parts[0]), String(parts[1]))
  }
}
