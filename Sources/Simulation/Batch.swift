public import Objectives

/// What a trainer recorded of one step: `gradus.batch/1`.
public struct Batch: Sendable {
  /// What was recorded, for the algorithm that recorded it.
  public enum Contents: Sendable {
    case ppo([PPOSequence])
    case grpo(GroupBatch)
    case dpo([Pair])
    case sft([SupervisedSequence])
    case rewardModel([RewardPair])
  }

  public var title: String
  public var settings: Settings
  public var contents: Contents
  /// What the trainer logged of the step, where it is given.
  public var logged: [LoggedMetric] = []
  /// The numbers of the sequences that the recorded update learned from, where it was not all of them.
  public var minibatch: [Int]?
  /// How many tokens counted in the whole optimizer step, where this batch was only a part of it.
  public var stepTokens: Int?

  public init(title: String, settings: Settings, contents: Contents) {
    self.title = title
    self.settings = settings
    self.contents = contents
  }

  /// A batch that PPO recorded.
  public init(title: String, settings: Settings, sequences: [PPOSequence]) {
    self.init(title: title, settings: settings, contents: .ppo(sequences))
  }

  public var algorithm: Algorithm {
    switch contents {
    case .ppo: .ppo
    case .grpo: .grpo
    case .dpo: .dpo
    case .sft: .sft
    case .rewardModel: .rewardModel
    }
  }

  /// The options that mean something for numbers that an algorithm recorded.
  public static func options(for algorithm: Algorithm) -> [Option] {
    switch algorithm {
    case .ppo: ppoOptions
    case .grpo: groupOptions
    case .dpo: pairOptions
    case .rewardModel: rewardOptions
    case .sft, .classicPPO, .reinforce: []
    }
  }

  /// What the settings need and the batch does not hold, if anything.
  var problem: String? {
    switch contents {
    case .ppo(let sequences): ppoProblem(sequences)
    case .grpo(let batch): groupProblem(batch)
    case .dpo(let pairs): pairProblem(pairs)
    case .sft, .rewardModel: nil
    }
  }
}
