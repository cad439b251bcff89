/// Reads a notebook, line by line.
struct NotebookReader {
  private let lines: [String]
  private var index: Int
  private var parts: [Notebook.Part] = []
  private var proseStart: Int

  /// - Parameter text: The file; lines may end in carriage returns.
  static func read(_ text: String) throws(NotebookError) -> Notebook {
    // A carriage return and a line feed are one Swift character.
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    var reader = try NotebookReader(lines)
    return Notebook(parts: try reader.readParts(), lines: lines)
  }

  private init(_ lines: [String]) throws(NotebookError) {
    self.lines = lines
    index = try Self.headerCount(lines)
    proseStart = index
  }

  /// The number of lines of the YAML between `---` and `---`.
  private static func headerCount(_ lines: [String]) throws(NotebookError) -> Int {
    guard lines.first?.withoutEnd == "---" else { return 0 }
    guard let end = lines.dropFirst().firstIndex(where: { $0.withoutEnd == "---" }) else {
      throw NotebookError(line: 1, message: "the header that begins here does not end: a line --- is missing")
    }
    return end + 1
  }

  private mutating func readParts() throws(NotebookError) -> [Notebook.Part] {
    while index < lines.count {
      if let fence = Fence(lines[index]) {
        try read(fence)
      } else if lines[index].hasPrefix("<!-- answer") {
        endProse()
        parts.append(.answer(try answer()))
        proseStart = index
      } else {
        index += 1
      }
    }
    endProse()
    return parts
  }

  private mutating func read(_ fence: Fence) throws(NotebookError) {
    guard let language = Cell.Language(rawValue: fence.language) else {
      if fence.language == "output" {
        throw NotebookError(
          line: index + 1, message: "an output without a cell: write it right after a gradus or sh fence")
      }
      index = try end(of: fence) + 1  // a fence like any other
      return
    }
    endProse()
    let start = index
    let end = try end(of: fence)
    let commands = lines[(start + 1)..<end].map { $0.withoutEnd }
    index = end + 1
    let output = try outputLines()
    parts.append(
      .cell(
        Cell(
          language: language, commands: commands, isMeantToFail: fence.tags.contains("raises-exception"),
          line: start + 1,
          output: output.isEmpty ? nil : lines[output].dropFirst().dropLast().map { $0.withoutEnd },
          outputLines: output)))
    index = output.upperBound
    proseStart = index
  }

  /// The output's lines, right after a cell or after blank lines; empty and here if there is none.
  private func outputLines() throws(NotebookError) -> Range<Int> {
    let start = lines[index...].firstIndex { !$0.withoutEnd.isEmpty } ?? index
    guard start < lines.count, let fence = Fence(lines[start]), fence.language == "output" else { return index..<index }
    var reader = self
    reader.index = start
    return start..<(try reader.end(of: fence) + 1)
  }

  /// The line of the closing fence.
  private func end(of fence: Fence) throws(NotebookError) -> Int {
    if let end = lines.indices.dropFirst(index + 1).first(where: { fence.isClosed(by: lines[$0]) }) { return end }
    throw NotebookError(line: index + 1, message: "the fence that begins here does not end: \(fence.marks) is missing")
  }

  private mutating func endProse() {
    guard proseStart < index else { return }
    parts.append(.prose(.init(lines: lines[proseStart..<index].map { $0.withoutEnd }, line: proseStart + 1)))
  }

  // MARK: Answers

  private mutating func answer() throws(NotebookError) -> Answer {
    let start = index
    guard let end = lines[start...].firstIndex(where: { $0.withoutEnd.hasSuffix("-->") }) else {
      throw NotebookError(line: start + 1, message: "the comment that begins here does not end: --> is missing")
    }
    index = end + 1
    var body = lines[start...end].map { $0.withoutEnd }
    body[0] = String(body[0].dropFirst("<!-- answer".count))
    body[body.count - 1] = String(body[body.count - 1].dropLast("-->".count))
    let rows = body.map { $0.trimmingBlanks }
    if rows.count == 1, rows[0].hasPrefix(":") {
      return Answer(kind: .number(String(rows[0].dropFirst()).trimmingBlanks), line: start + 1)
    }
    var choices: [(text: String, condition: String)] = []
    for (offset, row) in rows.enumerated() where !row.isEmpty {
      guard let colon = row.lastIndex(of: ":"), row.index(after: colon) < row.endIndex else {
        throw NotebookError(
          line: start + offset + 1, message: "write choice: condition, such as zero: grad(logp[5,1]) == 0")
      }
      choices.append((String(row[..<colon]), String(row[row.index(after: colon)...]).trimmingBlanks))
    }
    guard choices.count > 1 else {
      throw NotebookError(
        line: start + 1, message: "write <!-- answer: expression -->, or a line for each of two or more choices")
    }
    return Answer(kind: .choices(choices), line: start + 1)
  }
}

/// The line that opens a fence: three or more backticks or tildes, a language, and Jupytext's tags.
private struct Fence {
  let marks: String
  let language: String
  let tags: String

  init?(_ line: String) {
    guard let mark = line.first, mark == "`" || mark == "~" else { return nil }
    marks = String(line.prefix { $0 == mark })
    let words = String(line.dropFirst(marks.count)).withoutEnd.trimmingBlanks
    // Backticks behind backticks are code within a line.
    guard marks.count >= 3, mark == "~" || !words.contains("`") else { return nil }
    language = String(words.prefix { $0 != " " })
    tags = String(words.dropFirst(language.count))
  }

  func isClosed(by line: String) -> Bool {
    let text = line.withoutEnd.trimmingBlanks
    return text.count >= marks.count && text.allSatisfy { $0 == marks.first }
  }
}

extension StringProtocol {
  /// Without a carriage return at the end.
  var withoutEnd: String {
    hasSuffix("\r") ? String(String.UnicodeScalarView(unicodeScalars.dropLast())) : String(self)
  }

  var trimmingBlanks: String {
    var text = Substring(drop { $0 == " " || $0 == "\t" })
    while text.last == " " || text.last == "\t" { text = text.dropLast() }
    return String(text)
  }
}
