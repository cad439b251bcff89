/// The nodes of a tape in flat arrays.
///
/// They are one struct, since each access to a class's variable is checked for exclusivity at run time: recording a
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

  /// Adds a node whose value comes from elsewhere, and returns its number.
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
    let value = Operands.read(operandNodes, start..<operandNodes.count, values) { operation.value(at: $0) }
    return append(operation, value)
  }

  // MARK: Reading

  func operands(of node: Int) -> ArraySlice<Int32> { operandNodes[operandRange(node)] }

  /// Reads a node's operands in place.
  ///
  /// - Parameter values: The values of all nodes; nil for the recorded ones.
  @inline(__always)
  func withOperands<R>(of node: Int, values: [Double]? = nil, _ body: (Operands) -> R) -> R {
    Operands.read(operandNodes, operandRange(node), values ?? self.values, body)
  }

  private func operandRange(_ node: Int) -> Range<Int> { Int(operandStarts[node])..<Int(operandStarts[node + 1]) }
}

/// The values of one node's operands, read in place.
///
/// These are the engine's only pointers: a sweep reads operands more often than anything else. They are safe since
/// ``read(_:_:_:_:)`` alone hands them out, for the time of a closure, and since a node's operands are nodes of its own tape.
@safe struct Operands {
  private let nodes: UnsafeBufferPointer<Int32>
  private let values: UnsafeBufferPointer<Double>

  /// Reads the operands whose nodes are a part of an array.
  @inline(__always)
  static func read<R>(_ nodes: [Int32], _ range: Range<Int>, _ values: [Double], _ body: (Operands) -> R) -> R {
    unsafe nodes.withUnsafeBufferPointer { nodes in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe body(Operands(nodes: UnsafeBufferPointer(rebasing: nodes[range]), values: values))
      }
    }
  }

  var count: Int { unsafe nodes.count }

  /// Which node an operand is.
  @inline(__always)
  func node(_ k: Int) -> Int { Int(unsafe nodes[k]) }

  @inline(__always)
  subscript(k: Int) -> Double { unsafe values[node(k)] }

  var sum: Double {
    var total = 0.0
    for k in 0..<count { total += self[k] }
    return total
  }

  var logSumExp: Double {
    var largest = -Double.infinity
    for k in 0..<count where !(self[k] <= largest) { largest = self[k] }
    guard largest.isFinite else { return largest }
    var total = 0.0
    for k in 0..<count { total += Elementary.exp(self[k] - largest) }
    return largest + Elementary.log(total)
  }
}
