import Documents

/// The rows of a CSV file, each an object of the names in its first line: RFC 4180, also with tabs or semicolons in the place
/// of commas, as pandas and spreadsheets write them.
///
/// Values are text; those of `label` are true or false, and a conversation is JSON.
struct CSVRows {
  let rows: [Document]

  init(_ bytes: [UInt8]) throws(DocumentError) {
    var parser = CSVParser(bytes)
    let names = try parser.record() ?? []
    if !names.isEmpty, parser.isAtEnd {
      throw DocumentError(line: 1, column: 1, message: "the file has a first line with names, and no row below it")
    }
    var rows: [Document] = []
    while let record = try parser.record() {
      if record.count == 1, record[0].text.isEmpty { continue }
      guard record.count == names.count, let first = record.first else {
        throw DocumentError(
          line: record.first?.line ?? 1, column: 1,
          message: "the row has \(record.count) values, the first line \(names.count) names")
      }
      var members: [Document.Member] = []
      for (name, value) in zip(names, record) {
        members.append(
          Document.Member(
            key: name.text, keyLine: value.line, keyColumn: value.column, value: try Self.document(value, of: name.text)
          ))
      }
      rows.append(Document(.object(members), line: first.line, column: first.column))
    }
    self.rows = rows
  }

  private static func document(_ value: CSVParser.Value, of name: String) throws(DocumentError) -> Document {
    func document(_ content: Document.Value) -> Document { Document(content, line: value.line, column: value.column) }
    if name == "label", let flag = ["true": true, "1": true, "false": false, "0": false][value.text.lowercased()] {
      return document(.bool(flag))
    }
    if ChatRow.columns.contains(name) || name == "tools", value.text.hasPrefix("[{") {
      do throws(DocumentError) {
        return document(try JSONReader.read(value.text).value)
      } catch {
        throw DocumentError(line: value.line, column: value.column, message: "\(name): \(error.message)")
      }
    }
    return document(value.text.isEmpty ? .null : .string(value.text))
  }
}

/// Reads values between commas, tabs or semicolons, in quotes where they have commas, quotes or line ends of their own.
private struct CSVParser {
  struct Value {
    let text: String
    let line: Int
    let column: Int
  }

  private let bytes: [UInt8]
  private var i: Int
  private var line = 1
  private var lineStart: Int
  private let comma: UInt8
  private let ends: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    i = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    lineStart = i
    // Names of columns have none of these themselves.
    let names = bytes[i...].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    comma =
      [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";")].first { names.contains($0) } ?? UInt8(ascii: ",")
    ends = [comma, UInt8(ascii: "\n"), UInt8(ascii: "\r")]
  }

  var isAtEnd: Bool { i >= bytes.count }

  /// The next line's values; nil at the end.
  mutating func record() throws(DocumentError) -> [Value]? {
    guard i < bytes.count else { return nil }
    var values: [Value] = []
    while true {
      values.append(try value())
      guard i < bytes.count else { return values }
      let separator = bytes[i]
      i += 1
      if separator == comma {
        if i == bytes.count { values.append(Value(text: "", line: line, column: i - lineStart + 1)) }
        continue
      }
      if separator == UInt8(ascii: "\r"), i < bytes.count, bytes[i] == UInt8(ascii: "\n") { i += 1 }
      endLine()
      return values
    }
  }

  private mutating func endLine() { (line, lineStart) = (line + 1, i) }

  private mutating func value() throws(DocumentError) -> Value {
    let (line, column) = (line, i - lineStart + 1)
    var text: [UInt8] = []
    if i < bytes.count, bytes[i] == UInt8(ascii: "\"") {
      i += 1
      while true {
        guard i < bytes.count else {
          throw DocumentError(line: line, column: column, message: "the value that begins here has no closing quote")
        }
        if bytes[i] == UInt8(ascii: "\"") {
          guard i + 1 < bytes.count, bytes[i + 1] == UInt8(ascii: "\"") else { break }
          i += 1
        }
        text.append(bytes[i])
        i += 1
        if text.last == UInt8(ascii: "\n") { endLine() }
      }
      i += 1
      guard i == bytes.count || ends.contains(bytes[i]) else {
        throw DocumentError(
          line: self.line, column: i - lineStart + 1,
          message: "a separator or the line's end must follow a closing quote")
      }
    } else {
      while i < bytes.count, !ends.contains(bytes[i]) {
        text.append(bytes[i])
        i += 1
      }
    }
    guard let string = String(validating: text, as: UTF8.self) else {
      throw DocumentError(line: line, column: column, message: "the text is not valid UTF-8")
    }
    return Value(text: string, line: line, column: column)
  }
}
