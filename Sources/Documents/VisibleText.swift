extension Unicode.Scalar {
  /// What stands for a control character: Unicode's picture of it, or � where there is none; nil for all others.
  public var picture: Unicode.Scalar? {
    switch value {
    case 0..<0x20: Unicode.Scalar(0x2400 + value)
    case 0x7f: "\u{2421}"
    case 0x80...0x9f: "\u{fffd}"
    default: nil
    }
  }
}

extension String {
  /// The text with line breaks and the like as symbols, `␊`, so that it stays on its line and cannot control a terminal.
  public var visible: String {
    var result = ""
    for scalar in unicodeScalars { result.unicodeScalars.append(scalar.picture ?? scalar) }
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
