public import Documents
public import Formats
import Foundation

/// What is wrong with what a user gave a trainer: where, and what to do.
public struct TrainingError: Error, Sendable {
  public enum Kind: Sendable {
    case usage, badData, missingInput, writeFailed
  }

  public let kind: Kind
  public let message: String
  /// Whether the message begins with `file:line:column`.
  public let isLocated: Bool

  public init(_ kind: Kind, _ message: String) { self.init(kind, message, isLocated: false) }

  /// Something wrong in a file: `file:line:column: message`.
  public init(_ error: DocumentError, in file: String) { self.init(.badData, "\(file):\(error)", isLocated: true) }

  /// A file that is missing if it cannot be opened, and bad if its contents are.
  public init(_ error: FileError) {
    let isReadable = error.place != nil || FileManager.default.isReadableFile(atPath: error.path)
    self.init(isReadable ? .badData : .missingInput, error.description, isLocated: error.place != nil)
  }

  private init(_ kind: Kind, _ message: String, isLocated: Bool) {
    self.kind = kind
    self.message = message
    self.isLocated = isLocated
  }
}

extension TrainingError: Equatable {
  public static func == (a: TrainingError, b: TrainingError) -> Bool { a.kind == b.kind && a.message == b.message }
}
