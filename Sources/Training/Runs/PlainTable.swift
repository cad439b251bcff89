import Documents

/// Rows of a terminal, in columns that are as wide as they need to be.
struct PlainTable {
  enum Alignment { case left, right }

  var rows: [[String]] = []
  let alignments: [Alignment]

  init(_ alignments: [Alignment]) { self.alignments = alignments }

  /// How wide each column is.
  var widths: [Int] {
    alignments.indices.map { column in rows.map { NumberText.width($0[column]) }.max() ?? 0 }
  }

  var width: Int { widths.reduce(0, +) + 2 * max(0, alignments.count - 1) }

  /// One line per row, two spaces between the columns and none at the end.
  var lines: [String] {
    let widths = widths
    return rows.map { row in
      let cells = zip(row, zip(alignments, widths)).map { cell, column in
        column.0 == .left ? NumberText.alignedLeft(cell, to: column.1) : NumberText.alignedRight(cell, to: column.1)
      }
      var line = cells.joined(separator: "  ")
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }
  }
}
