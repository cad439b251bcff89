import ArgumentParser
import Debugging
import Documents
import Foundation
import Notebooks
import Reporting
import Simulation

/// `gradus step`: the debugger.
struct StepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Step through a run, forward and back, and ask why its numbers are what they are.",
    usage: "gradus step SOURCE [--set option=value …] [--preset name]",
    discussion: """
      Its command `help` lists its commands. Without a terminal it reads them from standard input, line by line, and \
      repeats each before its reply.

      Example:  gradus step ppo --set cliprange=0.1
      """)

  @OptionGroup var options: SourceOptions

  func run() throws {
    let source = try options.load()
    let session = Activity.during("recording \(source.name)") { _ in
      Session(source: source) { name throws(ExpressionError) in try Session.opening(name, in: nil) }
    }
    let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    try isTerminal ? converse(session) : obey(session)
  }

  /// On a terminal: an error is a reply like any other.
  private func converse(_ session: Session) throws {
    var session = session
    let editor = LineEditor { session.completions(of: $0, cursor: $1) }
    try Output.write(Self.welcome(to: session).onTerminal)
    while !session.isFinished, let line = editor.readLine(prompt: session.prompt) {
      let reply = Activity.during("working") { _ in session.run(line) }
      do {
        try reply.files.write()
        try Output.write(reply.text.onTerminal)
      } catch let error as CommandError {
        error.report()
      }
    }
  }

  /// What a session greets with, and the tour of its source.
  static func welcome(to session: Session) -> StyledText {
    var text = session.greeting
    if let tour = BuiltInPage.tours.first(where: { $0.name == session.source.name }) {
      text.line("New to it? `gradus tour \(tour.name)` shows you around.", .dim)
    }
    return text
  }

  /// From a file or a pipe: all commands are run, and the exit code tells whether one failed.
  ///
  /// Each command is repeated before its reply, so that the output reads like a session.
  private func obey(_ session: Session) throws {
    var session = session
    var hasFailed = false
    while !session.isFinished, let line = readLine() {
      try Output.write(session.prompt + line + "\n")
      let reply = session.run(line)
      if reply.isError {
        hasFailed = true
        Output.complain(reply.text.plain)
      } else {
        try reply.files.write()
        try Output.write(reply.text.onTerminal)
      }
    }
    if hasFailed { throw ExitCode(CommandError.Kind.badData.rawValue) }
  }
}
