/// The algorithms that align a language model and their ancestors, as scenarios and batches name them.
public enum Algorithm: String, CaseIterable, Sendable {
  /// A critic, a penalty for leaving the reference, several epochs on the same samples.
  case ppo
  /// Groups of answers to one prompt, each compared with its group.
  case grpo
  /// Pairs of answers, of which people preferred one; nothing is sampled.
  case dpo
  /// PPO where it comes from: states, actions, a reward at every step, and no reference.
  case classicPPO = "ppo-classic"
  /// The plain policy gradient, without ratio, clip or critic.
  case reinforce
  /// Maximum likelihood of demonstrations, from which the others start.
  case sft
  /// A model that scores responses, learned from pairs, by which PPO is steered.
  case rewardModel = "reward-model"

  /// Those of which a trainer's batch can be replayed.
  public static let recorded: [Algorithm] = [.ppo, .grpo, .dpo, .sft, .rewardModel]
}
