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

/// What the operating system says about a call that failed.
struct SystemError: Error {
  let reason: String

  /// The reason of the call that has just failed.
  static var latest: SystemError { SystemError(reason: String(cString: strerror(errno))) }
}

extension [UInt8] {
  /// Writes all of the bytes to a file descriptor, however many calls that takes.
  func writeAll(to descriptor: Int32) throws(SystemError) {
    var start = 0
    while start < count {
      let written = self[start...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written >= 0 else { throw SystemError.latest }
      start += written
    }
  }
}
