/// Which of many rows or columns a table shows, in their order: all, or those where most happens.
///
/// - Parameters:
///   - distances: How far each one's numbers are from what would say nothing.
///   - limit: How many there is room for.
public func mostTelling(_ distances: [Double], limit: Int) -> [Int] {
  guard distances.count > limit else { return Array(distances.indices) }
  let ranked = distances.indices.sorted { (distances[$1], $0) < (distances[$0], $1) }
  return ranked.prefix(limit).sorted()
}

/// What a table says of what it leaves out; nil if it shows everything.
public func leftOut(_ shown: Int, of all: Int, _ noun: String) -> String? {
  shown < all ? "… \(shown) of \(all) \(noun), where most happens" : nil
}

/// The same of a table's rows and columns.
public func leftOut(_ shown: (rows: [Int], columns: [Int]), of rows: Int, _ columns: Int) -> String? {
  let notes = [leftOut(shown.rows.count, of: rows, "rows"), leftOut(shown.columns.count, of: columns, "columns")]
  return notes.allSatisfy { $0 == nil } ? nil : notes.compactMap { $0 }.joined(separator: "; ")
}

extension [[Double]] {
  /// Of a table of numbers the rows and columns that are shown: those with the numbers farthest from their row's mean.
  public func telling(rows: Int, columns: Int) -> (rows: [Int], columns: [Int]) {
    var (farthestInRow, farthestInColumn) = (map { _ in 0.0 }, (first ?? []).map { _ in 0.0 })
    for (a, row) in enumerated() {
      let mean = row.reduce(0) { $0 + $1 } / Double(Swift.max(1, row.count))
      for (b, x) in row.enumerated() where farthestInColumn.indices.contains(b) {
        farthestInRow[a] = Swift.max(farthestInRow[a], (x - mean).magnitude)
        farthestInColumn[b] = Swift.max(farthestInColumn[b], (x - mean).magnitude)
      }
    }
    return (mostTelling(farthestInRow, limit: rows), mostTelling(farthestInColumn, limit: columns))
  }
}
