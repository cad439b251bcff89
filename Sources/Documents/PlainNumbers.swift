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
}
