/// What is wrong with what a user gave a trainer: where, and what to do.
public struct TrainingError: Error, Equatable, Sendable {
  public enum Kind: Sendable {
    case usage, badData, missingInput, writeFailed
  }

  public let kind: Kind
  public let message: String

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}
