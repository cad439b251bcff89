import Documents

/// Text of a user's or of a model's, made harmless for a page.
enum SafeText {
  /// For HTML and SVG, in text and in attributes.
  static func html(_ text: String) -> String {
    escaped(text, newline: "\n") { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      case "'": "&#39;"
      default: nil
      }
    }
  }

  /// For a paragraph or a table's cell in Markdown.
  static func markdown(_ text: String) -> String {
    escaped(text, newline: "⏎") { scalar in
      switch scalar {
      case "<": "&lt;"
      case ">": "&gt;"
      case "&": "&amp;"
      case "\\", "`", "*", "_", "[", "]", "|", "#", "~", "$", "!": "\\\(scalar)"
      default: nil
      }
    }
  }

  /// For a comment, which ends with its line.
  static func line(_ text: String) -> String { escaped(text, newline: "⏎") { _ in nil } }

  private static func escaped(_ text: String, newline: String, _ escape: (Unicode.Scalar) -> String?) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        result += newline
      } else if let picture = scalar.picture {
        // XML has hardly any control characters; Unicode has pictures of them.
        result.unicodeScalars.append(picture)
      } else if let other = escape(scalar) {
        result += other
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
