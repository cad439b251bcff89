/// For every node of a tape, the nodes computed directly from it, in the order of recording.
public struct NodeUses: Sendable {
  /// Where a node's users begin in `users`; they end where the next node's begin.
  private var starts: [Int32]
  private var users: [Int32]

  /// Reads the tape as it is now, in one sweep.
  public init(_ tape: Tape) {
    let (operands, ends) = (tape.nodes.operandNodes, tape.nodes.operandStarts)
    starts = [Int32](repeating: 0, count: ends.count)
    users = [Int32](repeating: 0, count: operands.count)
    for operand in operands { starts[Int(operand) + 1] += 1 }
    for node in 1..<ends.count { starts[node] += starts[node - 1] }
    var next = starts
    for node in 0..<(ends.count - 1) {
      for place in Int(ends[node])..<Int(ends[node + 1]) {
        let operand = Int(operands[place])
        users[Int(next[operand])] = Int32(node)
        next[operand] += 1
      }
    }
  }

  /// The users of a node; one that uses it twice is listed twice.
  public subscript(node: Int32) -> ArraySlice<Int32> { users[Int(starts[Int(node)])..<Int(starts[Int(node) + 1])] }
}
