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
  private(set) var operations: [Operation] = []
  /// Where a node's operands begin in `operandNodes`; they end where the next node's begin.
  private(set) var operandStarts: [Int32] = [0]
  private(set) var operandNodes: [Int32] = []
  private(set) var values: [Double] = []
  /// The constants and leaves that are more than plain numbers, by ascending node, and where each comes from.
  private(set) var originNodes: [Int32] = []
  private(set) var origins: [Origin] = []

  public init() {}

  /// The number of nodes recorded so far.
  public var count: Int { operations.count }

  /// Makes room for this many nodes with two operands each.
  public func reserve(_ nodes: Int) {
    operations.reserveCapacity(nodes)
    operandStarts.reserveCapacity(nodes + 1)
    operandNodes.reserveCapacity(2 * nodes)
    values.reserveCapacity(nodes)
  }

  /// Forgets every node after the first `count`, as a trainer does after each pass.
  public func truncate(to count: Int) {
    operations.removeLast(operations.count - count)
    values.removeLast(values.count - count)
    operandNodes.removeLast(operandNodes.count - Int(operandStarts[count]))
    operandStarts.removeLast(operandStarts.count - count - 1)
    while let last = originNodes.last, last >= count {
      originNodes.removeLast()
      origins.removeLast()
    }
  }

  /// A value that gradients can be taken with respect to.
  public func leaf(_ value: Double) -> Scalar { append(.leaf, value: value) }

  /// The same, with what a formula calls it where nothing else names it.
  public func leaf(_ constant: Constant) -> Scalar { append(.leaf, constant) }

  /// A number that is part of a formula.
  public func constant(_ value: Double) -> Scalar { append(.constant, value: value) }

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

  func record(_ operation: Operation, _ a: Scalar) -> Scalar {
    operandNodes.append(a.node)
    return appendEvaluated(operation)
  }

  func record(_ operation: Operation, _ a: Scalar, _ b: Scalar) -> Scalar {
    operandNodes.append(a.node)
    operandNodes.append(b.node)
    return appendEvaluated(operation)
  }

  func record(_ operation: Operation, _ operands: [Scalar]) -> Scalar {
    for operand in operands { operandNodes.append(operand.node) }
    return appendEvaluated(operation)
  }

  private func append(_ operation: Operation, _ constant: Constant) -> Scalar {
    if case .number = constant.origin { return append(operation, value: constant.value) }
    originNodes.append(Int32(count))
    origins.append(constant.origin)
    return append(operation, value: constant.value)
  }

  private func append(_ operation: Operation, value: Double) -> Scalar {
    operations.append(operation)
    values.append(value)
    operandStarts.append(Int32(operandNodes.count))
    return Scalar(tape: self, node: Int32(operations.count - 1))
  }

  private func appendEvaluated(_ operation: Operation) -> Scalar {
    let start = Int(operandStarts[operations.count])
    let value = withOperands(from: start, to: operandNodes.count, values: values) { evaluate(operation, $0) }
    return append(operation, value: value)
  }
}

/// The values of one node's operands, read in place.
struct Operands {
  let nodes: UnsafeBufferPointer<Int32>
  let values: UnsafeBufferPointer<Double>

  var count: Int { nodes.count }

  @inline(__always)
  subscript(k: Int) -> Double { values[Int(nodes[k])] }

  var sum: Double {
    var total = 0.0
    for node in nodes { total += values[Int(node)] }
    return total
  }

  var logSumExp: Double {
    var largest = -Double.infinity
    for node in nodes where !(values[Int(node)] <= largest) { largest = values[Int(node)] }
    guard largest.isFinite else { return largest }
    var total = 0.0
    for node in nodes { total += Elementary.exp(values[Int(node)] - largest) }
    return largest + Elementary.log(total)
  }
}

extension Tape {
  @inline(__always)
  func withOperands<R>(from start: Int, to end: Int, values: [Double], _ body: (Operands) -> R) -> R {
    operandNodes.withUnsafeBufferPointer { nodes in
      values.withUnsafeBufferPointer { values in
        body(Operands(nodes: UnsafeBufferPointer(rebasing: nodes[start..<end]), values: values))
      }
    }
  }
}

// MARK: - Reading the recording

extension Tape {
  /// The scalar with this node number, `0 ..< count`.
  public func scalar(_ node: Int32) -> Scalar { Scalar(tape: self, node: node) }

  /// What computed a scalar; ``Operation/leaf`` or ``Operation/constant`` where nothing did.
  public func operation(of scalar: Scalar) -> Operation { operations[Int(scalar.node)] }

  /// What a scalar was computed from, in the operation's order.
  public func operands(of scalar: Scalar) -> [Scalar] {
    operandNodes[operandRange(Int(scalar.node))].map { Scalar(tape: self, node: $0) }
  }

  /// Where a constant or a leaf comes from, if it is more than a plain number.
  public func origin(of scalar: Scalar) -> Origin? {
    var (low, high) = (0, originNodes.count)
    while low < high {
      let middle = (low + high) / 2
      if originNodes[middle] < scalar.node { low = middle + 1 } else { high = middle }
    }
    return low < originNodes.count && originNodes[low] == scalar.node ? origins[low] : nil
  }

  /// The derivative of a node by its operand number `k`, at the recorded values.
  public func derivative(of scalar: Scalar, byOperand k: Int) -> Double {
    let node = Int(scalar.node)
    let range = operandRange(node)
    return withOperands(from: range.lowerBound, to: range.upperBound, values: values) {
      derivative(operations[node], $0, by: k, result: values[node])
    }
  }

  func operandRange(_ node: Int) -> Range<Int> { Int(operandStarts[node])..<Int(operandStarts[node + 1]) }

  /// The value that `root` would have if `scalar` were `value`, for finite differences.
  ///
  /// The recorded operations between the two are evaluated again. A stop-gradient keeps its recorded value, as the
  /// gradient assumes.
  public func value(of root: Scalar, replacing scalar: Scalar, by value: Double) -> Double {
    guard scalar.node <= root.node else { return root.value }
    var changed = Array(values[0...Int(root.node)])
    changed[Int(scalar.node)] = value
    var isChanged = [Bool](repeating: false, count: changed.count)
    isChanged[Int(scalar.node)] = true
    for node in Int(scalar.node) + 1..<changed.count where operations[node] != .stopGradient {
      let range = operandRange(node)
      guard operandNodes[range].contains(where: { isChanged[Int($0)] }) else { continue }
      isChanged[node] = true
      changed[node] = withOperands(from: range.lowerBound, to: range.upperBound, values: changed) {
        evaluate(operations[node], $0)
      }
    }
    return changed[Int(root.node)]
  }
}
