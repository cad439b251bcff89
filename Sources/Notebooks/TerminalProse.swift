public import Documents
import Formulas
import Foundation

/// A notebook's prose for a terminal: headings, paragraphs, lists, tables, formulas and references to pictures.
///
/// It knows the Markdown of the lessons; anything else is shown as written.
public struct TerminalProse {
  private var text = StyledText()
  private var paragraph = ""
  private var indent = 0
  /// The rows of a table so far.
  private var table: [[String]] = []
  /// Whether another blank line would be one too many.
  private var hasGap = true
  private let width: Int

  /// - Parameters:
  ///   - lines: Markdown.
  ///   - width: In columns.
  public static func text(_ lines: [String], width: Int = 80) -> StyledText {
    var prose = TerminalProse(width: width)
    prose.add(lines)
    return prose.text
  }

  private init(width: Int) { self.width = width }

  private mutating func add(_ lines: [String]) {
    var fence: String?
    var isComment = false
    for line in lines {
      let words = line.trimmingBlanks
      if let open = fence {
        fence = words == "```" ? nil : open
        if fence != nil { addCode(line, language: open) }
      } else if isComment || words.hasPrefix("<!--") {
        isComment = !words.hasSuffix("-->")
      } else if words.hasPrefix("```") {
        endParagraph()
        fence = String(words.dropFirst(3))
      } else {
        add(line, words)
      }
    }
    endParagraph()
  }

  private mutating func add(_ line: String, _ words: String) {
    switch words {
    case "": endParagraph(withGap: true)
    case "<details>", "</details>": endParagraph()
    case _ where words.hasPrefix("<details>") || words.hasPrefix("<summary>"): endParagraph()
    case _ where words.hasPrefix("#"):
      endParagraph()
      write(Self.plain(String(words.drop { $0 == "#" }).trimmingBlanks), .heading)
    case _ where words.hasPrefix("!["):
      endParagraph()
      write(wrapped("Picture: " + words.dropFirst(2).prefix { $0 != "]" }, indent: 0), .dim)
    case _ where words.hasPrefix("|"):
      if table.isEmpty { endParagraph() }
      table.append(Self.cells(words))
    case _ where Self.isItem(words):
      endParagraph()
      let margin = line.prefix { $0 == " " }.count
      indent = margin + Self.marker(words).count
      paragraph = String(repeating: " ", count: margin) + words
    case _ where !table.isEmpty:
      endTable()
      paragraph = words
    default: paragraph += (paragraph.isEmpty ? "" : " ") + words
    }
  }

  private mutating func addCode(_ line: String, language: String) {
    if language == "math" {
      let formula = PlainMath.text(of: line.replacing("\\\\", with: "").replacing("\\,", with: " "))
      write(wrapped("  " + formula, indent: 4))
    } else {
      write("  " + line, .code)
    }
  }

  /// Sets a table in columns, with dashes below its heading; row by row where that would be too wide.
  private mutating func endTable() {
    let rows = table.map { row in row.map { Self.plain($0) } }
    table = []
    let count = rows.map { $0.count }.max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count && !Self.isRule($0) ? NumberText.width($0[column]) : 0 }.max() ?? 0
    }
    if widths.reduce(0, +) + 2 * (count - 1) > width { return writeList(rows.filter { !Self.isRule($0) }) }
    for row in rows {
      let cells = zip(row, widths).map { cell, width in
        Self.isRule(row) ? String(repeating: "─", count: width) : NumberText.alignedLeft(cell, to: width)
      }
      let line = cells.joined(separator: "  ")
      write(String(line.reversed().drop { $0 == " " }.reversed()))
    }
  }

  /// Each row's first cell as a heading, and below it the other cells, each after its column's name.
  private mutating func writeList(_ rows: [[String]]) {
    guard let names = rows.first else { return }
    let nameWidth = names.dropFirst().map { NumberText.width($0) }.max() ?? 0
    for row in rows.dropFirst() {
      write(wrapped(row.first ?? "", indent: 2))
      for (name, cell) in zip(names, row).dropFirst() where !cell.isEmpty {
        let label = "  " + NumberText.alignedLeft(name, to: nameWidth)
        write(wrapped(label + "  " + cell, indent: nameWidth + 4))
      }
    }
  }

  private static func isRule(_ row: [String]) -> Bool { row.allSatisfy { $0.allSatisfy { "-: ".contains($0) } } }

  private static func cells(_ row: String) -> [String] {
    let inner = row.dropFirst().hasSuffix("|") ? row.dropFirst().dropLast() : row.dropFirst()
    return inner.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingBlanks }
  }

  private mutating func endParagraph(withGap: Bool = false) {
    if !table.isEmpty { endTable() }
    if !paragraph.isEmpty { write(wrapped(Self.plain(paragraph), indent: indent)) }
    if withGap, !hasGap {
      text.line()
      hasGap = true
    }
    paragraph = ""
    indent = 0
  }

  private mutating func write(_ words: String, _ style: StyledText.Style = .plain) {
    text.line(words, style)
    hasGap = false
  }

  private static func isItem(_ words: String) -> Bool { !marker(words).isEmpty }

  /// `- ` or `12. `, or nothing.
  private static func marker(_ words: String) -> String {
    if words.hasPrefix("- ") || words.hasPrefix("> ") { return String(words.prefix(2)) }
    let digits = words.prefix { $0.isNumber }
    return !digits.isEmpty && words.dropFirst(digits.count).hasPrefix(". ") ? digits + ". " : ""
  }

  /// Without the marks of emphasis and links, which a terminal does not need; code stays as it is.
  private static func plain(_ text: String) -> String {
    let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
    // Every other piece stands between backticks.
    let shown = pieces.enumerated().map { index, piece in
      index % 2 == 1 ? String(piece) : String(piece).replacing("**", with: "").replacing(/\*([^*\s][^*]*)\*/) { $0.1 }
    }
    return shown.joined(separator: "`").replacing(/\[([^\]]*)\]\(([^)\s]*)\)/) { match in
      // Other lessons are reached by a command.
      match.2.hasPrefix("http") ? "\(match.1) (\(match.2))" : String(match.1)
    }
  }

  /// Breaks a line at blanks; following lines are indented.
  private func wrapped(_ text: String, indent: Int) -> String {
    var result = ""
    var column = 0
    for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
      let size = NumberText.width(String(word))
      if index > 0, column + 1 + size > width, column > indent {
        result += "\n" + String(repeating: " ", count: indent)
        column = indent
      } else if index > 0 {
        result += " "
        column += 1
      }
      result += word
      column += size
    }
    return result
  }
}
