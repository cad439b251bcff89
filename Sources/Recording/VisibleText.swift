extension String {
  /// The text with line breaks and the like as symbols, `␊`, so that it stays on its line and drives no terminal.
  public var visible: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar.value {
      case 0..<0x20: result.unicodeScalars.append(Unicode.Scalar(scalar.value + 0x2400) ?? scalar)
      case 0x7f: result.unicodeScalars.append("\u{2421}")
      case 0x80...0x9f: result.unicodeScalars.append("\u{fffd}")
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The end of a longer text, after `…`.
  public func end(columns: Int) -> String {
    if NumberText.width(self) <= columns { return self }
    var kept = Substring(self)
    while NumberText.width(String(kept)) > columns - 1 { kept = kept.dropFirst() }
    return "…" + kept
  }
}
