public import Objectives

/// What a trainer recorded of one step: `gradus.batch/1`.
public struct Batch: Sendable {
  /// One response; all arrays have one number per token, natural logarithms.
  public struct Sequence: Sendable {
    public var prompt: String
    public var tokens: [String]
    public var logp: [Double]
    public var oldLogp: [Double]
    public var refLogp: [Double]
    public var value: [Double]
    public var oldValue: [Double]
    public var score: Double
    public var entropy: [Double]?

    public init(
      prompt: String, tokens: [String], logp: [Double], oldLogp: [Double], refLogp: [Double], value: [Double],
      oldValue: [Double], score: Double, entropy: [Double]?
    ) {
      self.prompt = prompt
      self.tokens = tokens
      self.logp = logp
      self.oldLogp = oldLogp
      self.refLogp = refLogp
      self.value = value
      self.oldValue = oldValue
      self.score = score
      self.entropy = entropy
    }
  }

  public var title: String
  public var settings: Settings
  public var sequences: [Sequence]

  public init(title: String, settings: Settings, sequences: [Sequence]) {
    self.title = title
    self.settings = settings
    self.sequences = sequences
  }
}
