/// SentencePiece's way with spaces: a visible character stands for each, and for the beginning of a text.
///
/// Source: Hugging Face `tokenizers`, `pre_tokenizers/metaspace.rs`.
struct Metaspace: Sendable {
  /// Where the character is put before a piece that does not begin with it.
  enum Prefix: String, CaseIterable, Sendable {
    /// Before every piece, also after an added token.
    case always
    /// At the beginning of the text alone.
    case first
    case never
  }

  /// What stands for a space, `▁` as a rule.
  var replacement: Unicode.Scalar = "\u{2581}"
  var prefix = Prefix.always
  /// Whether words are split, each with the character before it.
  var splits = true

  func words(_ text: String, isFirst: Bool) -> [String] {
    var words: [String.UnicodeScalarView] = []
    var word = String.UnicodeScalarView()
    let begins = text.unicodeScalars.first.map { $0 == " " || $0 == replacement } ?? true
    if !begins, prefix == .always || prefix == .first && isFirst { word.append(replacement) }
    for scalar in text.unicodeScalars {
      let scalar = scalar == " " ? replacement : scalar
      if splits, scalar == replacement, !word.isEmpty {
        words.append(word)
        word = String.UnicodeScalarView()
      }
      word.append(scalar)
    }
    if !word.isEmpty { words.append(word) }
    return words.map { String($0) }
  }

  /// Spaces again; none for what was put before the text.
  func decoded(_ tokens: [String]) -> [String] {
    tokens.enumerated().map { number, token in spaced(token, isFirst: number == 0 && prefix != .never) }
  }

  func spaced(_ token: String, isFirst: Bool = false) -> String {
    var text = String.UnicodeScalarView()
    for scalar in token.unicodeScalars {
      if scalar != replacement { text.append(scalar) } else if !isFirst { text.append(" ") }
    }
    return String(text)
  }
}
