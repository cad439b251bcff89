import Documents

/// The objects of a file that has one on each line; empty lines are allowed.
struct JSONLines {
  let rows: [Document]

  init(_ bytes: [UInt8]) throws(DocumentError) {
    var rows: [Document] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (i, line) in lines.enumerated() where !Self.isBlank(line) {
      rows.append(try Self.document(Array(line), line: i + 1))
    }
    self.rows = rows
  }

  private static func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
    // A byte order mark counts as nothing, so that a file of it alone is empty.
    let content = line.starts(with: [0xef, 0xbb, 0xbf]) ? line.dropFirst(3) : line
    return content.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
  }

  private static func document(_ bytes: [UInt8], line: Int) throws(DocumentError) -> Document {
    do throws(DocumentError) {
      return try JSONReader.read(bytes).moved(down: line - 1)
    } catch {
      throw DocumentError(line: line, column: error.column, message: message(error.message, line: line))
    }
  }

  /// Rewords an error about a file for a line of it, which has its own end and another number.
  private static func message(_ message: String, line: Int) -> String {
    let end = "the end of the file"
    if message.contains(end) {
      return message.replacing(end, with: "the end of the line") + "; each line must hold one whole JSON object"
    }
    guard let place = message.ranges(of: "appears twice, first at 1:").last else { return message }
    return message[..<place.lowerBound] + "appears twice, first at \(line):" + message[place.upperBound...]
  }
}

extension Document {
  /// The same, that many lines further down: what was read as a file of its own is a line of another.
  fileprivate func moved(down lines: Int) -> Document {
    let moved: Value =
      switch value {
      case .list(let list): .list(list.map { $0.moved(down: lines) })
      case .object(let members):
        .object(
          members.map {
            Member(
              key: $0.key, keyLine: $0.keyLine + lines, keyColumn: $0.keyColumn, value: $0.value.moved(down: lines))
          })
      default: value
      }
    return Document(moved, line: line + lines, column: column, isWhole: isWhole)
  }
}
