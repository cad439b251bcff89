/// A stage as an algorithm uses it: what it is for, in one sentence.
public struct StageUse: Sendable {
  public let stage: Stage
  /// What it is for under these settings.
  public let purpose: @Sendable (Settings) -> String
  /// Its purpose before the first iteration.
  public let preparation: String?

  init(_ stage: Stage, _ purpose: String, before preparation: String? = nil) {
    self.init(stage, before: preparation) { _ in purpose }
  }

  init(_ stage: Stage, before preparation: String? = nil, _ purpose: @escaping @Sendable (Settings) -> String) {
    self.stage = stage
    self.purpose = purpose
    self.preparation = preparation
  }
}

// What several algorithms use alike.
extension StageUse {
  static let supervised = StageUse(
    .supervised, "The reference learns the demonstrations by maximum likelihood, then is frozen.")
  static let rewardModel = StageUse(
    .rewardModel, "The reward model learns from preference pairs to score the preferred one higher, then is frozen.")
  static let rollout = StageUse(.rollout) { settings in
    settings.hasEngine
      ? "An engine other than the policy samples a response to each prompt, token by token."
      : "The current policy samples a response to each prompt, token by token."
  }
  static let episodes = StageUse(
    .rollout, "The current policy acts from a start state until the episode ends or is cut off.")
  static let reference = StageUse(
    .reference, "The frozen reference says how likely it would have made each sampled token.")
  static let score = StageUse(.score, "The reward model gives each finished response one number.")
  static let adaptiveEntropy = StageUse(
    .adaptiveEntropy, "The coefficient of the entropy bonus is raised or lowered, for the next update.")
  static let sampler = StageUse(
    .sampler,
    "An engine other than the policy sampled: how differently do the two see each response, and what becomes of it?"
  )
  static let policy = StageUse(.policy, "The policy being trained says how likely it now makes each sampled token.")
  static let ratio = StageUse(.ratio, "How many times as likely is each token now as under the old policy?")
  static let entropy = StageUse(.entropy, "How undecided is the policy at each token?")
  static let effect = StageUse(.effect, "What the step has made of the probability of every token.")
  static let metrics = StageUse(.metrics, "The numbers that trainers log.")
  static let loss = StageUse(.loss, "The parts are added up into the number that is minimised.")

  static let gradient = StageUse(.gradient) { settings in
    settings.optionalNumber(.maxGradNorm) == nil
      ? "The derivative of the loss by every parameter."
      : "The derivative of the loss by every parameter; a gradient longer than max_grad_norm is scaled down."
  }

  static let update = StageUse(.update) { settings in
    switch settings.choice(.optimizer) {
    case "sgd": "Every parameter moves against its gradient, times the learning rate."
    default: "The optimizer moves every parameter, by its running means of the gradient and of its square."
    }
  }

  static func sync(before preparation: String) -> StageUse {
    StageUse(.sync, "The old policy becomes the new one; the samples are spent.", before: preparation)
  }

  static let enumeration = StageUse(.oracle, "Exact values, over every possible response, beside the sampled ones.")

  static let klPenalty = StageUse(.klPenalty) { settings in
    settings.flag(.useKLLoss)
      ? "The KL from the reference is estimated for each token, for the loss; the reward is the score alone."
      : settings.number(.klCoef) == 0
        ? "Leaving the reference costs nothing here; the score is the reward, where it lands."
        : "Each token pays for leaving the reference; the score is added where it lands."
  }

  static let whiten = StageUse(.whiten) { settings in
    let scope = settings.choice(.whitenScope)
    let advantages =
      settings.flag(.whitenAdvantages)
      ? "Advantages are shifted to mean 0 and scaled to variance 1 over the \(scope)"
      : "Advantages go on as they are: nothing is whitened"
    let scaling = "are scaled to variance 1 over the batch, keeping their mean"
    guard settings.flag(.whitenRewards) else { return advantages + "." }
    return settings.flag(.whitenAdvantages) ? "\(advantages); rewards \(scaling)." : "Rewards \(scaling)."
  }

  static let clip = StageUse(.clip) { settings in
    let floor =
      settings.optionalNumber(.dualClip) == nil ? "" : "; for a negative advantage it has a floor"
    return "The ratio is clipped, and the smaller of the two objectives counts\(floor)."
  }
}
