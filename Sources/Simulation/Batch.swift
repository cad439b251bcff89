public import Objectives

/// What a trainer recorded of one step: `gradus.batch/1`.
public struct Batch: Sendable {
  /// What was recorded.
  public enum Contents: Sendable {
    /// Responses with a score and a critic's values.
    case responses([PPOSequence])
    case groups(GroupBatch)
    case pairs([Pair])
    case judgements([JudgedExample])
    case demonstrations([SupervisedSequence])
    case scoredPairs([RewardPair])
  }

  public var title: String
  public var settings: Settings
  public var contents: Contents
  /// What the trainer logged of the step, where it is given.
  public var logged: [LoggedMetric] = []
  /// The loss that the trainer computed of this batch, where it is given.
  public var loggedLoss: Double?
  /// The numbers of the sequences that the recorded update learned from, where it was not all of them; empty where
  /// nothing is known of an update, only rewards and their advantages.
  public var minibatch: [Int]?
  /// How many tokens counted in the whole optimizer step, where this batch was only a part of it; a fraction where
  /// processes or steps share what was sampled.
  public var stepTokens: Double?
  /// Which share of the optimizer step this batch was.
  public var stepShare = 1.0

  public init(title: String, settings: Settings, contents: Contents) {
    self.title = title
    self.settings = settings
    self.contents = contents
  }

  /// A batch that PPO recorded.
  public init(title: String, settings: Settings, sequences: [PPOSequence]) {
    self.init(title: title, settings: settings, contents: .responses(sequences))
  }

  public var algorithm: Algorithm {
    switch contents {
    case .responses: .ppo
    case .groups: .grpo
    case .pairs: .dpo
    case .judgements: .kto
    case .demonstrations: .sft
    case .scoredPairs: .rewardModel
    }
  }

  /// The options that mean something for what was recorded.
  public var options: [Option] { algorithm.options.replayed ?? [] }

  /// Whether the update learned from a sequence, so that its log-probabilities are needed.
  func isLearned(_ i: Int) -> Bool { minibatch?.contains(i) ?? true }

  /// What the settings need and the batch does not hold, if anything.
  var problem: String? {
    switch contents {
    case .responses(let sequences): ppoProblem(sequences)
    case .groups(let batch): groupProblem(batch)
    case .pairs(let pairs): pairProblem(pairs)
    case .judgements(let examples): examples.mismatchProblem
    case .demonstrations, .scoredPairs: nil
    }
  }
}
