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
  public private(set) var text = ""
  private let indented: Bool
  private let htmlSafe: Bool
  private var depth = 0
  private var isFirst = true
  private var followsKey = false

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
    text += indented ? ": " : ":"
    followsKey = true
  }

  public mutating func string(_ string: String) {
    separate()
    quote(string)
  }

  public mutating func number(_ number: Double) { write(number.isFinite ? NumberText.full(number) : "null") }
  public mutating func integer(_ integer: Int) { write(integer.description) }
  public mutating func bool(_ bool: Bool) { write(bool ? "true" : "false") }
  public mutating func null() { write("null") }

  private mutating func write(_ literal: String) {
    separate()
    text += literal
  }

  private mutating func begin(_ bracket: String) {
    write(bracket)
    depth += 1
    isFirst = true
  }

  private mutating func end(_ bracket: String) {
    depth -= 1
    if !isFirst { breakLine() }
    text += bracket
    isFirst = false
  }

  private mutating func separate() {
    if followsKey {
      followsKey = false
      return
    }
    if !isFirst { text += "," }
    if depth > 0 { breakLine() }
    isFirst = false
  }

  private mutating func breakLine() {
    if indented { text += "\n" + String(repeating: " ", count: depth) }
  }

  private mutating func quote(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f: escape(scalar.value)
      case "<", ">", "&", "\u{2028}", "\u{2029}":
        if htmlSafe { escape(scalar.value) } else { text.unicodeScalars.append(scalar) }
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }

  private mutating func escape(_ value: UInt32) {
    let digits = String(value, radix: 16)
    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
