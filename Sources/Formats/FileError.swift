public import Documents

/// Why a file cannot be read, written or understood.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  public let path: String
  /// For instance “cannot be written: No space left on device”.
  public let reason: String
  /// Where in a text file, if anywhere.
  public let place: DocumentError?

  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
    place = nil
  }

  public init(_ path: String, _ error: DocumentError) {
    self.path = path
    reason = error.message
    place = error
  }

  /// `path: reason`, or `path:line:column: reason`.
  public var description: String { place.map { "\(path):\($0)" } ?? "\(path): \(reason)" }
}
