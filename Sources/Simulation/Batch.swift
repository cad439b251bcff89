public import Objectives

/// What a trainer recorded of one step: `gradus.batch/1`.
public struct Batch: Sendable {
  public var title: String
  public var settings: Settings
  public var contents: Contents
  /// What the trainer logged for the step, if given.
  public var logged: [LoggedMetric] = []
  /// The loss that the trainer computed for this batch, if given.
  public var loggedLoss: Double?
  /// The numbers of the sequences that the recorded update learned from, if not all; empty if only rewards and their
  /// advantages are known, and no update.
  public var minibatch: [Int]?
  /// The number of its optimizer step, from 1, if that is known; 0 for what comes before the first.
  public var step: Int?
  /// How many tokens counted in the whole optimizer step, if this batch was only a part of it; may be a fraction where
  /// processes or steps share the samples.
  public var stepTokens: Double?
  /// This batch's share of the optimizer step.
  public var stepShare = 1.0
  /// What KTO compared its responses with, where that was not measured on these examples alone.
  public var referencePoint: Double?

  public init(title: String, settings: Settings, contents: Contents) {
    self.title = title
    self.settings = settings
    self.contents = contents
  }

  /// A batch that PPO recorded.
  public init(title: String, settings: Settings, sequences: [PPOSequence]) {
    self.init(title: title, settings: settings, contents: .responses(sequences))
  }

  public var algorithm: Algorithm { contents.algorithm }

  /// The options that mean something for what was recorded.
  public var options: [Option] { algorithm.options.replayed ?? [] }

  /// Whether the update learned from a sequence, so that its log-probabilities are needed.
  func isLearned(_ i: Int) -> Bool { minibatch?.contains(i) ?? true }
}
