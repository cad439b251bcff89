public import Documents

/// A cell as Jupyter has it: text, whose first line says if it is no command of the debugger.
extension Cell {
  /// The lines of the cell; a script begins with `%%sh`.
  var jupyterSource: [String] { (language == .sh ? ["%%sh"] : []) + commands }

  /// Reads what a user has typed into a cell.
  ///
  /// Jupytext writes `%%gradus` where it takes the notebook for one of another language.
  public init(jupyterSource text: String) throws(NotebookError) {
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
      String($0).withoutEnd
    }
    var language = Language.gradus
    if let first = lines.first?.trimmingBlanks, first.hasPrefix("%%") {
      let name = String(first.dropFirst(2))
      guard let known = Language(rawValue: name) else {
        throw NotebookError(
          line: 1, message: "a cell is commands of the debugger, or a script behind %%sh; \(first.visible) is neither")
      }
      language = known
      // An empty line in its place keeps the numbers of the others.
      lines[0] = ""
    }
    self.init(
      language: language, commands: lines, isMeantToFail: false, line: 0, output: nil, outputLines: 0..<0)
  }
}

/// What Jupyter shows of a cell that fails.
public struct JupyterError: Equatable, Sendable {
  public let name: String
  public let value: String
  public let traceback: [String]

  public init(name: String, value: String, traceback: [String]) {
    self.name = name
    self.value = value
    self.traceback = traceback
  }

  /// A command's complaint is the whole of what there is to say.
  public init(complaint lines: [String]) {
    self.init(
      name: lines == [CellInterruption.message] ? "Interrupted" : "CommandError",
      value: lines.joined(separator: "\n"), traceback: lines)
  }

  /// How a script has failed, which it has not printed itself; nil if no script has.
  public init?(endOf result: Kernel.Result) {
    let hasComplained = result.displays.contains { if case .complaint = $0 { true } else { false } }
    guard let failure = result.failure, !hasComplained else { return nil }
    self.init(
      name: failure.message == CellInterruption.message ? "Interrupted" : "ScriptError", value: failure.message,
      traceback: [failure.message])
  }

  /// Its members in a message and in a notebook.
  public func write(to json: inout JSONWriter) {
    json.member("ename", name)
    json.member("evalue", value)
    json.member("traceback", strings: traceback)
  }
}

/// What Jupyter is told of the debugger's commands as a language.
public enum JupyterLanguage {
  /// Its members in a notebook and in the kernel's answer.
  public static func write(to json: inout JSONWriter) {
    json.member("name", "gradus")
    json.member("file_extension", ".gradus")
    json.member("mimetype", "text/x-gradus")
    // Nobody else knows the language: without it Jupyter's converters warn.
    json.member("pygments_lexer", "text")
  }
}
