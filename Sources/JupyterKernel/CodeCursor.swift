/// A place in a cell's text, as Jupyter gives it: counted in Unicode scalars.
struct CodeCursor {
  /// The line in which it is.
  private let scalars: [Unicode.Scalar]
  /// Where in the line.
  let column: Int
  /// Where the line begins in the cell.
  let lineStart: Int
  /// Whether the cell is a script, about which the debugger knows nothing.
  let isInScript: Bool

  init(code: String, position: Int) {
    let all = Array(code.unicodeScalars)
    let position = max(0, min(position, all.count))
    lineStart = all[..<position].lastIndex(of: "\n").map { $0 + 1 } ?? 0
    scalars = Array(all[lineStart..<(all[position...].firstIndex(of: "\n") ?? all.count)])
    column = position - lineStart
    isInScript = code.drop { $0 == " " || $0 == "\t" }.hasPrefix("%%sh")
  }

  var line: String { text(0..<scalars.count) }

  /// The start of the word to be completed: after the last blank before the cursor.
  var wordStart: Int { (scalars[..<column].lastIndex(of: " ") ?? -1) + 1 }

  /// The first word of the line: the command.
  var command: String { text(commandRange) }

  var isInCommand: Bool { column <= commandRange.upperBound }

  /// What stands at the cursor and may be asked about, the longest first: `grad(ratio[0,1])`, `ratio[0,1]`, `ratio`.
  var names: [String] {
    let start = wordStart
    let end = scalars[column...].firstIndex(of: " ") ?? scalars.count
    if start == end { return [] }
    var names = [text(start..<end)]
    var i = start
    while i < end {
      let nameEnd = scalars[i..<end].firstIndex { !Self.isInName($0) } ?? end
      var next = nameEnd
      if nameEnd > i, nameEnd < end, scalars[nameEnd] == "[" {
        next = (scalars[nameEnd..<end].firstIndex(of: "]") ?? nameEnd - 1) + 1
      }
      if nameEnd > i, (i...next).contains(column) { names += [text(i..<next), text(i..<nameEnd)] }
      i = max(next, i + 1)
    }
    return names
  }

  private var commandRange: Range<Int> {
    let start = scalars.firstIndex { $0 != " " && $0 != "\t" } ?? scalars.count
    return start..<(scalars[start...].firstIndex { $0 == " " || $0 == "\t" } ?? scalars.count)
  }

  /// A minus may also stand between two terms: names with one are found as whole words.
  private static func isInName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "_./".unicodeScalars.contains(scalar)
  }

  private func text(_ range: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[range])
    return String(text)
  }
}
