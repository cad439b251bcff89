/// Numbers over steps, with gaps where a number was not finite.
struct Series: Equatable {
  struct Point: Equatable {
    let step: Double
    let value: Double
  }

  let points: [Point]

  init(_ points: [Point]) { self.points = points }

  /// A metric's values in a log; nil where it has none.
  init?(_ name: String, in lines: [MetricsLog.Line]) {
    // Beyond 1e300 even the difference of two values would overflow; there is nothing to see there.
    points = lines.compactMap { line in
      line[name].map { Point(step: Double(line.step), value: $0.magnitude < 1e300 ? $0 : .nan) }
    }
    if points.isEmpty { return nil }
  }

  var finite: [Point] { points.filter { $0.value.isFinite } }

  /// The stretches without gaps.
  var segments: [[Point]] {
    points.split { !$0.value.isFinite }.map(Array.init)
  }

  /// Fewer points that look the same: of each of so many stretches its first, lowest, highest and last.
  func decimated(to buckets: Int) -> Series {
    guard points.count > 4 * buckets else { return self }
    var kept: [Point] = []
    for bucket in 0..<buckets {
      let range = points.count * bucket / buckets..<points.count * (bucket + 1) / buckets
      let finite = range.filter { points[$0].value.isFinite }
      var indices: Set<Int> = [range.lowerBound, range.upperBound - 1]
      // A gap must remain one.
      if let gap = range.first(where: { !points[$0].value.isFinite }) { indices.insert(gap) }
      if let low = finite.min(by: { points[$0].value < points[$1].value }) { indices.insert(low) }
      if let high = finite.max(by: { points[$0].value < points[$1].value }) { indices.insert(high) }
      kept += indices.sorted().map { points[$0] }
    }
    return Series(kept)
  }

  /// At each step the mean of the finite values at most `radius` points away; what was a gap remains one.
  ///
  /// Each window is added up on its own: running sums would carry one huge value's rounding on to all that follow.
  func smoothed(radius: Int) -> Series {
    if radius == 0 { return self }
    return Series(
      points.indices.map { i in
        guard points[i].value.isFinite else { return points[i] }
        var (sum, count) = (0.0, 0.0)
        for point in points[max(0, i - radius)..<min(points.count, i + radius + 1)] where point.value.isFinite {
          sum += point.value
          count += 1
        }
        return Point(step: points[i].step, value: sum / count)
      })
  }
}
