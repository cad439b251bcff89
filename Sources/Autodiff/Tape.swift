/// A recording of scalar arithmetic from which gradients, formulas and finite differences are read.
///
/// Nodes are numbers into flat arrays; an operand's number is always smaller than that of the node that uses it, so
/// one sweep down the arrays is the whole reverse pass.
///
/// ```swift
/// let tape = Tape()
/// let x = tape.leaf(3)
/// let y = x * x + 2 * x
/// tape.gradient(of: y)[x]  // 8.0
/// ```
public final class Tape {
  private(set) var nodes = Nodes()
  /// The constants and leaves that are more than plain numbers, by ascending node, and where each comes from.
  private var originNodes: [Int32] = []
  private var origins: [Origin] = []

  public init() {}

  /// The number of nodes recorded so far.
  public var count: Int { nodes.count }

  /// Makes room for this many nodes with two operands each.
  public func reserve(_ count: Int) { nodes.reserve(count) }

  /// Forgets every node after the first `count`, as a trainer does after each pass.
  public func truncate(to count: Int) {
    nodes.truncate(to: count)
    while let last = originNodes.last, last >= count {
      originNodes.removeLast()
      origins.removeLast()
    }
  }

  /// A value with respect to which gradients can be taken.
  public func leaf(_ value: Double) -> Scalar { scalar(nodes.append(.leaf, value)) }

  /// The same, with its origin, by which a formula calls it where nothing else names it.
  public func leaf(_ constant: Constant) -> Scalar { append(.leaf, constant) }

  /// A number that is part of a formula.
  public func constant(_ value: Double) -> Scalar { scalar(nodes.append(.constant, value)) }

  /// The same, with where the number comes from.
  public func constant(_ constant: Constant) -> Scalar { append(.constant, constant) }

  /// The sum of any number of scalars as one node; 0 for none.
  public func sum(_ terms: [Scalar]) -> Scalar { record(.sum, terms) }

  /// The arithmetic mean as one node; NaN for no scalars, as in `torch.mean`.
  public func mean(_ terms: [Scalar]) -> Scalar { record(.mean, terms) }

  /// `log Σ e^x`, shifted by the largest operand so that nothing overflows.
  public func logSumExp(_ terms: [Scalar]) -> Scalar { record(.logSumExp, terms) }

  /// Any operation by its name, on as many operands as it takes.
  public func apply(_ operation: Operation, to operands: [Scalar]) -> Scalar { record(operation, operands) }

  func record(_ operation: Operation, _ a: Scalar) -> Scalar { scalar(nodes.append(operation, of: a.node)) }

  func record(_ operation: Operation, _ a: Scalar, _ b: Scalar) -> Scalar {
    scalar(nodes.append(operation, of: a.node, b.node))
  }

  func record(_ operation: Operation, _ operands: [Scalar]) -> Scalar { scalar(nodes.append(operation, of: operands)) }

  private func append(_ operation: Operation, _ constant: Constant) -> Scalar {
    if case .number = constant.origin {
    } else {
      originNodes.append(Int32(count))
      origins.append(constant.origin)
    }
    return scalar(nodes.append(operation, constant.value))
  }
}

// MARK: - Reading the recording

extension Tape {
  /// The scalar with this node number, `0 ..< count`.
  public func scalar(_ node: Int32) -> Scalar { Scalar(tape: self, node: node) }

  /// What computed a scalar; ``Operation/leaf`` or ``Operation/constant`` where nothing did.
  public func operation(of scalar: Scalar) -> Operation { nodes.operations[Int(scalar.node)] }

  /// What a scalar was computed from, in the operation's order.
  public func operands(of scalar: Scalar) -> [Scalar] {
    nodes.operands(of: Int(scalar.node)).map { Scalar(tape: self, node: $0) }
  }

  /// The same as node numbers, for sweeps over the whole tape.
  public func operandNodes(of node: Int) -> ArraySlice<Int32> { nodes.operands(of: node) }

  /// Where a constant or a leaf comes from, if it is more than a plain number.
  public func origin(of scalar: Scalar) -> Origin? {
    var (low, high) = (0, originNodes.count)
    while low < high {
      let middle = (low + high) / 2
      if originNodes[middle] < scalar.node { low = middle + 1 } else { high = middle }
    }
    return low < originNodes.count && originNodes[low] == scalar.node ? origins[low] : nil
  }

  /// The derivative of a node with respect to its operand number `k`, at the recorded values.
  public func derivative(of scalar: Scalar, byOperand k: Int) -> Double {
    let node = Int(scalar.node)
    return nodes.withOperands(of: node) { nodes.operations[node].derivative(by: k, at: $0, result: nodes.values[node]) }
  }

  /// The derivative of one scalar by another that it was computed from, path by path between them: for scalars that are a few
  /// operations apart. A gradient tells it of all at once.
  ///
  /// - Parameters:
  ///   - root: What is differentiated.
  ///   - target: By what; one that it does not depend on gives 0.
  public func derivative(of root: Scalar, by target: Scalar) -> Double {
    if root.node == target.node { return 1 }
    guard root.node > target.node else { return 0 }
    var total = 0.0
    for (k, operand) in operands(of: root).enumerated() where operand.node >= target.node {
      let local = derivative(of: root, byOperand: k)
      if local != 0 { total += local * derivative(of: operand, by: target) }
    }
    return total
  }

  /// The value that `root` would have if `scalar` were `value`, for finite differences.
  ///
  /// The recorded operations between the two are evaluated again. A stop-gradient keeps its recorded value, as the
  /// gradient assumes.
  public func value(of root: Scalar, replacing scalar: Scalar, by value: Double) -> Double {
    guard scalar.node <= root.node else { return root.value }
    let nodes = nodes
    var changed = Array(nodes.values[0...Int(root.node)])
    changed[Int(scalar.node)] = value
    var isChanged = [Bool](repeating: false, count: changed.count)
    isChanged[Int(scalar.node)] = true
    for node in Int(scalar.node) + 1..<changed.count where nodes.operations[node] != .stopGradient {
      guard nodes.operands(of: node).contains(where: { isChanged[Int($0)] }) else { continue }
      isChanged[node] = true
      changed[node] = nodes.withOperands(of: node, values: changed) { nodes.operations[node].value(at: $0) }
    }
    return changed[Int(root.node)]
  }
}
