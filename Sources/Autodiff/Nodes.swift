/// The nodes of a tape in flat arrays.
///
/// They are one struct, since each access to a variable of a class is checked for exclusivity while the program runs: a
/// node costs one such check, and a sweep over a copy none.
struct Nodes {
  private(set) var operations: [Operation] = []
  private(set) var values: [Double] = []
  private(set) var operandNodes: [Int32] = []
  /// Where a node's operands begin in `operandNodes`; they end where the next node's begin.
  private(set) var operandStarts: [Int32] = [0]

  var count: Int { operations.count }

  mutating func reserve(_ count: Int) {
    operations.reserveCapacity(count)
    operandStarts.reserveCapacity(count + 1)
    operandNodes.reserveCapacity(2 * count)
    values.reserveCapacity(count)
  }

  mutating func truncate(to count: Int) {
    operations.removeLast(operations.count - count)
    values.removeLast(values.count - count)
    operandNodes.removeLast(operandNodes.count - Int(operandStarts[count]))
    operandStarts.removeLast(operandStarts.count - count - 1)
  }

  /// Adds a node that has its value from elsewhere; the result is its number.
  mutating func append(_ operation: Operation, _ value: Double) -> Int32 {
    operations.append(operation)
    values.append(value)
    operandStarts.append(Int32(operandNodes.count))
    return Int32(operations.count - 1)
  }

  mutating func append(_ operation: Operation, of a: Int32) -> Int32 {
    operandNodes.append(a)
    return appendEvaluated(operation)
  }

  mutating func append(_ operation: Operation, of a: Int32, _ b: Int32) -> Int32 {
    operandNodes.append(a)
    operandNodes.append(b)
    return appendEvaluated(operation)
  }

  mutating func append(_ operation: Operation, of operands: [Scalar]) -> Int32 {
    for operand in operands { operandNodes.append(operand.node) }
    return appendEvaluated(operation)
  }

  private mutating func appendEvaluated(_ operation: Operation) -> Int32 {
    let start = Int(operandStarts[operations.count])
    return append(operation, withOperands(start..<operandNodes.count, values) { operation.value(at: $0) })
  }

  // MARK: Reading

  func operands(of node: Int) -> ArraySlice<Int32> { operandNodes[operandRange(node)] }

  /// Reads a node's operands in place.
  ///
  /// - Parameter values: The values of all nodes, if they are not the recorded ones.
  @inline(__always)
  func withOperands<R>(of node: Int, values: [Double]? = nil, _ body: (Operands) -> R) -> R {
    withOperands(operandRange(node), values ?? self.values, body)
  }

  @inline(__always)
  private func withOperands<R>(_ range: Range<Int>, _ values: [Double], _ body: (Operands) -> R) -> R {
    operandNodes.withUnsafeBufferPointer { nodes in
      values.withUnsafeBufferPointer { values in
        body(Operands(nodes: UnsafeBufferPointer(rebasing: nodes[range]), values: values))
      }
    }
  }

  private func operandRange(_ node: Int) -> Range<Int> { Int(operandStarts[node])..<Int(operandStarts[node + 1]) }
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
