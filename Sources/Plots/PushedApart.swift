/// The ascending places nearest to the wanted ones, no two of them closer than a gap: for labels one below the other.
///
/// - Parameters:
///   - wanted: Ascending.
///   - gap: The least distance between neighbours.
///   - range: Where all places lie, as far as there is room.
public func pushedApart(_ wanted: [Double], gap: Double, within range: ClosedRange<Double>) -> [Double] {
  // With the gaps subtracted, places may coincide but not change their order: neighbours that would are pooled.
  var pools: [(mean: Double, count: Int)] = []
  for (i, place) in wanted.enumerated() {
    var pool = (mean: place - Double(i) * gap, count: 1)
    while let last = pools.last, last.mean >= pool.mean {
      let count = last.count + pool.count
      pool = ((last.mean * Double(last.count) + pool.mean * Double(pool.count)) / Double(count), count)
      pools.removeLast()
    }
    pools.append(pool)
  }
  let lowest = range.lowerBound
  let highest = max(lowest, range.upperBound - gap * Double(max(0, wanted.count - 1)))
  let bases = pools.flatMap { Array(repeating: min(highest, max(lowest, $0.mean)), count: $0.count) }
  return bases.enumerated().map { $1 + Double($0) * gap }
}
