import ArgumentParser
import Diagnosis
import Documents
import Reporting
import Simulation
import Training

/// `gradus doctor`: names the known puzzles of a step, and what the curves of a whole run show.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract:
      "Name the known puzzles that a step shows, or the troubles in a run's curves, with the numbers that show them.",
    usage: """
      gradus doctor SOURCE [PUZZLE] [--set option=value …] [--preset name]
      gradus doctor RUN [FINDING] [--run name]
      gradus doctor SOURCE|RUN --json
      """,
    discussion: """
      Each finding says whether it is a bug, a reason for caution or harmless, why the numbers are as they are, what is \
      inferred rather than read off, and what to do. `gradus print` prints each of the numbers of a step again.

      RUN is a folder of `gradus train` or a log of any trainer: trainer_state.json of TRL, verl's and OpenRLHF's console \
      or file logs, JSON lines, TensorBoard's event files, and what W&B or Trackio export as JSON or CSV. Its findings are \
      about its curves, each with the step to open; what the log does not have is said as well. `gradus watch` follows a run.

      The exit code is 0 whether or not anything is found; scripts can use --json.

      Example:  gradus doctor batch.json
      Example:  gradus doctor batch.json early-ratio
      Example:  gradus doctor runs/grpo
      Example:  gradus doctor output/checkpoint-500/trainer_state.json
      """)

  @OptionGroup var options: SourceOptions

  @Argument(help: ArgumentHelp("Tell of this finding only, by its name.", valueName: "PUZZLE"))
  var puzzle: String?

  @Option(
    name: .customLong("run"), help: ArgumentHelp("Of a table with several runs, the one to examine.", valueName: "name")
  )
  var runName: String?

  @Flag(help: "Print JSON, with all digits.")
  var json = false

  func validate() throws {
    if json, puzzle != nil { throw ValidationError("--json has every finding; leave \(puzzle ?? "") or --json out") }
  }

  func run() throws {
    if RunSource.isRun(options.source) { return try examineRun() }
    if let runName { throw CommandError(.usage, "--run \(runName): \(options.source) is not the log of a run") }
    let source = try options.load()
    let diagnosis = DoctorReport(of: source, recorded: source.recorded())
    if json { return try Output.write(diagnosis.json + "\n") }
    try Output.write((puzzle.map { try told($0, in: diagnosis) } ?? diagnosis.text).onTerminal)
  }

  private func examineRun() throws {
    if !options.assignments.isEmpty || options.preset != nil {
      throw CommandError(
        .usage,
        "--set and --preset change a step's options; \(options.source) is the log of a run, which is read as it is")
    }
    let (record, log) = try RunSource.read(options.source, run: runName)
    if log.unreadable > 0 {
      Output.complain(
        "\(options.source): \(log.unreadable) \(log.unreadable == 1 ? "line" : "lines") of metrics could not be read and are left out"
      )
    }
    let report = RunReport(of: record)
    if json { return try Output.write(report.json + "\n") }
    guard let puzzle else { return try Output.write(report.text.onTerminal) }
    let finding: RunFinding
    do throws(ExpressionError) {
      finding = try report.finding(named: puzzle)
    } catch {
      throw CommandError(.usage, error.message)
    }
    try Output.write(report.text(of: finding).onTerminal)
  }

  private func told(_ puzzle: String, in diagnosis: DoctorReport) throws -> StyledText {
    do throws(ExpressionError) {
      return try diagnosis.finding(named: puzzle).text
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}
