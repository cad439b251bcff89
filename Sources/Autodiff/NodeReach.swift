extension Tape {
  /// Whether a gradient from each node reaches one of some sources; in one sweep, which can go on as the tape grows.
  ///
  /// - Parameters:
  ///   - flags: What is known of the first nodes; those of the others are added.
  ///   - sources: Whether each node is a source itself.
  public func extendReach(_ flags: inout [Bool], of sources: [Bool]) {
    let nodes = nodes
    flags.reserveCapacity(nodes.count)
    for node in flags.count..<nodes.count {
      flags.append(
        sources[node] || nodes.operations[node] != .stopGradient && nodes.operands(of: node).contains { flags[Int($0)] }
      )
    }
  }

  /// Visits each operand of each node, the last node's first.
  public func visitBackwards(_ visit: (_ node: Int, _ operand: Int) -> Void) {
    let (operands, starts) = (nodes.operandNodes, nodes.operandStarts)
    for node in (0..<(starts.count - 1)).reversed() {
      for place in Int(starts[node])..<Int(starts[node + 1]) { visit(node, Int(operands[place])) }
    }
  }
}
