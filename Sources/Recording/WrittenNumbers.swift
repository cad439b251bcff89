extension NumberText {
  /// A number for a formula or a sentence: exact where that is short, such as 0.05, and else four significant digits.
  public static func plain(_ x: Double) -> String {
    if x == 0 { return "0" }  // not −0
    let full = full(x)
    return full.utf8.count <= 6 ? full : short(x)
  }

  /// The same for a reader, with a proper minus sign: `−0.05`.
  public static func written(_ x: Double) -> String {
    let text = plain(x)
    return text.utf8.first == UInt8(ascii: "-") ? "−" + text.dropFirst() : text
  }

  /// A number that stands in the formula: without the noise of `1 − 0.9`, and 0.1 rather than 0.1000.
  static func constant(_ x: Double) -> String {
    let parts = plain(x).split(separator: "e")
    var text = parts[0]
    if text.utf8.contains(UInt8(ascii: ".")) {
      while text.utf8.last == UInt8(ascii: "0") { text.removeLast() }
      if text.utf8.last == UInt8(ascii: ".") { text.removeLast() }
    }
    return parts.count == 2 ? text + "e" + parts[1] : String(text)
  }
}
