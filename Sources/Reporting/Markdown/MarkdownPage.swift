/// A Markdown text that grows block by block.
struct MarkdownPage {
  private(set) var text = ""

  mutating func heading(_ level: Int, _ title: String) {
    block(String(repeating: "#", count: level) + " " + title)
  }

  mutating func paragraph(_ paragraph: String) { block(paragraph) }

  /// A formula on a line of its own.
  mutating func formula(_ latex: String) { block("$$" + latex + "$$") }

  mutating func list(_ items: [String]) {
    if !items.isEmpty { block(items.map { "- " + $0 }.joined(separator: "\n")) }
  }

  mutating func table(_ table: MarkdownTable) {
    guard !table.rows.isEmpty else { return }
    block(table.text)
    if let note = table.note { paragraph(note) }
  }

  /// Tables that the reader opens with a click.
  mutating func details(_ summary: String, _ tables: [MarkdownTable]) {
    if tables.allSatisfy({ $0.rows.isEmpty }) { return }
    block("<details><summary>" + summary + "</summary>")
    for table in tables { self.table(table) }
    block("</details>")
  }

  private mutating func block(_ block: String) {
    if !text.isEmpty { text += "\n\n" }
    text += block
  }
}

/// A table: its columns' titles, and rows of as many cells.
struct MarkdownTable {
  struct Column {
    let title: String
    var isNumber = false
  }

  let columns: [Column]
  var rows: [[String]] = []
  /// What is said below it, of what it leaves out.
  var note: String?

  /// Columns of text on the left, columns of numbers after them.
  init(_ texts: [String], numbers: [String] = []) {
    columns = texts.map { Column(title: $0) } + numbers.map { Column(title: $0, isNumber: true) }
  }

  var text: String {
    var lines = [line(columns.map { $0.title }), line(columns.map { $0.isNumber ? "--:" : "---" })]
    for row in rows { lines.append(line(row)) }
    return lines.joined(separator: "\n")
  }

  private func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}
