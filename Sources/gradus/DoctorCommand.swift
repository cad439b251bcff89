import ArgumentParser
import Diagnosis
import Documents
import Reporting
import Simulation

/// `gradus doctor`: names the known puzzles of a run.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Name the known puzzles that a run shows, with the numbers that show them.",
    usage: """
      gradus doctor SOURCE [PUZZLE] [--set option=value …] [--preset name]
      gradus doctor SOURCE --json [--set option=value …] [--preset name]
      """,
    discussion: """
      Each finding says whether it is a bug, a reason for caution or harmless, why the numbers are as they are, what is \
      inferred rather than read off, and what to do. `gradus print` prints each of the numbers again.

      The exit code is 0 whether or not anything is found; scripts can use --json.

      Example:  gradus doctor batch.json
      Example:  gradus doctor batch.json early-ratio
      """)

  @OptionGroup var options: SourceOptions

  @Argument(help: ArgumentHelp("Tell of this finding only, by its name.", valueName: "PUZZLE"))
  var puzzle: String?

  @Flag(help: "Print JSON, with all digits.")
  var json = false

  func validate() throws {
    if json, puzzle != nil { throw ValidationError("--json has every finding; leave \(puzzle ?? "") or --json out") }
  }

  func run() throws {
    let source = try options.load()
    let diagnosis = DoctorReport(of: source, recorded: source.recorded())
    if json { return try Output.write(diagnosis.json + "\n") }
    try Output.write((puzzle.map { try told($0, in: diagnosis) } ?? diagnosis.text).onTerminal)
  }

  private func told(_ puzzle: String, in diagnosis: DoctorReport) throws -> StyledText {
    do throws(ExpressionError) {
      return try diagnosis.finding(named: puzzle).text
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}
