import ArgumentParser
import Diagnosis
import Simulation

/// `gradus doctor`: names the known puzzles of a run.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Name the known puzzles that a run shows, with the numbers that show them.",
    usage: "gradus doctor SOURCE [--set option=value …] [--preset name] [--json]",
    discussion: """
      Each finding says whether it is a bug, a reason for caution or harmless, why the numbers are as they are, what is \
      inferred rather than read off, and what to do. `gradus print` prints each of the numbers again.

      The exit code is 0 whether or not anything is found; scripts can use --json.

      Example:  gradus doctor batch.json
      """)

  @OptionGroup var options: SourceOptions

  @Flag(help: "Print JSON, with all digits.")
  var json = false

  func run() throws {
    let source = try options.load()
    let diagnosis = DoctorReport(of: source, recorded: source.recorded())
    try Output.write(json ? diagnosis.json + "\n" : diagnosis.text.onTerminal)
  }
}
