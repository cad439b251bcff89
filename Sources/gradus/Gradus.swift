import ArgumentParser
import Distribution
import Documents
import Foundation

/// The program: a list of commands.
@main struct Gradus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradus",
    abstract: "A time-travel debugger for the algorithms that align language models.",
    discussion: """
      Start with:  gradus tour ppo
      The debugger itself:  gradus step ppo
      Train a real model:  gradus train grpo

      SOURCE is the name of a built-in scenario (`gradus scenarios` lists them), a scenario file (.yaml, .json), a batch \
      that a trainer recorded (.json), or the samples that verl or OpenRLHF wrote (.jsonl).
      """,
    version: Version.text,
    subcommands: [
      StepCommand.self, PrintCommand.self, TraceCommand.self, DiagramCommand.self, PlotCommand.self,
      CompareCommand.self, DiffCommand.self,
      DoctorCommand.self, WatchCommand.self, ScenariosCommand.self, TourCommand.self, LessonCommand.self,
      QuizCommand.self, GradeCommand.self,
      ChooseCommand.self, NotebookCommand.self, KernelCommand.self, WebCommand.self, SlidesCommand.self,
      TrainCommand.self, RunsCommand.self,
      PlanCommand.self, ExportCommand.self, ModelsCommand.self, SampleCommand.self, ScoreCommand.self,
      EvaluateCommand.self, ChatCommand.self, MaskCommand.self,
      ManualCommand.self,
    ])

  static func main() {
    // A reader that stops early, such as `head`, ends the program silently, whatever the parent process set.
    signal(SIGPIPE, SIG_DFL)
    // A file that outgrows the shell's limit is to be reported like a full disk, and not to end the program.
    signal(SIGXFSZ, SIG_IGN)
    do {
      let arguments = CommandLine.arguments.dropFirst()
      if let script = CompletionScript.asked(by: arguments) { return try Output.write(script + "\n") }
      var command = try command(arguments)
      try command.run()
    } catch let error as CommandError {
      error.report()
      exit(withError: ExitCode(error.kind.rawValue))
    } catch {
      exit(withError: error)
    }
  }

  /// The command that the arguments ask for; of several ranks, only the first one reports an unknown one.
  private static func command(_ arguments: ArraySlice<String>) throws -> any ParsableCommand {
    do {
      try rejectUnknownCommand(arguments.first)
      return try parseAsRoot()
    } catch {
      if Launch.isFirst { throw error }
      // The first to exit may end them all.
      sleep(1)
      throw (error as? CommandError).map { ExitCode($0.kind.rawValue) } ?? exitCode(for: error)
    }
  }

  /// The argument parser only calls an unknown command an unexpected argument.
  private static func rejectUnknownCommand(_ name: String?) throws {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard let name, !name.hasPrefix("-"), !(names + ["help"]).contains(name) else { return }
    let hint =
      nearestNames(to: name, among: names, limit: 1).first.map { "did you mean '\($0)'?" }
      ?? "the commands are \(names.joined(separator: ", "))"
    throw CommandError(.usage, "there is no command '\(name)'; \(hint)")
  }
}
