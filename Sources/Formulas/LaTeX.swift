/// Pieces of LaTeX that Markdown and HTML leave alone.
public enum LaTeX {
  /// A word from outside, such as a token or a metric's name.
  ///
  /// What Markdown, HTML or LaTeX could take for its own appears in its full-width form, a line break as `␊`.
  public static func text(_ word: String) -> String {
    var result = ""
    var run = ""
    func flush() {
      if !run.isEmpty { result += "\\text{" + run + "}" }
      run = ""
    }
    for scalar in word.unicodeScalars {
      switch scalar {
      case "<", ">":
        flush()
        result += scalar == "<" ? "{\\lt}" : "{\\gt}"
      case _ where special.contains(scalar): run.unicodeScalars.append(shifted(scalar, by: fullWidth))
      case _ where scalar.value < 0x20: run.unicodeScalars.append(shifted(scalar, by: 0x2400))
      default: run.unicodeScalars.append(scalar)
      }
    }
    flush()
    return result.isEmpty ? "\\text{}" : result
  }

  /// The sign itself in place of the full-width form that `text` gave it; where LaTeX is not the last reader, it is safe, and each
  /// font has it.
  static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    guard scalar.value > fullWidth, let sign = Unicode.Scalar(scalar.value - fullWidth), special.contains(sign) else {
      return scalar
    }
    return sign
  }

  private static let special: [Unicode.Scalar] = [
    "\\", "{", "}", "$", "_", "^", "#", "%", "&", "~", "*", "|", "`", "[", "]",
  ]
  private static let fullWidth: UInt32 = 0xfee0

  private static func shifted(_ scalar: Unicode.Scalar, by offset: UInt32) -> Unicode.Scalar {
    Unicode.Scalar(scalar.value + offset) ?? scalar
  }

  /// A name with indices: they join the subscript that the name may have, as in `V_{\text{old},0,2}`.
  public static func indexed(_ name: String, _ indices: [String]) -> String {
    if indices.isEmpty { return name }
    let list = indices.joined(separator: ",")
    let bytes = Array(name.utf8)
    guard let mark = subscriptMark(bytes) else { return name + "_{" + list + "}" }
    let end = argumentEnd(bytes, from: mark + 1)
    var argument = bytes[(mark + 1)..<end]
    if argument.first == UInt8(ascii: "{") { argument = argument.dropFirst().dropLast() }
    return text(bytes[..<mark]) + "_{" + text(argument) + "," + list + "}" + text(bytes[end...])
  }

  /// A name with something above it, in parentheses where there is something already.
  public static func marked(_ name: String, _ mark: String) -> String {
    let bytes = Array(name.utf8)
    var depth = 0
    var hasUpper = false
    for byte in bytes {
      if byte == UInt8(ascii: "{") { depth += 1 }
      if byte == UInt8(ascii: "}") { depth -= 1 }
      if byte == UInt8(ascii: "^"), depth == 0 { hasUpper = true }
    }
    return (hasUpper ? "(" + name + ")" : name) + "^{" + mark + "}"
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Where the first subscript outside of braces begins.
  private static func subscriptMark(_ bytes: [UInt8]) -> Int? {
    var depth = 0
    for (place, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "{") { depth += 1 }
      if byte == UInt8(ascii: "}") { depth -= 1 }
      if byte == UInt8(ascii: "_"), depth == 0 { return place }
    }
    return nil
  }

  /// The end of a group in braces, of a command or of one character.
  private static func argumentEnd(_ bytes: [UInt8], from start: Int) -> Int {
    var end = start + 1
    if bytes[start] == UInt8(ascii: "{") {
      var depth = 1
      while end < bytes.count, depth > 0 {
        if bytes[end] == UInt8(ascii: "{") { depth += 1 }
        if bytes[end] == UInt8(ascii: "}") { depth -= 1 }
        end += 1
      }
    } else if bytes[start] == UInt8(ascii: "\\") {
      // With bit 5 set, a letter is a small one.
      while end < bytes.count, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[end] | 0x20) { end += 1 }
    }
    return end
  }
}
