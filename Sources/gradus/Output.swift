import Documents
import Formats
import Foundation

/// Standard output and standard error.
enum Output {
  /// Writes to standard output, exactly this text.
  static func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes to standard output.
  static func write(_ bytes: [UInt8]) throws {
    Activity.wipe()
    do throws(SystemError) {
      try bytes.writeAll(to: STDOUT_FILENO)
    } catch {
      throw CommandError(.writeFailed, "standard output cannot be written: \(error.reason)")
    }
  }

  /// Writes a line to standard error.
  ///
  /// A message may quote a file, and a file may hold codes that control a terminal: they are made visible.
  static func complain(_ message: String) {
    Activity.wipe()
    let visible = message.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
        ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    let text = visible.joined().split(separator: "\n", omittingEmptySubsequences: false).map { wrapped($0) }
      .joined(separator: "\n")
    // If this fails, there is nowhere left to say so.
    let line = message.hasSuffix("\n") ? "" : "\n"
    try? Array((text + line).utf8).writeAll(to: STDERR_FILENO)
  }

  /// A line broken between words where a terminal would break it within one.
  private static func wrapped(_ line: Substring) -> String {
    var size = winsize()
    guard isatty(STDERR_FILENO) == 1, ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 40 else {
      return String(line)
    }
    var (text, column) = ("", 0)
    for word in line.split(separator: " ", omittingEmptySubsequences: false) {
      let width = NumberText.width(String(word))
      if column > 0, column + 1 + width > Int(size.ws_col) {
        text += "\n" + word
        column = width
      } else {
        let space = column == 0 && text.isEmpty ? "" : " "
        text += space + word
        column += space.count + width
      }
    }
    return text
  }
}
