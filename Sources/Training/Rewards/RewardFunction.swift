/// What a reward judges: a prompt, its completion, and the example that the prompt comes from.
public struct ScoredCompletion: Sendable {
  public let prompt: String
  public let completion: String
  public let example: Example
  /// Its tokens, where a policy sampled it.
  var written: WrittenTokens?

  public init(prompt: String, completion: String, example: Example) {
    self.prompt = prompt
    self.completion = completion
    self.example = example
  }

  /// A completion of an example’s own prompt.
  public init(_ completion: String, of example: Example) {
    self.init(prompt: example.prompt, completion: completion, example: example)
  }
}

/// Rates completions.
///
/// A class's protocol, since Embedded Swift, in which a page trains, has no other existential types.
public protocol RewardFunction: AnyObject, Sendable {
  /// The name in metrics: `rewards/NAME/mean`.
  var name: String { get }

  /// One finite number per completion, in order; nil for one that this reward is not for.
  ///
  /// Throws when an example lacks a column, or a command fails.
  func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double?]
}
