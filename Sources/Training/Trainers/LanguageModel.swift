import Autodiff
public import Formats
public import Transformers

/// A transformer with its tokenizer.
public struct LanguageModel: Sendable {
  public let model: Transformer
  public let tokenizer: Tokenizer

  public init(_ model: Transformer, _ tokenizer: Tokenizer) {
    self.model = model
    self.tokenizer = tokenizer
  }

  /// The token that ends a text, if the tokenizer has one.
  var end: [Int32] { tokenizer.special.end.map { [$0] } ?? [] }

  /// Every token with which a text that is being written may end.
  public var stops: [Int32] { end + tokenizer.special.otherEnds }

  /// The tokens of an example's prompt: a text as the tokenizer begins one, with its own special tokens in front, and a
  /// conversation as its chat template has written it, special tokens included.
  ///
  /// Source: TRL's trainers, which call the tokenizer on texts, and `apply_chat_template` on conversations.
  func promptTokens(of example: Example) -> [Int32] {
    example.isConversation ? tokenizer.encode(example.prompt) : tokenizer.encode(beginning: example.prompt)
  }

  /// The last `limit` tokens of a prompt that is to be answered. Something must stand before the first token that is sampled:
  /// where the prompt has no token, the one that begins a text, or else the one that ends it.
  func askedTokens(of example: Example, limit: Int) -> [Int32] {
    let tokens = promptTokens(of: example)
    if !tokens.isEmpty { return Array(tokens.suffix(limit)) }
    return [tokenizer.special.beginning ?? tokenizer.special.end ?? 0]
  }

  /// The text of each token, for display.
  func words(_ tokens: [Int32]) -> [String] { tokens.map { tokenizer.token($0) } }

  /// A prompt and its response as a recorded batch shows them; empty for a batch that is not recorded.
  func shown(_ text: TextTokens, if isRecorded: Bool) -> (prompt: String, words: [String]) {
    isRecorded ? (self.text(text.prompt), words(text.response)) : ("", [])
  }

  /// The text of sampled tokens, without special ones.
  func text(_ tokens: [Int32]) -> String { tokenizer.decode(tokens, skipSpecialTokens: true) }
}
