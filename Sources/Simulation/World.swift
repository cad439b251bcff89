/// A language small enough to enumerate: a vocabulary, prompts, and what people wrote and preferred.
public struct World: Equatable, Sendable {
  /// A prompt and a response to it, as token numbers.
  public struct Demonstration: Equatable, Sendable {
    public var prompt: [Int]
    public var response: [Int]

    public init(prompt: [Int], response: [Int]) {
      self.prompt = prompt
      self.response = response
    }
  }

  /// Two responses to one prompt, of which people preferred the first.
  public struct Preference: Equatable, Sendable {
    public var prompt: [Int]
    public var chosen: [Int]
    public var rejected: [Int]

    public init(prompt: [Int], chosen: [Int], rejected: [Int]) {
      self.prompt = prompt
      self.chosen = chosen
      self.rejected = rejected
    }
  }

  /// The tokens; the last one ends a response.
  public var vocabulary: [String]
  public var prompts: [[Int]]
  public var demonstrations: [Demonstration]
  public var preferences: [Preference]

  public init(
    vocabulary: [String], prompts: [[Int]], demonstrations: [Demonstration], preferences: [Preference]
  ) {
    self.vocabulary = vocabulary
    self.prompts = prompts
    self.demonstrations = demonstrations
    self.preferences = preferences
  }

  /// The token that ends a response.
  public var eos: Int { vocabulary.count - 1 }

  /// The text of each token.
  func words(_ tokens: [Int]) -> [String] { tokens.map { vocabulary[$0] } }

  /// Tokens as text, with blanks between them.
  public func text(_ tokens: [Int]) -> String { tokens.map { vocabulary[$0] }.joined(separator: " ") }
}
