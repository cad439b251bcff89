extension [Plot.Curve] {
  /// Adds the curve through a point: where the same function is drawn already, the point becomes a vertex of that curve.
  ///
  /// - Parameters:
  ///   - curve: The curve, with vertices over the same places as all curves added like this, apart from their own
  ///     points.
  ///   - own: The point that the curve is drawn through.
  mutating func add(_ curve: Plot.Curve, through own: Plot.Curve.Vertex) {
    guard let same = firstIndex(where: { $0.coincides(with: curve) }) else {
      var curve = curve
      curve.insert(own)
      return append(curve)
    }
    self[same].insert(own)
    if curve.weight == .strong { self[same].weight = .strong }
    if let label = curve.label { self[same].label = label }
  }

  /// What is faint first, so that the rest lies on top.
  mutating func sortByWeight() { self = filter { $0.weight == .faint } + filter { $0.weight != .faint } }
}

extension Plot.Curve {
  /// Whether two curves are the same function, judged by the places that both have.
  fileprivate func coincides(with other: Plot.Curve) -> Bool {
    guard tone == other.tone, !other.vertices.isEmpty else { return false }
    var k = 0
    for vertex in other.vertices {
      while k < vertices.count, vertices[k].x < vertex.x - 1e-9 { k += 1 }
      guard k < vertices.count, (vertices[k].x - vertex.x).magnitude <= 1e-9 else { return false }
      // Where a slope jumps, neighbours are closer than that.
      let near = vertices[k...].prefix(3).contains { ($0.y - vertex.y).magnitude <= 1e-8 * max(1, vertex.y.magnitude) }
      guard near else { return false }
    }
    return true
  }

  fileprivate mutating func insert(_ vertex: Vertex) {
    vertices.insert(vertex, at: vertices.firstIndex { $0.x > vertex.x } ?? vertices.count)
  }
}
