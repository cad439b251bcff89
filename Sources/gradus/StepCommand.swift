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
    usage: "gradus step SOURCE [--set option=value …] [--preset name] [--cast FILE]",
    discussion: """
      Its command `help` lists its commands. Without a terminal it reads them from standard input, line by line, and \
      repeats each before its reply.

      With --cast the session also becomes a picture of a terminal in which it is typed, for a README or a page of \
      your own. It is the same picture each time, and one with a command that fails is not written.

      Example:  gradus step ppo --set cliprange=0.1
                gradus step ppo --cast clip.svg < commands.txt
      """)

  @OptionGroup var options: SourceOptions

  @Option(
    name: .customLong("cast"),
    help: ArgumentHelp("Also write the session as a moving picture (SVG).", valueName: "FILE"),
    completion: .file(extensions: ["svg"]))
  var picture: String?

  func validate() throws {
    guard picture?.lowercased().hasSuffix(".svg") != false else {
      throw ValidationError("--cast writes SVG: end the file's name in .svg")
    }
  }

  func run() throws {
    let source = try options.load()
    let session = Activity.during("recording \(source.name)") { _ in
      Session(source: source) { name throws(ExpressionError) in try Session.opening(name, in: nil) }
    }
    let cast = Cast(command: commandLine, reply: Self.welcome(to: session))
    let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    try isTerminal ? converse(session, cast) : obey(session, cast)
  }

  /// The command as one would type it, without `--cast`.
  private var commandLine: String {
    let preset = options.preset.map { ["--preset", $0.rawValue] } ?? []
    let changes = options.assignments.flatMap { ["--set", "\($0.name)=\($0.value)"] }
    return (["gradus", "step", options.source] + preset + changes).joined(separator: " ")
  }

  /// On a terminal: an error is a reply like any other.
  private func converse(_ session: Session, _ cast: Cast) throws {
    var (session, cast) = (session, cast)
    // If the picture cannot be written, that is better said now than at the end of a long session.
    try write(cast, session)
    let editor = LineEditor { session.completions(of: $0, cursor: $1) }
    try Output.write(Self.welcome(to: session).onTerminal)
    while !session.isFinished, let line = editor.readLine(prompt: session.prompt) {
      let prompt = session.prompt
      let reply = Activity.during("working") { _ in session.run(line) }
      // Leaving is not part of what the picture shows.
      if !session.isFinished { cast.add(line, after: prompt, reply: reply.text) }
      do {
        try reply.files.write()
        try Output.write(reply.text.onTerminal)
      } catch let error as CommandError {
        error.report()
      }
    }
    try write(cast, session)
    if let picture { try Output.write("wrote \(picture)\n") }
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
  private func obey(_ session: Session, _ cast: Cast) throws {
    var (session, cast) = (session, cast)
    var failure: (line: Int, command: String)?
    var number = 0
    while !session.isFinished, let line = readLine() {
      number += 1
      let prompt = session.prompt
      try Output.write(prompt + line + "\n")
      let reply = session.run(line)
      if !session.isFinished { cast.add(line, after: prompt, reply: reply.text) }
      if reply.isError {
        failure = failure ?? (number, line)
        Output.complain(reply.text.plain)
      } else {
        try reply.files.write()
        try Output.write(reply.text.onTerminal)
      }
    }
    guard let failure else { return try write(cast, session) }
    guard let picture else { throw ExitCode(CommandError.Kind.badData.rawValue) }
    throw CommandError(
      .badData,
      "\(picture) is not written, since line \(failure.line) of standard input fails: \(failure.command); correct it")
  }

  /// Writes the picture, if one is asked for.
  private func write(_ cast: Cast, _ session: Session) throws {
    if let picture { try OutputFile.write(cast.ended(with: session.prompt).svg, to: picture) }
  }
}
