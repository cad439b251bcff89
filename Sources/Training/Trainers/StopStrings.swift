import Documents
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
      return strings.contains { text.holds($0) }
    }
  }
}
