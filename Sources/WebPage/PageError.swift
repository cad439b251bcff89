/// Why a page cannot be written: the place, what is wrong, and what to do.
public struct PageError: Error, Equatable, Sendable, CustomStringConvertible {
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
