/// For every node of a tape, the nodes computed directly from it, in the order of recording.
public struct NodeUses: Sendable {
  /// Where a node's users begin in `users`; they end where the next node's begin.
  private var starts: [Int32]
  private var users: [Int32]

  /// Reads the tape as it is now, in one sweep.
  public init(_ tape: Tape) {
    let nodes = tape.nodes
    starts = [Int32](repeating: 0, count: nodes.count + 1)
    users = [Int32](repeating: 0, count: nodes.operandNodes.count)
    for operand in nodes.operandNodes { starts[Int(operand) + 1] += 1 }
    for node in 0..<nodes.count { starts[node + 1] += starts[node] }
    var next = starts
    for node in 0..<nodes.count {
      for operand in nodes.operands(of: node) {
        users[Int(next[Int(operand)])] = Int32(node)
        next[Int(operand)] += 1
      }
    }
  }

  /// The users of a node; one that uses it twice is listed twice.
  public subscript(node: Int32) -> ArraySlice<Int32> { users[Int(starts[Int(node)])..<Int(starts[Int(node) + 1])] }
}
