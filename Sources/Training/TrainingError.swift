public import Documents

/// An error in what a user gave a trainer: where it is, and what to do.
public struct TrainingError: Error, Sendable {
  public enum Kind: Sendable {
    case usage, badData, missingInput, writeFailed
    /// The loss became NaN or infinite.
    case diverged
  }

  public let kind: Kind
  public let message: String
  /// Whether the message begins with `file:line:column`.
  public let isLocated: Bool

  public init(_ kind: Kind, _ message: String) { self.init(kind, message, isLocated: false) }

  /// An error in a file: `file:line:column: message`.
  public init(_ error: DocumentError, in file: String) { self.init(.badData, "\(file):\(error)", isLocated: true) }

  init(_ kind: Kind, _ message: String, isLocated: Bool) {
    self.kind = kind
    self.message = message
    self.isLocated = isLocated
  }
}

extension TrainingError: Equatable {
  public static func == (a: TrainingError, b: TrainingError) -> Bool { a.kind == b.kind && a.message == b.message }
}
