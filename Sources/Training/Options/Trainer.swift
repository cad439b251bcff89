public import Objectives

/// The five ways to train, as `gradus train` names them.
public enum Trainer: String, CaseIterable, Sendable {
  case sft, reward, ppo, grpo, dpo

  /// Whose options and losses it uses.
  public var algorithm: Algorithm {
    switch self {
    case .sft: .sft
    case .reward: .rewardModel
    case .ppo: .ppo
    case .grpo: .grpo
    case .dpo: .dpo
    }
  }

  /// Whether it learns from responses that it samples itself.
  public var samples: Bool { self == .ppo || self == .grpo }
}
