extension Quantity {
  /// A quantity's name and meaning where a policy acts instead of writing; nil where the usual ones fit.
  public var meaningForDecisions: (name: String?, latex: String?, meaning: String)? {
    switch self {
    case .policyLogit: (nil, nil, "the policy's logit of the action in this state")
    case .criticValue: (nil, nil, "the critic's value of this state")
    case .draw: (nil, nil, "the uniform random number that picked the action")
    case .cumulativeLow: (nil, nil, "the probability of all actions listed before the sampled one")
    case .token: ("action", "a", "the sampled action")
    case .oldLogp: (nil, nil, "the log-probability of the action under the policy that sampled it")
    case .reward: (nil, nil, "what the world gave for this step")
    case .oldValue: (nil, nil, "the return the critic expected from this state, when it was sampled")
    case .advantageMean: (nil, nil, "the mean advantage of all steps")
    case .advantageStd: (nil, nil, "the standard deviation of all steps' advantages")
    case .advantage:
      (nil, nil, "how much better the action turned out than expected, or, once whitened, than the others of the batch")
    case .logp: (nil, nil, "the log-probability of the action under the policy being trained")
    case .logRatio: (nil, nil, "the change of the action's log-probability since it was sampled")
    case .ratio: (nil, nil, "how many times as likely the action is now as when it was sampled")
    case .entropy: (nil, nil, "the entropy of the policy in this state")
    case .probabilityBefore: (nil, nil, "the probability of the action before the update")
    case .probabilityAfter: (nil, nil, "the probability of the action after the update")
    case .isComplete: (nil, nil, "1 if the episode ended by itself, 0 if the step limit cut it off")
    default: nil
    }
  }
}
