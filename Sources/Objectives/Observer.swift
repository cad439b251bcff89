public import Autodiff

/// Watches an objective being computed: a recording, which keeps every named number, or nobody.
///
/// An objective hands each number it wants seen to `term` and goes on with what it gets back. That is how a what-if
/// enters: the observer may return another number instead.
public protocol Observer: AnyObject {
  var tape: Tape { get }
  /// What follows belongs to this stage.
  func begin(_ stage: Stage)
  /// What follows is one step of the debugger.
  func beat()
  /// Names a number; −1 stands for an index that the quantity does not have.
  func term(_ quantity: Quantity, _ i: Int, _ j: Int, _ x: Scalar) -> Scalar
}

extension Observer {
  public func term(_ quantity: Quantity, _ x: Scalar) -> Scalar { term(quantity, -1, -1, x) }
  public func term(_ quantity: Quantity, _ i: Int, _ x: Scalar) -> Scalar { term(quantity, i, -1, x) }

  /// Records what a trainer would log under this name.
  public func metric(_ metric: Metric, _ x: Scalar) { _ = term(.metric, metric.rawValue, -1, x) }
}

/// An observer that ignores everything, for a trainer that needs only the loss and its gradient.
public final class Unobserved: Observer {
  public let tape: Tape

  public init(tape: Tape) { self.tape = tape }

  public func begin(_ stage: Stage) {}
  public func beat() {}
  public func term(_ quantity: Quantity, _ i: Int, _ j: Int, _ x: Scalar) -> Scalar { x }
}
