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
  /// What the trainer logged for the step, if given.
  public var logged: [LoggedMetric] = []
  /// The loss that the trainer computed for this batch, if given.
  public var loggedLoss: Double?
  /// The numbers of the sequences that the recorded update learned from, if not all; empty if only rewards and their
  /// advantages are known, and no update.
  public var minibatch: [Int]?
  /// How many tokens counted in the whole optimizer step, if this batch was only a part of it; may be a fraction where
  /// processes or steps share the samples.
  public var stepTokens: Double?
  /// This batch's share of the optimizer step.
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

  /// What the settings need and the batch lacks, if anything.
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
