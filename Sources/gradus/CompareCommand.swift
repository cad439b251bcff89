import ArgumentParser
import Debugging
import Simulation

/// `gradus compare`: the same run twice, with something changed.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Run a source as it is and with changes: the first difference, and every term that moved.",
    usage: """
      gradus compare SOURCE --set option=value … [--preset name]
                     [--limit number] [--json]
      """,
    discussion: "Example:  gradus compare ppo --set cliprange=0.1")

  @OptionGroup var options: SourceOptions

  @Flag(help: "Print JSON, with all that moved and all digits.")
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
    let before = try Source(named: options.source)
    let after = try options.changed(before)
    let comparison = Comparison(before.record(), after.record())
    try Output.write(json ? comparison.json + "\n" : comparison.text(limit: limit).onTerminal)
  }
}
