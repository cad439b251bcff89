/// Reads JSON strictly as RFC 8259 defines it, with located errors.
///
/// Names must be unique within an object, text must be valid UTF-8, numbers must fit a double, and nesting ends at 200
/// levels, so that no file can exhaust the stack.
public enum JSONReader {
  /// Reads a whole file, which must hold one value and nothing else.
  public static func read(_ bytes: [UInt8]) throws(DocumentError) -> Document {
    var parser = JSONParser(bytes)
    return try parser.document()
  }

  /// Reads a whole text, which must hold one value and nothing else.
  public static func read(_ text: String) throws(DocumentError) -> Document { try read(Array(text.utf8)) }
}

private struct JSONParser {
  /// The text and a zero, which no value starts or continues with: this saves a check for the end at every byte.
  private let bytes: [UInt8]
  private var i = 0
  private var line = 1
  /// Where the line would start if all of its characters so far were one byte long: `i - lineStart + 1` is the column.
  private var lineStart = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes + [0] }

  mutating func document() throws(DocumentError) -> Document {
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) {  // a byte order mark, which a reader may ignore
      i = 3
      lineStart = 3
    }
    skipSpace()
    let document = try value()
    skipSpace()
    if i != bytes.count - 1 { throw unexpected("the end of the file") }
    return document
  }

  private mutating func value() throws(DocumentError) -> Document {
    let (line, column, start) = (line, i - lineStart + 1, i)
    let value: Document.Value
    switch bytes[i] {
    case UInt8(ascii: "\""): value = .string(try string())
    case UInt8(ascii: "{"): value = .object(try nested { parser throws(DocumentError) in try parser.members() })
    case UInt8(ascii: "["): value = .list(try nested { parser throws(DocumentError) in try parser.elements() })
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = .number(try number())
    case UInt8(ascii: "-"):
      value = bytes[i + 1] == UInt8(ascii: "I") ? try word() : .number(try number())
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): value = try word()
    default: throw unexpected("a value")
    }
    let isWhole = if case .number = value { isWhole(start..<i) } else { false }
    return Document(value, line: line, column: column, isWhole: isWhole)
  }

  /// Whether a number is written without point and exponent.
  private func isWhole(_ range: Range<Int>) -> Bool {
    range.allSatisfy { bytes[$0] == UInt8(ascii: "-") || bytes[$0] &- UInt8(ascii: "0") < 10 }
  }

  private mutating func nested<Content>(
    _ content: (inout JSONParser) throws(DocumentError) -> Content
  ) throws(DocumentError) -> Content {
    if depth == 200 { throw error("nested more than 200 levels deep") }
    depth += 1
    i += 1
    skipSpace()
    let result = try content(&self)
    i += 1
    depth -= 1
    return result
  }

  private mutating func elements() throws(DocumentError) -> [Document] {
    var elements: [Document] = []
    if bytes[i] == UInt8(ascii: "]") { return elements }
    while true {
      elements.append(try value())
      skipSpace()
      if bytes[i] == UInt8(ascii: "]") { return elements }
      if bytes[i] != UInt8(ascii: ",") { throw unexpected("',' or ']'") }
      i += 1
      skipSpace()
    }
  }

  private mutating func members() throws(DocumentError) -> [Document.Member] {
    var unique = UniqueMembers()
    if bytes[i] == UInt8(ascii: "}") { return [] }
    while true {
      if bytes[i] != UInt8(ascii: "\"") { throw unexpected("a key in double quotes") }
      let (keyLine, keyColumn) = (line, i - lineStart + 1)
      let key = try string()
      skipSpace()
      if bytes[i] != UInt8(ascii: ":") { throw unexpected("':' after the key") }
      i += 1
      skipSpace()
      try unique.append(Document.Member(key: key, keyLine: keyLine, keyColumn: keyColumn, value: try value()))
      skipSpace()
      if bytes[i] == UInt8(ascii: "}") { return unique.members }
      if bytes[i] != UInt8(ascii: ",") { throw unexpected("',' or '}'") }
      i += 1
      skipSpace()
    }
  }

  private mutating func skipSpace() {
    while true {
      switch bytes[i] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): i += 1
      case UInt8(ascii: "\n"):
        i += 1
        line += 1
        lineStart = i
      default: return
      }
    }
  }

  // MARK: Words and numbers

  private mutating func word() throws(DocumentError) -> Document.Value {
    let (start, column) = (i, i - lineStart + 1)
    if bytes[i] == UInt8(ascii: "-") { i += 1 }
    while (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[i] | 0x20) { i += 1 }
    let word = String(decoding: bytes[start..<i], as: UTF8.self)
    switch word {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    case "NaN", "Infinity", "-Infinity":
      throw DocumentError(
        line: line, column: column, message: "\(word) is no JSON number: numbers must be finite")
    default:
      throw DocumentError(
        line: line, column: column, message: "'\(word)' is no JSON value; text must be in double quotes")
    }
  }

  private mutating func number() throws(DocumentError) -> Double {
    let (start, column) = (i, i - lineStart + 1)
    if bytes[i] == UInt8(ascii: "-") { i += 1 }
    let leadingZero = bytes[i] == UInt8(ascii: "0")
    let integerDigits = skipDigits()
    if integerDigits == 0 { throw unexpected("a digit") }
    if leadingZero && integerDigits > 1 {
      throw DocumentError(line: line, column: column, message: "a number must not start with a superfluous 0")
    }
    if bytes[i] == UInt8(ascii: ".") {
      i += 1
      if skipDigits() == 0 { throw unexpected("a digit") }
    }
    if bytes[i] | 0x20 == UInt8(ascii: "e") {
      i += 1
      if bytes[i] == UInt8(ascii: "+") || bytes[i] == UInt8(ascii: "-") { i += 1 }
      if skipDigits() == 0 { throw unexpected("a digit") }
    }
    let number = NumberText.parse(bytes, start..<i)
    if number.isInfinite {
      throw DocumentError(line: line, column: column, message: "the number is too large for a double")
    }
    return number
  }

  private mutating func skipDigits() -> Int {
    let start = i
    while bytes[i] &- UInt8(ascii: "0") < 10 { i += 1 }
    return i - start
  }

  // MARK: Strings

  private mutating func string() throws(DocumentError) -> String {
    let column = i - lineStart + 1
    i += 1
    let start = i
    var union: UInt8 = 0
    while bytes[i] != UInt8(ascii: "\""), bytes[i] != UInt8(ascii: "\\"), bytes[i] >= 0x20 { advance(&union) }
    if bytes[i] == UInt8(ascii: "\"") {
      let text = try decode(bytes[start..<i], isASCII: union < 0x80, column: column)
      i += 1
      return text
    }
    var unescaped = Array(bytes[start..<i])
    while bytes[i] != UInt8(ascii: "\"") {
      if bytes[i] == UInt8(ascii: "\\") {
        unescaped += String(try escape()).utf8
      } else if bytes[i] >= 0x20 {
        unescaped.append(bytes[i])
        advance(&union)
      } else if i == bytes.count - 1 {
        throw DocumentError(line: line, column: column, message: "the string does not end")
      } else {
        throw error("a line break or control character in a string must be written as an escape")
      }
    }
    i += 1
    return try decode(unescaped[...], isASCII: false, column: column)
  }

  /// Moves past a byte of a string, collecting what bits there are.
  private mutating func advance(_ union: inout UInt8) {
    let byte = bytes[i]
    union |= byte
    if byte & 0xc0 == 0x80 { lineStart += 1 }  // the second or a later byte of a scalar takes no column
    i += 1
  }

  private func decode(_ utf8: ArraySlice<UInt8>, isASCII: Bool, column: Int) throws(DocumentError) -> String {
    if isASCII { return String(decoding: utf8, as: UTF8.self) }
    if let text = String(validating: utf8, as: UTF8.self) { return text }
    throw DocumentError(line: line, column: column, message: "the string is not valid UTF-8")
  }

  private mutating func escape() throws(DocumentError) -> Unicode.Scalar {
    let column = i - lineStart + 1
    i += 2
    switch bytes[i - 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try fourHexDigits()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      if unit < 0xdc00, bytes[i] == UInt8(ascii: "\\"), bytes[i + 1] == UInt8(ascii: "u") {
        i += 2
        let low = try fourHexDigits()
        if (0xdc00...0xdfff).contains(low), let scalar = Unicode.Scalar(0x1_0000 + (unit - 0xd800) << 10 + low - 0xdc00)
        {
          return scalar
        }
      }
      throw DocumentError(line: line, column: column, message: "half of a surrogate pair, which is no character")
    default:
      throw DocumentError(
        line: line, column: column, message: #"unknown escape; the escapes are \" \\ \/ \b \f \n \r \t \uXXXX"#)
    }
  }

  private mutating func fourHexDigits() throws(DocumentError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      let digit = bytes[i] &- UInt8(ascii: "0")
      let letter = (bytes[i] | 0x20) &- UInt8(ascii: "a")
      if digit >= 10 && letter >= 6 { throw unexpected("four hexadecimal digits after \\u") }
      unit = unit << 4 | UInt32(digit < 10 ? digit : letter + 10)
      i += 1
    }
    return unit
  }

  // MARK: Errors

  private func error(_ message: String) -> DocumentError {
    DocumentError(line: line, column: i - lineStart + 1, message: message)
  }

  private func unexpected(_ expected: String) -> DocumentError {
    let found: String
    if i >= bytes.count - 1 {
      found = "the end of the file"
    } else if bytes[i] < 0x20 || bytes[i] == 0x7f {
      found = bytes[i] == UInt8(ascii: "\n") ? "the end of the line" : "a control character"
    } else {
      found = "'" + String(String(decoding: bytes[i..<min(i + 16, bytes.count - 1)], as: UTF8.self).prefix(1)) + "'"
    }
    return error("expected \(expected), found \(found)")
  }
}
