import Formats
import Foundation

/// What goes to the terminal or to the next program.
enum Output {
  /// Writes to standard output, exactly this text.
  static func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes to standard output.
  static func write(_ bytes: [UInt8]) throws {
    do throws(SystemError) {
      try bytes.writeAll(to: STDOUT_FILENO)
    } catch {
      throw CommandError(.writeFailed, "standard output cannot be written: \(error.reason)")
    }
  }

  /// Writes a line to standard error.
  ///
  /// A message may quote a file, and a file may hold the codes that drive a terminal: they are made visible.
  static func complain(_ message: String) {
    let visible = message.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
        ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    // Nobody is left to be told if this fails.
    let line = message.hasSuffix("\n") ? "" : "\n"
    try? Array((visible.joined() + line).utf8).writeAll(to: STDERR_FILENO)
  }
}
