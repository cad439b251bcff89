/// Why a diagram could not be drawn.
///
/// The message is Graphviz's own, on one line and without its `Error:` prefix, such as
/// `syntax error in line 2 near '->'`.
public struct DiagramError: Error, Equatable, CustomStringConvertible {
  public let message: String

  public init(_ message: String) {
    self.message = message
  }

  public var description: String { message }
}
