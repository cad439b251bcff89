/// Columns of text for a terminal.
extension NumberText {
  /// The number of terminal cells a text takes: two for East Asian wide characters and emoji, one for every other.
  ///
  /// The ranges are those of Unicode’s UAX #11 that matter in practice; combining marks belong to their character.
  public static func width(_ text: String) -> Int {
    text.reduce(0) { $0 + (isWide($1.unicodeScalars.first?.value ?? 0) ? 2 : 1) }
  }

  /// The text, followed by spaces up to a width.
  public static func alignedLeft(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - self.width(text)))
  }

  /// The text, preceded by spaces up to a width.
  public static func alignedRight(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - self.width(text))) + text
  }

  /// The text in lines of at most so many cells, broken between words; a longer word has a line of its own.
  ///
  ///     NumberText.lines("one two three", width: 8)  // ["one two", "three"]
  public static func lines(_ text: String, width: Int) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if self.width(last) + 1 + self.width(String(word)) <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  /// The text in lines of at most so many characters: broken between its parts, which ` · ` separates, or else between
  /// words.
  public static func lines(ofParts text: String, width: Int) -> [String] {
    var lines: [String] = []
    for part in parts(of: text) where !part.isEmpty {
      if let last = lines.last, last.count + 3 + part.count <= width {
        lines[lines.count - 1] = last + " · " + part
      } else {
        lines += self.lines(part, width: width)
      }
    }
    return lines
  }

  private static func parts(of text: String) -> [String] {
    var parts = [""]
    for word in text.split(separator: " ") {
      if word == "·" {
        parts.append("")
      } else {
        parts[parts.count - 1] += (parts[parts.count - 1].isEmpty ? "" : " ") + word
      }
    }
    return parts
  }

  private static func isWide(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
      true
    default: false
    }
  }
}

/// Breaks a line at blanks so that it fits 80 columns, the following ones indented.
///
/// `start` is how many columns of the first line are taken already, if not `indent` ones.
public func wrap(_ text: String, indent: Int, from start: Int? = nil) -> String {
  var result = ""
  var column = start ?? indent
  var isLineEmpty = start == nil
  for (number, word) in text.split(separator: " ").enumerated() {
    let width = NumberText.width(String(word))
    let gap = number == 0 || isLineEmpty ? 0 : 1
    if !isLineEmpty, column + gap + width > 80 {
      result += "\n" + String(repeating: " ", count: indent)
      column = indent
    } else if gap > 0 {
      result += " "
      column += 1
    }
    result += String(word)
    column += width
    isLineEmpty = false
  }
  return result
}
