/// A part of an algorithm's iteration, in the order in which it runs.
public enum Stage: Int, CaseIterable, Sendable {
  case supervised, rewardModel
  case rollout, reference, score, klPenalty, values, gae, whiten
  case policy, ratio, clip, valueLoss, entropy, klLoss, loss, gradient, update
  case sync, adaptiveKL, oracle, metrics
  // GRPO
  case dynamicSampling, likes, rewards, groups, advantage, advantageMass, mask, objective, userGroups
  // DPO
  case logRatio, margin, pairLoss
  // Learning from given examples
  case effect
  // REINFORCE
  case returns, policyGradient

  /// What the user types after `goto`.
  public var name: String { description.name }

  /// What the stage is for, in one sentence.
  public var purpose: String { description.purpose }

  private var description: (name: String, purpose: String) {
    switch self {
    case .supervised: ("sft", "The reference learns the demonstrations by maximum likelihood, then is frozen.")
    case .rewardModel:
      ("reward-model", "The reward model learns from preference pairs to score the preferred one higher.")
    case .rollout: ("rollout", "The current policy samples a response to each prompt, token by token.")
    case .reference: ("reference", "The frozen reference says how likely it would have made each sampled token.")
    case .score: ("score", "The reward model gives each finished response one number.")
    case .klPenalty: ("kl-penalty", "Each token pays for leaving the reference; the score is added where it lands.")
    case .values: ("values", "The critic says, before each token, what return it expects from there.")
    case .gae: ("gae", "Deltas are summed backwards into advantages and returns.")
    case .whiten: ("whiten", "Advantages are shifted to mean 0 and scaled to variance 1 over the batch.")
    case .policy: ("policy", "The policy being trained says how likely it now makes each sampled token.")
    case .ratio: ("ratio", "How much more likely is each token now than when it was sampled?")
    case .clip: ("clip", "The ratio is clipped, and the smaller of the two objectives counts.")
    case .valueLoss: ("value-loss", "The critic is compared with the returns.")
    case .entropy: ("entropy", "How undecided is the policy at each token?")
    case .klLoss: ("kl-loss", "The distance from the reference enters the loss itself.")
    case .loss: ("loss", "The parts are added up into the number that is minimised.")
    case .gradient: ("gradient", "The derivative of the loss by every parameter, clipped to a norm.")
    case .update: ("update", "The optimizer moves every parameter against its gradient.")
    case .sync: ("sync", "The old policy becomes the new one; the samples are spent.")
    case .adaptiveKL: ("adaptive-kl", "The KL coefficient is raised or lowered towards the target.")
    case .oracle: ("oracle", "Exact values, by enumerating every response, beside the sampled ones.")
    case .metrics: ("metrics", "The numbers that trainers log.")
    case .dynamicSampling:
      ("dynamic-sampling", "Groups whose answers all earned the same are thrown away and sampled again.")
    case .likes: ("likes", "What users of each kind like: the rewards of everything that follows.")
    case .advantageMass:
      ("advantage-mass", "How much of each group is pushed up, and how much is pushed down?")
    case .userGroups:
      ("user-groups", "What the iteration did to each kind of users, by exact expectation.")
    case .rewards: ("reward", "A rule or a reward model gives each finished response one number.")
    case .groups: ("group", "The rewards of the answers to one prompt are averaged, to compare each with.")
    case .advantage: ("advantage", "Each reward minus its baseline, scaled, is the advantage of the whole response.")
    case .mask: ("mask", "Some responses or tokens are left out of what the policy learns from.")
    case .objective: ("objective", "Ratio and advantage become each token's objective.")
    case .logRatio: ("log-ratio", "How much more likely is each response now than under the reference?")
    case .margin: ("margin", "The implicit reward of the chosen response is compared with that of the rejected one.")
    case .pairLoss: ("pair-loss", "Each pair's margin becomes its loss.")
    case .effect: ("effect", "What the step has made of the probability of every token.")
    case .returns: ("returns", "Rewards are summed backwards: what came after each step is its return.")
    case .policyGradient: ("policy-gradient", "Each log-probability is weighted by its advantage.")
    }
  }
}
