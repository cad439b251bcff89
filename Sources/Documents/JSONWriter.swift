/// Writes JSON, value by value.
///
///     var json = JSONWriter()
///     json.beginObject()
///     json.key("loss")
///     json.number(0.5)
///     json.endObject()
///     json.text  // {"loss":0.5}
///
/// Numbers are written in full; NaN and the infinities, for which JSON has no number, become `null`.
public struct JSONWriter {
  /// What has been written so far.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
  // Bytes are appended several times as fast as text.
  private var bytes: [UInt8] = []
  private let indented: Bool
  private let htmlSafe: Bool
  private var depth = 0
  private var isFirst = true
  private var followsKey = false
  private var isInRow = false

  /// Starts with nothing written.
  ///
  /// - Parameters:
  ///   - indented: One element per line, indented by one space per level.
  ///   - htmlSafe: Escape what could end a `<script>` element or a line of JavaScript: `<`, `>`, `&`, U+2028, U+2029.
  public init(indented: Bool = false, htmlSafe: Bool = false) {
    self.indented = indented
    self.htmlSafe = htmlSafe
  }

  public mutating func beginObject() { begin("{") }
  public mutating func endObject() { end("}") }
  public mutating func beginArray() { begin("[") }
  public mutating func endArray() { end("]") }

  /// The key of the value that is written next.
  public mutating func key(_ key: String) {
    separate()
    quote(key)
    append(indented ? ": " : ":")
    followsKey = true
  }

  /// A string as an element, or as the value of the key before it.
  public mutating func string(_ string: String) {
    separate()
    quote(string)
  }

  /// A number in full; `null` if it is not finite.
  public mutating func number(_ number: Double) { write(number.isFinite ? NumberText.full(number) : "null") }
  public mutating func integer(_ integer: Int) { write(integer.description) }
  public mutating func bool(_ bool: Bool) { write(bool ? "true" : "false") }
  public mutating func null() { write("null") }

  /// A list of numbers on one line, also where everything else has a line of its own.
  public mutating func numbers(_ numbers: [Double]) {
    beginRow()
    for number in numbers { self.number(number) }
    endRow()
  }

  /// A list of strings on one line, also where everything else has a line of its own.
  public mutating func strings(_ strings: [String]) {
    beginRow()
    for string in strings { self.string(string) }
    endRow()
  }

  private mutating func beginRow() {
    beginArray()
    isInRow = true
  }

  private mutating func endRow() {
    endArray()
    isInRow = false
  }

  private mutating func write(_ literal: String) {
    separate()
    append(literal)
  }

  private mutating func append(_ part: String) { bytes.append(contentsOf: part.utf8) }

  private mutating func begin(_ bracket: String) {
    write(bracket)
    depth += 1
    isFirst = true
  }

  private mutating func end(_ bracket: String) {
    depth -= 1
    if !isFirst { breakLine() }
    append(bracket)
    isFirst = false
  }

  private mutating func separate() {
    if followsKey {
      followsKey = false
      return
    }
    if !isFirst { append(isInRow && indented ? ", " : ",") }
    if depth > 0 { breakLine() }
    isFirst = false
  }

  private mutating func breakLine() {
    if indented, !isInRow {
      bytes.append(UInt8(ascii: "\n"))
      for _ in 0..<depth { bytes.append(UInt8(ascii: " ")) }
    }
  }

  /// Byte by byte, since nearly every byte stays what it is.
  private mutating func quote(_ string: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\r"): append("\\r")
      case UInt8(ascii: "\t"): append("\\t")
      case ..<0x20, 0x7f: escape(UInt32(byte))
      case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"):
        if htmlSafe { escape(UInt32(byte)) } else { bytes.append(byte) }
      default:
        bytes.append(byte)
        if htmlSafe { escapeLineSeparator() }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// U+2028 and U+2029 are the bytes `e2 80 a8` and `e2 80 a9`.
  private mutating func escapeLineSeparator() {
    guard let last = bytes.last, last == 0xa8 || last == 0xa9, bytes.suffix(3).elementsEqual([0xe2, 0x80, last]) else {
      return
    }
    bytes.removeLast(3)
    escape(0x2000 + UInt32(last) - 0x80)
  }

  private mutating func escape(_ value: UInt32) {
    let digits = String(value, radix: 16)
    append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
  }
}
