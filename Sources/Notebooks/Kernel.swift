public import Debugging
import Documents
public import Foundation
public import Reporting
public import Simulation

/// Runs a notebook's cells, one after the other: the debugger's commands in one session, scripts in one folder.
///
/// A script finds the notebook's files by their names, but what it writes goes to a folder that is thrown away.
public final class Kernel {
  /// One of the things that a cell shows.
  public enum Display: Sendable {
    /// What it prints.
    case lines([String])
    /// The answer of a command that fails.
    case complaint([String])
    /// A file that the commands `diagram`, `plot` and `trace` ask for.
    case file(FileRequest)
  }

  /// What a cell showed, and what went wrong.
  public struct Result: Sendable {
    public fileprivate(set) var displays: [Display] = []
    /// The first thing that failed.
    public fileprivate(set) var failure: NotebookError?

    /// What it printed, including complaints.
    public var output: [String] {
      displays.flatMap { display -> [String] in
        switch display {
        case .lines(let lines), .complaint(let lines): lines
        case .file: []
        }
      }
    }

    public var files: [FileRequest] {
      displays.compactMap { display in if case .file(let file) = display { file } else { nil } }
    }
  }

  /// Recorded when it is first needed: a page with nothing but scripts never needs it.
  public internal(set) lazy var session = Session(source: first, opening: opening)
  private let first: Source
  private let opening: SourceOpening
  private let shell: Shell
  private let limit: Double
  private let overrun: Overrun
  private let interruption: CellInterruption?

  /// How `open` finds a source: a scenario's name, or a file in a folder.
  public typealias Opening = (_ name: String, _ folder: URL?) throws(ExpressionError) -> Source

  /// Called where the debugger does not answer in time; the line is the cell's.
  public typealias Overrun = @Sendable (_ line: Int) -> Void

  /// - Parameters:
  ///   - folder: Where the notebook is; nil if it is in no folder.
  ///   - program: The `gradus` that scripts find, usually the running one.
  ///   - limit: How long a cell may run, in seconds; may be infinite.
  ///   - interruption: What stops a cell before its end.
  ///   - opening: How `open` finds a source in the notebook's folder, or in that of its scripts; the session begins with
  ///     the scenario `ppo`.
  ///   - overrun: Called on another thread if the debugger takes longer; a script that takes longer is stopped and fails.
  public init(
    folder: URL?, program: URL, limit: Double, interruption: CellInterruption? = nil, opening: @escaping Opening,
    overrun: @escaping Overrun
  ) throws(NotebookError) {
    let shell = Shell(folder: folder, program: program, limit: limit, interruption: interruption)
    self.shell = shell
    do throws(ExpressionError) {
      first = try Session.builtIn("ppo")
    } catch {
      throw NotebookError(line: 1, message: error.message)
    }
    self.opening = { name throws(ExpressionError) in
      // Files that a script wrote take precedence over those beside the notebook.
      try opening(name, shell.scratch(with: name) ?? folder)
    }
    self.limit = limit
    self.interruption = interruption
    self.overrun = overrun
  }

  /// Runs a cell to its end.
  ///
  /// - Parameters:
  ///   - cell: What is run.
  ///   - show: Receives what the cell shows, at once.
  public func run(_ cell: Cell, show: (Display) -> Void = { _ in }) -> Result {
    interruption?.begin()
    var result = Result()
    func add(_ display: Display) {
      result.displays.append(display)
      show(display)
    }
    let failure =
      switch cell.language {
      case .gradus: obey(cell, add)
      case .sh: execute(cell, add)
      }
    result.failure = failure
    return result
  }

  private func obey(_ cell: Cell, _ show: (Display) -> Void) -> NotebookError? {
    var failure: NotebookError?
    let alarm = DispatchWorkItem { [overrun, line = cell.line] in overrun(line) }
    if limit.isFinite { DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: alarm) }
    defer { alarm.cancel() }
    // An empty line would repeat a command; here it only parts commands.
    for (offset, command) in cell.commands.enumerated() where !command.trimmingBlanks.isEmpty {
      guard let reply = perform(command) else {
        show(.complaint([CellInterruption.message]))
        return failure ?? NotebookError(line: cell.line + offset + 1, message: CellInterruption.message)
      }
      let lines = reply.text.plain.outputLines
      if reply.isError {
        let message = reply.text.plain.trimmingCharacters(in: .newlines)
        failure = failure ?? NotebookError(line: cell.line + offset + 1, message: message)
        show(.complaint(lines))
      }
      for file in reply.files { show(.file(file)) }
      // A picture is shown below the cell; there is no need to say that it was written.
      if reply.files.isEmpty, !reply.isError, !lines.isEmpty { show(.lines(lines)) }
    }
    return failure
  }

  /// The debugger's reply; nil if it was interrupted, and the session is then as it was.
  private func perform(_ command: String) -> Reply? {
    guard let interruption else { return session.run(command) }
    guard let (reply, session) = interruption.run(command, in: session) else { return nil }
    self.session = session
    return reply
  }

  private func execute(_ cell: Cell, _ show: (Display) -> Void) -> NotebookError? {
    let trouble = shell.run(cell.commands.joined(separator: "\n") + "\n") { show(.lines($0)) }
    return trouble.map { NotebookError(line: cell.line, message: $0) }
  }

  /// Removes the scripts' folder, which otherwise goes with the kernel.
  public func close() { shell.close() }
}

extension String {
  /// Its lines, without an empty last one.
  var outputLines: [String] {
    var lines = unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).withoutEnd }
    while lines.last == "" { lines.removeLast() }
    return lines
  }
}
