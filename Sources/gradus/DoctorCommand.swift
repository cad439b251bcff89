import ArgumentParser
import Debugging
import Simulation

/// `gradus doctor`: what in a run is a known puzzle.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Name the known puzzles that a run shows, with the numbers that show them.",
    usage: "gradus doctor SOURCE [--set option=value …] [--preset name] [--json]",
    discussion: """
      Each finding says whether it is a bug, a reason for caution or harmless, why the numbers are so, what is inferred \
      rather than read off, and what to do. Every number can be asked for again with `gradus print`.

      The exit code is 0 whether anything is found or not; --json is for scripts that want to know.

      Example:  gradus doctor batch.json
      """)

  @OptionGroup var options: SourceOptions

  @Flag(help: "Print JSON, with all digits.")
  var json = false

  func run() throws {
    let source = try options.load()
    let diagnosis = Diagnosis(of: source, recorded: source.record())
    try Output.write(json ? diagnosis.json + "\n" : diagnosis.text.onTerminal)
  }
}
