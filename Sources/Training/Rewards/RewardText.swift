/// Splits the text of `reward_funcs`.
enum RewardText {
  /// A function with its first option, then its further options: a comma separates only where an option follows.
  static func parts(_ text: String, options: [String]) -> [String] {
    var parts: [String] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let (name, value) = divided(piece, at: "=")
      if parts.isEmpty || value != nil && options.contains(trimmed(name)) {
        parts.append(piece)
      } else {
        parts[parts.count - 1] += "," + piece
      }
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

  static func trimmed(_ text: String) -> String {
    let front = text.drop(while: { $0.isWhitespace })
    return String(
      front.prefix(upTo: front.lastIndex { !$0.isWhitespace }.map { front.index(after: $0) } ?? front.startIndex))
  }
}
