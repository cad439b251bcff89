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
    /// By how much the first is better, where people said so; nil for the option `reward_margin`.
    public var margin: Double?

    /// - Parameters:
    ///   - prompt: The prompt's tokens.
    ///   - chosen: Those of the preferred response.
    ///   - rejected: Those of the other.
    ///   - margin: By how much the first is better, if people said so.
    public init(prompt: [Int], chosen: [Int], rejected: [Int], margin: Double? = nil) {
      self.prompt = prompt
      self.chosen = chosen
      self.rejected = rejected
      self.margin = margin
    }
  }

  /// A response that people judged by itself.
  public struct Judgement: Equatable, Sendable {
    public var prompt: [Int]
    public var response: [Int]
    public var isDesirable: Bool

    public init(prompt: [Int], response: [Int], isDesirable: Bool) {
      self.prompt = prompt
      self.response = response
      self.isDesirable = isDesirable
    }
  }

  /// People of one kind: what they ask, and what they like to be answered.
  public struct Users: Equatable, Sendable {
    public var name: String
    /// The prompts that are theirs, by their place in `World.prompts`.
    public var prompts: [Int]
    /// The value to them of one occurrence of each token in a response.
    public var likes: [Double]

    public init(name: String, prompts: [Int], likes: [Double]) {
      self.name = name
      self.prompts = prompts
      self.likes = likes
    }
  }

  /// Words in a row, and what each of their occurrences in a response is truly worth to its reader.
  public struct Liking: Equatable, Sendable {
    public var words: [Int]
    public var worth: Double

    public init(words: [Int], worth: Double) {
      self.words = words
      self.worth = worth
    }
  }

  /// The tokens; the last one ends a response.
  public var vocabulary: [String]
  public var prompts: [[Int]]
  public var demonstrations: [Demonstration]
  public var preferences: [Preference]
  /// The only correct response to each prompt, without the token that ends it; empty where nothing is right or wrong.
  public var answers: [[Int]]
  /// Responses that were judged by themselves; empty where `judged` makes them of the preferences.
  public var judgements: [Judgement] = []
  /// Kinds of users; empty where all prompts are one user's.
  public var users: [Users]
  /// What readers truly like, which nothing learns from: a learned reward is measured against it. Empty where it is unknown.
  public var taste: [Liking]
  /// Whether the policy's state is the prompt with the previous token, rather than the previous token alone.
  public var policySeesPrompt: Bool

  public init(
    vocabulary: [String], prompts: [[Int]], demonstrations: [Demonstration], preferences: [Preference],
    answers: [[Int]] = [], users: [Users] = [], taste: [Liking] = [], policySeesPrompt: Bool = false
  ) {
    self.vocabulary = vocabulary
    self.prompts = prompts
    self.demonstrations = demonstrations
    self.preferences = preferences
    self.answers = answers
    self.users = users
    self.taste = taste
    self.policySeesPrompt = policySeesPrompt
  }

  /// The judged responses: those given, or else every preferred one as desirable and every rejected one as not.
  public var judged: [Judgement] {
    guard judgements.isEmpty else { return judgements }
    return preferences.flatMap { pair in
      [
        Judgement(prompt: pair.prompt, response: pair.chosen, isDesirable: true),
        Judgement(prompt: pair.prompt, response: pair.rejected, isDesirable: false),
      ]
    }
  }

  /// The token that ends a response.
  public var eos: Int { vocabulary.count - 1 }

  /// The demonstrations that do not say where a response ends, by their place.
  ///
  /// A policy that learns from them learns to go on writing there, until it is cut off.
  public var endlessDemonstrations: [Int] { demonstrations.indices.filter { demonstrations[$0].response.last != eos } }

  /// The text of each token.
  func words(_ tokens: [Int]) -> [String] { tokens.map { vocabulary[$0] } }

  /// Tokens as text, with blanks between them.
  public func text(_ tokens: [Int]) -> String { tokens.map { vocabulary[$0] }.joined(separator: " ") }
}
