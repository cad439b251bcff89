import Documents
import Recording

/// Pieces of Markdown as GitHub reads it, with everything from outside escaped.
enum Markdown {
  /// Running text: nothing in it is taken for markup, HTML or a formula.
  static func text(_ text: String) -> String {
    var result = ""
    let scalars = Array(text.visible.unicodeScalars)
    for (place, scalar) in scalars.enumerated() {
      switch scalar {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "_":
        // Inside of a word, as in policy_loss, it means nothing.
        let isInside =
          place > 0 && place + 1 < scalars.count && isLetter(scalars[place - 1])
          && isLetter(scalars[place + 1])
        result += isInside ? "_" : "\\_"
      case "$": result += "<span>$</span>"  // a backslash does not keep GitHub from seeing a formula
      case "\\", "`", "*", "[", "]", "#", "|", "~":
        result += "\\"
        result.unicodeScalars.append(scalar)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A name or a token in a fixed-width font, also within a table.
  static func code(_ text: String) -> String {
    let printable = text.visible
    let isPlain =
      !printable.isEmpty && printable.first != " " && printable.last != " "
      && !printable.utf8.contains { "`|$\\".utf8.contains($0) }
    if isPlain { return "`" + printable + "`" }
    var entities = ""
    for scalar in printable.unicodeScalars {
      switch scalar {
      case "&", "<", ">", "`", "|", "$", "\\", "*", "_", "[", "]", "~", "#", "\"":
        entities += "&#\(scalar.value);"
      case " ": entities += "&nbsp;"
      default: entities.unicodeScalars.append(scalar)
      }
    }
    return "<code>" + entities + "</code>"
  }

  /// A number for a table's column, with a proper minus sign.
  static func number(_ x: Double, digits: Int = 4) -> String {
    let text = NumberText.short(x, digits: digits)
    return text.utf8.first == UInt8(ascii: "-") ? "−" + text.dropFirst() : text
  }

  /// A number with so many decimals.
  static func fixed(_ x: Double, _ decimals: Int) -> String {
    let text = NumberText.fixed(x, decimals: decimals)
    return text.utf8.first == UInt8(ascii: "-") ? "−" + text.dropFirst() : text
  }

  /// A formula within a line.
  static func math(_ latex: String) -> String { "$" + latex + "$" }

  /// The name by which a link reaches a heading.
  static func anchor(_ heading: String) -> String {
    var result = ""
    for scalar in heading.unicodeScalars {
      if scalar == " " || scalar == "-" { result += "-" }
      if scalar == "_" || isLetter(scalar) { result += String(scalar).lowercased() }
    }
    return result
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9": true
    default: scalar.value >= 0x80
    }
  }
}
