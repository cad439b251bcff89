/// Maps the numbers of a panel to places on paper.
struct PlotScale {
  let x, y: ClosedRange<Double>
  let frame: Box

  /// A rectangle; `top` is less than `bottom`.
  struct Box {
    var left, top, right, bottom: Double

    var width: Double { right - left }
    var height: Double { bottom - top }

    func overlap(_ other: Box) -> Double {
      max(0, min(right, other.right) - max(left, other.left)) * max(0, min(bottom, other.bottom) - max(top, other.top))
    }

    func contains(_ x: Double, _ y: Double) -> Bool { x >= left && x <= right && y >= top && y <= bottom }
  }

  init(_ panel: Plot.Panel, frame: Box) {
    self.frame = frame
    let x = Self.horizontal(panel)
    self.x = x
    y = Self.vertical(panel, x)
  }

  func place(x value: Double) -> Double {
    frame.left + (value - x.lowerBound) / (x.upperBound - x.lowerBound) * frame.width
  }

  func place(y value: Double) -> Double {
    frame.bottom - (value - y.lowerBound) / (y.upperBound - y.lowerBound) * frame.height
  }

  /// The parts of a curve that are within the panel.
  func visible(_ vertices: [Plot.Curve.Vertex]) -> [[(x: Double, y: Double)]] {
    var parts: [[(x: Double, y: Double)]] = []
    var open: [(x: Double, y: Double)] = []
    func close() {
      if open.count > 1 { parts.append(open) }
      open = []
    }
    for k in vertices.indices.dropFirst() {
      guard let (a, b) = clipped(vertices[k - 1], vertices[k]) else {
        close()
        continue
      }
      let (start, end) = (place(a), place(b))
      if let last = open.last, last.x == start.x, last.y == start.y {
        open.append(end)
      } else {
        close()
        open = [start, end]
      }
    }
    close()
    return parts
  }

  private func place(_ vertex: Plot.Curve.Vertex) -> (x: Double, y: Double) { (place(x: vertex.x), place(y: vertex.y)) }

  /// The part of a segment within the ranges; nil if there is none.
  private func clipped(
    _ a: Plot.Curve.Vertex, _ b: Plot.Curve.Vertex
  ) -> (Plot.Curve.Vertex, Plot.Curve.Vertex)? {
    guard a.x.isFinite, a.y.isFinite, b.x.isFinite, b.y.isFinite else { return nil }
    var (from, to) = (0.0, 1.0)
    for (start, change, low, high) in [
      (a.x, b.x - a.x, x.lowerBound, x.upperBound), (a.y, b.y - a.y, y.lowerBound, y.upperBound),
    ] {
      if change == 0 {
        if start < low || start > high { return nil }
        continue
      }
      let (s, t) = ((low - start) / change, (high - start) / change)
      from = max(from, min(s, t))
      to = min(to, max(s, t))
    }
    guard from <= to else { return nil }
    func at(_ s: Double) -> Plot.Curve.Vertex {
      s == 0 ? a : s == 1 ? b : Plot.Curve.Vertex(x: a.x + s * (b.x - a.x), y: a.y + s * (b.y - a.y))
    }
    return (at(from), at(to))
  }

  // MARK: Ranges

  private static func horizontal(_ panel: Plot.Panel) -> ClosedRange<Double> {
    if !panel.x.categories.isEmpty { return -0.6...Double(panel.x.categories.count) - 0.4 }
    if panel.x.isFixed, let range = panel.x.range { return range }
    let drawn =
      panel.curves.flatMap { $0.vertices.map { $0.x } } + panel.points.map { $0.x.value }
      + panel.levels.filter { $0.isVertical }.map { $0.value }
    return padded(drawn, including: panel.x.range, by: 0.02)
  }

  private static func vertical(_ panel: Plot.Panel, _ x: ClosedRange<Double>) -> ClosedRange<Double> {
    if panel.y.isFixed, let range = panel.y.range { return range }
    let drawn =
      panel.curves.flatMap { $0.vertices.filter { x.contains($0.x) }.map { $0.y } } + panel.points.map { $0.y.value }
      + panel.levels.filter { !$0.isVertical }.map { $0.value } + panel.bars.map { $0.y.value }
      + (panel.bars.isEmpty ? [] : [0])
    // A bar's number stands beyond its end.
    return padded(drawn, including: panel.y.range, by: panel.bars.isEmpty ? 0.07 : 0.11)
  }

  private static func padded(
    _ numbers: [Double], including range: ClosedRange<Double>?, by share: Double
  ) -> ClosedRange<Double> {
    let all = numbers.filter { $0.isFinite } + (range.map { [$0.lowerBound, $0.upperBound] } ?? [])
    let (low, high) = (all.min() ?? 0, all.max() ?? 0)
    // A constant lies in the middle.
    if high - low <= 1e-12 * max(high.magnitude, low.magnitude) {
      let half = low == 0 ? 1 : low.magnitude * 0.1
      return low - half...high + half
    }
    return low - share * (high - low)...high + share * (high - low)
  }
}
