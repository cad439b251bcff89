import Formats

extension LanguageModel {
  /// Whether the latest token completes one of some texts; nil for no texts.
  ///
  /// Only what is generated counts, not the prompt's end. Special tokens count as their names.
  /// Source: transformers `StopStringCriteria`, which also looks into the prompt.
  public func stopping(at strings: [String]) -> (@Sendable ([Int32]) -> Bool)? {
    let strings = strings.filter { !$0.isEmpty }
    // A token has at least one byte, but for those that begin a character: some more are looked at than a text has bytes.
    guard let longest = strings.map({ $0.utf8.count }).max() else { return nil }
    let tokenizer = tokenizer
    return { tokens in
      let text = tokenizer.decode(tokens.suffix(longest + 8))
      return strings.contains { Self.holds(text, $0) }
    }
  }

  /// Whether a text has another one in it, compared byte by byte.
  private static func holds(_ text: String, _ part: String) -> Bool {
    let (text, part) = (Array(text.utf8), Array(part.utf8))
    guard part.count <= text.count else { return false }
    return (0...text.count - part.count).contains { text[$0..<$0 + part.count].elementsEqual(part) }
  }
}
