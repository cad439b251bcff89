/// GPT-2's pattern by hand, which splits a text without leaving anything out; see ``PreTokenizer/gpt2``.
///
/// Source: https://github.com/openai/gpt-2/blob/master/src/encoder.py.
enum GPT2Words {
  private enum Kind { case letter, number, space, other }

  private static let suffixes = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.unicodeScalars) }

  static func split(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    let kinds = scalars.map { kind(of: $0) }
    var words: [String] = []
    var start = 0
    while start < scalars.count {
      let end = end(of: start, scalars, kinds)
      var word = String.UnicodeScalarView()
      word.append(contentsOf: scalars[start..<end])
      words.append(String(word))
      start = end
    }
    return words
  }

  /// Where the word that begins at `start` ends; the alternatives in the pattern's order.
  private static func end(of start: Int, _ scalars: [Unicode.Scalar], _ kinds: [Kind]) -> Int {
    if scalars[start] == "'", let suffix = suffixes.first(where: { scalars[(start + 1)...].starts(with: $0) }) {
      return start + 1 + suffix.count
    }
    let first = scalars[start] == " " ? start + 1 : start
    if first < scalars.count, kinds[first] != .space { return runEnd(first, kinds) }
    // Of white space in front of a word, the last one is left to the word.
    let end = runEnd(start, kinds)
    return end < scalars.count && end - start > 1 ? end - 1 : end
  }

  private static func runEnd(_ start: Int, _ kinds: [Kind]) -> Int {
    kinds[start...].firstIndex { $0 != kinds[start] } ?? kinds.count
  }

  private static func kind(of scalar: Unicode.Scalar) -> Kind {
    if scalar.properties.isWhitespace { return .space }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return .other
    }
  }
}
