public import Debugging
public import Foundation
public import Simulation

/// Runs a notebook's cells, one after the other: the debugger's commands in one session, scripts in one folder.
///
/// A script finds the notebook's files by their names, but what it writes goes to a folder that is thrown away.
public final class Kernel {
  /// What a cell has printed, what it wants written, and what went wrong.
  public struct Result: Sendable {
    public var output: [String] = []
    /// Files that the debugger's commands `diagram` and `trace` asked for.
    public var files: [FileRequest] = []
    /// The first thing that failed.
    public var failure: NotebookError?
  }

  /// Recorded when it is first needed: a page of scripts alone has no use for it.
  public private(set) lazy var session = Session(source: first, opening: opening)
  private let first: Source
  private let opening: SourceOpening
  private let shell: Shell
  private let limit: Double
  private let overrun: Overrun

  /// How `open` finds a source: a scenario's name, or a file in a folder.
  public typealias Opening = (_ name: String, _ folder: URL?) throws(ExpressionError) -> Source

  /// What becomes of a program whose debugger does not answer; the line is the cell's.
  public typealias Overrun = @Sendable (_ line: Int) -> Void

  /// - Parameters:
  ///   - folder: Where the notebook is; nil if it is in no folder.
  ///   - program: The `gradus` that scripts find; the one that runs, as a rule.
  ///   - limit: How long a cell may run, in seconds.
  ///   - opening: How `open` finds a source in the notebook's folder, or in that of its scripts; the session begins with
  ///     the scenario `ppo`.
  ///   - overrun: Called on another thread if the debugger takes longer, which nothing can interrupt; a script that does
  ///     is stopped and has failed.
  public init(
    folder: URL?, program: URL, limit: Double, opening: @escaping Opening, overrun: @escaping Overrun
  ) throws(NotebookError) {
    let shell = Shell(folder: folder, program: program, limit: limit)
    self.shell = shell
    do throws(ExpressionError) {
      first = try Session.builtIn("ppo")
    } catch {
      throw NotebookError(line: 1, message: error.message)
    }
    self.opening = { name throws(ExpressionError) in
      // What a script has written comes before what stands beside the notebook.
      try opening(name, shell.scratch(with: name) ?? folder)
    }
    self.limit = limit
    self.overrun = overrun
  }

  public func run(_ cell: Cell) -> Result {
    switch cell.language {
    case .gradus: obey(cell)
    case .sh: execute(cell)
    }
  }

  private func obey(_ cell: Cell) -> Result {
    var result = Result()
    let alarm = DispatchWorkItem { [overrun, line = cell.line] in overrun(line) }
    DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: alarm)
    defer { alarm.cancel() }
    // An empty line would repeat a command; here it only parts commands.
    for (offset, command) in cell.commands.enumerated() where !command.trimmingBlanks.isEmpty {
      let reply = session.run(command)
      if reply.isError, result.failure == nil {
        let message = reply.text.plain.trimmingCharacters(in: .newlines)
        result.failure = NotebookError(line: cell.line + offset + 1, message: message)
      }
      result.files += reply.files
      // A picture is shown below the cell; that it was written is no news.
      if reply.files.isEmpty { result.output += reply.text.plain.outputLines }
    }
    return result
  }

  private func execute(_ cell: Cell) -> Result {
    var result = Result()
    let ending = shell.run(cell.commands.joined(separator: "\n") + "\n")
    result.output = ending.output.outputLines
    if let trouble = ending.trouble { result.failure = NotebookError(line: cell.line, message: trouble) }
    return result
  }
}

extension String {
  /// Its lines, without a last one that is empty.
  var outputLines: [String] {
    var lines = unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).withoutEnd }
    while lines.last == "" { lines.removeLast() }
    return lines
  }
}
