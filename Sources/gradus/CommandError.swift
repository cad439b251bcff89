import Documents
import Foundation

/// Why a command stopped: a message for the user, and an exit code that tells a script what kind of problem it was.
struct CommandError: Error {
  /// The exit codes, as in BSD's `sysexits.h`.
  enum Kind: Int32 {
    case usage = 64
    case badData = 65
    case missingInput = 66
    case diverged = 70
    case writeFailed = 74
  }

  let kind: Kind
  /// What is wrong, beginning with the place in a file if there is one.
  let message: String
  /// What is printed, beginning with `Error:` or with the place in a file.
  let text: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
    text = "Error: \(message)"
  }

  /// A message that begins with its place.
  init(_ kind: Kind, at text: String) {
    self.kind = kind
    message = text
    self.text = text
  }

  /// Something wrong in a file: `file:line:column: message`, which editors and terminals can jump to.
  init(_ error: DocumentError, in file: String) {
    self.init(.badData, at: "\(file):\(error)")
  }

  func report() { Output.complain(text) }
}
