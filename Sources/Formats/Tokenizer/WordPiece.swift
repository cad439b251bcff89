/// Splits a word into the longest tokens that fit, from its beginning on.
///
/// Wu et al. 2016, https://arxiv.org/abs/1609.08144; the details are those of Hugging Face's `tokenizers`, `models/wordpiece`.
struct WordPiece: Sendable {
  let vocabulary: [ExactText: Int32]
  /// What stands for a word that cannot be split into tokens, or that is too long.
  let unknown: Int32
  /// What a token begins with that does not begin a word.
  let continuation: String
  /// The longest word, in characters.
  let longestWord: Int

  func tokens(of word: String) -> [Int32] {
    let scalars = Array(word.unicodeScalars)
    guard scalars.count <= longestWord else { return [unknown] }
    var (tokens, start): ([Int32], Int) = ([], 0)
    while start < scalars.count {
      guard let (end, token) = longest(scalars, from: start) else { return [unknown] }
      tokens.append(token)
      start = end
    }
    return tokens
  }

  private func longest(_ scalars: [Unicode.Scalar], from start: Int) -> (end: Int, token: Int32)? {
    for end in (start + 1...scalars.count).reversed() {
      var text = String.UnicodeScalarView()
      if start > 0 { text.append(contentsOf: continuation.unicodeScalars) }
      text.append(contentsOf: scalars[start..<end])
      if let token = vocabulary[ExactText(String(text))] { return (end, token) }
    }
    return nil
  }
}
