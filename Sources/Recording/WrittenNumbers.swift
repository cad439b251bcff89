import Documents

extension NumberText {
  /// The text of a number in a formula: without the rounding noise of `1 − 0.9`, and 0.1 rather than 0.1000.
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
