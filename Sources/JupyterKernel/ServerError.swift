/// Why a kernel cannot run.
public struct ServerError: Error, Equatable, Sendable {
  public let message: String

  init(_ message: String) { self.message = message }
}
