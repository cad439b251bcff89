/// How the text of `reward_funcs` falls into parts.
enum RewardText {
  /// The parts between commas, escapes kept, without spaces in front.
  static func parts(_ text: String) -> [String] {
    var parts = [""]
    var isEscaped = false
    for character in text {
      if character == ",", !isEscaped {
        parts.append("")
      } else if character != " " || !(parts.last?.isEmpty ?? true) {
        parts[parts.count - 1].append(character)
      }
      isEscaped = character == "\\" && !isEscaped
    }
    return parts
  }

  /// Whether a part reads `option=value`, and so belongs to the function before it.
  static func isOption(_ part: String) -> Bool {
    let (name, value) = divided(part, at: "=")
    let word = trimmed(name)
    return value != nil && !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "_") }
  }

  /// What is before and after the first separator; the second is nil without one.
  static func divided(_ text: String, at separator: Character) -> (String, String?) {
    guard let place = text.firstIndex(of: separator) else { return (text, nil) }
    return (String(text[..<place]), String(text[text.index(after: place)...]))
  }

  /// `\,` is a comma, `\\` a backslash; any other backslash stays.
  static func unescaped(_ text: String) -> String {
    var result = ""
    var isEscaped = false
    for character in text {
      if isEscaped {
        if character != "," && character != "\\" { result.append("\\") }
        result.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return isEscaped ? result + "\\" : result
  }

  static func trimmed(_ text: String) -> String {
    let front = text.drop(while: \.isWhitespace)
    return String(
      front.prefix(upTo: front.lastIndex { !$0.isWhitespace }.map { front.index(after: $0) } ?? front.startIndex))
  }
}
