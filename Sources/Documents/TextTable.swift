/// Rows of text in columns; the first ones are aligned left, numbers right.
public struct TextTable {
  private let header: [String]
  private let alignedLeft: Int
  public private(set) var rows: [[String]] = []
  /// A row that is set off from the others.
  public var heading: Int?

  public init(header: [String], alignedLeft: Int = 2) {
    self.header = header
    self.alignedLeft = alignedLeft
  }

  /// Adds a row, with a cell for each column; control characters become symbols.
  public mutating func add(_ row: [String]) { rows.append(row.map { $0.visible }) }

  /// The table in blocks of at most 80 columns, each beginning with the first ones; in one where those leave no room.
  public var text: StyledText {
    let widths = header.indices.map { column in
      ([header] + rows).map { NumberText.width($0[column]) }.max() ?? 0
    }
    var text = StyledText()
    for columns in blocks(widths) {
      if columns.contains(where: { !header[$0].isEmpty }) { text.line(line(header, columns, widths), .dim) }
      for (number, row) in rows.enumerated() {
        text.line(line(row, columns, widths), number == heading ? .heading : .plain)
      }
    }
    return text
  }

  private func blocks(_ widths: [Int]) -> [[Int]] {
    let first = Array(header.indices.prefix(alignedLeft))
    let start = first.reduce(0) { $0 + 2 + widths[$1] }
    // Behind much text a block would have room for hardly a number.
    if start > 50 { return [Array(header.indices)] }
    var blocks = [first]
    var used = start
    for column in header.indices.dropFirst(alignedLeft) {
      if used > start, used + 2 + widths[column] > 80 {
        blocks.append(first)
        used = start
      }
      blocks[blocks.count - 1].append(column)
      used += 2 + widths[column]
    }
    return blocks
  }

  private func line(_ cells: [String], _ columns: [Int], _ widths: [Int]) -> String {
    var line = ""
    for column in columns {
      line += "  "
      line +=
        column < alignedLeft
        ? NumberText.alignedLeft(cells[column], to: widths[column])
        : NumberText.alignedRight(cells[column], to: widths[column])
    }
    return line.trimmedEnd
  }
}

extension String {
  fileprivate var trimmedEnd: String {
    var end = self[...]
    while end.last == " " { end = end.dropLast() }
    return String(end)
  }
}
