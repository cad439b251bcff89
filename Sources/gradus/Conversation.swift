import Debugging
import Documents
import Foundation
import Notebooks

/// Questions and answers, line by line: on a terminal, or from a file or a pipe.
struct Conversation {
  let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
  /// Whether anybody can answer: what a terminal's user pipes into another program is only read.
  let hasInput = isatty(STDOUT_FILENO) == 1 || isatty(STDIN_FILENO) == 0
  private let editor: LineEditor

  init(_ editor: LineEditor) { self.editor = editor }

  /// A line without blanks at its ends, or nil at the end. A line that does not come from a terminal is echoed, so that the
  /// output reads like a conversation.
  func readLine(prompt: String) throws -> String? {
    if !isTerminal { try Output.write(prompt) }
    guard let line = editor.readLine(prompt: prompt) else {
      if !isTerminal { try Output.write("\n") }
      return nil
    }
    if !isTerminal { try Output.write(line + "\n") }
    return line.trimmingCharacters(in: .whitespaces)
  }

  func say(_ text: StyledText) throws { try Output.write(text.onTerminal) }
}

extension [FileRequest] {
  /// Writes the files that a session asks for: it does not write files itself.
  func write() throws {
    for file in self { try OutputFile.write(file.bytes(), to: file.path) }
  }
}

extension FileRequest {
  /// What is written: text as it is, a picture as its file's ending says.
  func bytes() throws -> [UInt8] {
    switch self {
    case .text(let text, _): Array(text.utf8)
    case .diagram(let dot, let path, _): try (PictureFormat(fileName: path) ?? .svg).draw(dot)
    case .plot(let plot, let path): try (PlotFormat(fileName: path) ?? .svg).draw(plot)
    }
  }
}
