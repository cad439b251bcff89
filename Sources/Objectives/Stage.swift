/// A part of an algorithm's iteration; the order in which they run is that of ``Algorithm/stages``.
public enum Stage: Int, CaseIterable, Sendable {
  case supervised, rewardModel
  case rollout, reference, score, klPenalty, values, gae, whiten
  case policy, ratio, clip, valueLoss, entropy, klLoss, loss, gradient, update
  case sync, adaptiveKL, adaptiveEntropy, oracle, metrics
  // GRPO
  case dynamicSampling, sampler, likes, rewards, groups, advantage, advantageMass, mask, objective, userGroups
  // DPO
  case logRatio, margin, pairWeight, pairLoss, referenceSync
  // Online DPO
  case preference
  // KTO
  case mismatch, referencePoint, humanValue
  // Learning from given examples
  case effect
  // REINFORCE
  case returns, policyGradient
  // ReMax
  case greedy
  // Distillation
  case teaching, teacher, divergence, teacherSync

  /// What the user types after `goto`.
  public var name: String {
    switch self {
    case .supervised: "sft"
    case .rewardModel: "reward-model"
    case .rollout: "rollout"
    case .reference: "reference"
    case .score: "score"
    case .klPenalty: "kl-penalty"
    case .values: "values"
    case .gae: "gae"
    case .whiten: "whiten"
    case .policy: "policy"
    case .ratio: "ratio"
    case .clip: "clip"
    case .valueLoss: "value-loss"
    case .entropy: "entropy"
    case .klLoss: "kl-loss"
    case .loss: "loss"
    case .gradient: "gradient"
    case .update: "update"
    case .sync: "sync"
    case .adaptiveKL: "adaptive-kl"
    case .adaptiveEntropy: "adaptive-entropy"
    case .oracle: "oracle"
    case .metrics: "metrics"
    case .dynamicSampling: "dynamic-sampling"
    case .sampler: "sampler"
    case .likes: "likes"
    case .advantageMass: "advantage-mass"
    case .userGroups: "user-groups"
    case .rewards: "reward"
    case .groups: "group"
    case .advantage: "advantage"
    case .mask: "mask"
    case .objective: "objective"
    case .logRatio: "log-ratio"
    case .margin: "margin"
    case .pairLoss: "pair-loss"
    case .pairWeight: "pair-weight"
    case .referenceSync: "reference-sync"
    case .preference: "preference"
    case .mismatch: "mismatch"
    case .referencePoint: "reference-point"
    case .humanValue: "human-value"
    case .effect: "effect"
    case .returns: "returns"
    case .policyGradient: "policy-gradient"
    case .greedy: "greedy"
    case .teaching: "teaching"
    case .teacher: "teacher"
    case .divergence: "divergence"
    case .teacherSync: "teacher-sync"
    }
  }

  /// The stage with a name; nil where none has it.
  public static func named(_ name: String) -> Stage? { allCases.first { $0.name == name } }
}
