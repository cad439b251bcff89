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
}
