/// The value of an attribute: plain text, or lines of text in several sizes and colours.
enum DOTValue: ExpressibleByStringInterpolation {
  case plain(String)
  case lines([DOTLine])
  /// One line of several pieces.
  case row([DOTLine])

  init(stringLiteral text: String) { self = .plain(text) }

  /// A label of which every line is centred, or all lines are flush left.
  static func lines(_ lines: DOTLine...) -> DOTValue { .lines(lines) }

  /// As it stands in a file.
  var text: String {
    switch self {
    case .plain(let text): "\"" + DOTEscape.quoted(text) + "\""
    case .lines(let lines): "<" + lines.map { $0.text }.joined(separator: "<BR/>") + ">"
    case .row(let pieces): "<" + pieces.map { $0.text }.joined(separator: "&#160;&#160;") + ">"
    }
  }
}

/// A line of a label.
struct DOTLine {
  let text: String

  /// - Parameter size: In points.
  init(_ content: String, size: Int, color: String? = nil, bold: Bool = false) {
    let escaped = DOTEscape.markup(content)
    let font = "<FONT POINT-SIZE=\"\(size)\"" + (color.map { " COLOR=\"\($0)\"" } ?? "") + ">"
    text = font + (bold ? "<B>" + escaped + "</B>" : escaped) + "</FONT>"
  }
}

/// Escaping text from outside.
enum DOTEscape {
  /// For a quoted string, in which Graphviz reads backslashes and also entities.
  static func quoted(_ text: String) -> String {
    replace(printable(text)) { character in
      switch character {
      case "\\": "\\\\"
      case "\"": "\\\""
      case "&": "&amp;"
      default: nil
      }
    }
  }

  /// For a label in markup.
  static func markup(_ text: String) -> String {
    replace(printable(text)) { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      // Graphviz reads backslashes even here.
      case "\\": "&#92;"
      default: nil
      }
    }
  }

  /// A token as one sees it: blanks at its ends and line breaks have signs, and a long one is cut.
  static func token(_ text: String, limit: Int = 16) -> String {
    if text.isEmpty { return "∅" }
    var scalars = Array(printable(text).unicodeScalars)
    if scalars[0] == " " { scalars[0] = "␣" }
    if scalars.count > 1, scalars[scalars.count - 1] == " " { scalars[scalars.count - 1] = "␣" }
    return shortened(string(scalars), limit: limit)
  }

  /// The text, or its beginning and `…`.
  static func shortened(_ text: String, limit: Int) -> String {
    let characters = Array(text)
    return characters.count <= limit ? text : String(characters[..<(limit - 1)]) + "…"
  }

  /// Line breaks and tabs as signs; other control characters, which no SVG may contain, as the replacement character.
  private static func printable(_ text: String) -> String {
    let isHarmless =
      text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } && !text.unicodeScalars.contains { isForbidden($0) }
    if isHarmless { return text }
    return string(
      text.unicodeScalars.map { scalar in
        switch scalar {
        case "\n": "⏎"
        case "\t": "⇥"
        default: isForbidden(scalar) ? "\u{fffd}" : scalar
        }
      })
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value & 0xfffe == 0xfffe
  }

  private static func string(_ scalars: [Unicode.Scalar]) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  private static func replace(_ text: String, _ replacement: (Unicode.Scalar) -> String?) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if let replacement = replacement(scalar) { result += replacement } else { result.unicodeScalars.append(scalar) }
    }
    return result
  }
}
