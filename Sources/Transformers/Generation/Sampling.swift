/// How the next token is drawn, and when a sequence ends.
public struct Sampling: Sendable {
  /// Divides the logits; 0 takes the likeliest token, the lowest id among equals.
  public var temperature: Float = 1
  /// Only this many likeliest tokens can be drawn; 0 for all.
  public var topK = 0
  /// Only the fewest likeliest tokens whose probabilities, after the cut by `topK`, reach this sum can be drawn.
  public var topP: Float = 1
  /// Only tokens can be drawn that are at least this many times as likely as the likeliest one; 0 for all.
  ///
  /// Source: Nguyen et al. 2024, Turning up the heat; transformers `MinPLogitsWarper`.
  public var minP: Float = 0
  /// Divides the positive logits of tokens that were there before, in the prompt or behind it, and multiplies the negative
  /// ones; 1 leaves them alone.
  ///
  /// Source: Keskar et al. 2019, CTRL, section 4.1; transformers `RepetitionPenaltyLogitsProcessor`.
  public var repetitionPenalty: Float = 1
  /// Whether log-probabilities are those of the distribution that is drawn from, after cuts.
  public var scoresCut = false
  /// The most tokens that a sequence gets.
  public var maxTokens: Int
  /// A sequence ends with the first of these.
  public var stopTokens: [Int32]
  /// Whether a sequence ends after these tokens, the last of which is new, although none of them is a stop token; nil where no
  /// text ends one.
  public var stops: (@Sendable (_ tokens: [Int32]) -> Bool)?

  public init(
    temperature: Float = 1, topK: Int = 0, topP: Float = 1, maxTokens: Int, stopTokens: [Int32] = []
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.maxTokens = maxTokens
    self.stopTokens = stopTokens
  }
}

/// The continuation of a prompt.
public struct Generated: Equatable, Sendable {
  /// Without the prompt; with the stop token if it came.
  public let tokens: [Int32]
  /// log softmax(logits / temperature) of each token, before the repetition penalty and the cuts of top-k, top-p and min-p
  /// unless `scoresCut` is on; temperature 0 counts as 1.
  public let logps: [Float]
  /// Whether a stop token or a stop text ended it rather than the limit.
  public let isComplete: Bool

  public init(tokens: [Int32], logps: [Float], isComplete: Bool) {
    self.tokens = tokens
    self.logps = logps
    self.isComplete = isComplete
  }
}
