public import Autodiff

/// Generalized advantage estimation over one response, from its last step to its first.
///
///     delta_t     = R_t + γ V_{t+1} − V_t              with V = `bootstrap` after the last step
///     advantage_t = delta_t + γ λ advantage_{t+1}
///     return_t    = advantage_t + V_t
///
/// Each step is a beat of the stage `gae`. Source: Schulman et al. 2015, equations 11 to 16; TRL `PPOTrainer.train`.
///
/// - Parameters:
///   - sequence: The response's number, for the names.
///   - rewards: R_t, one per step.
///   - values: V_t, what the critic expected before each step.
///   - bootstrap: The value after the last step: nil (zero) where the episode ended, the critic's where it was cut off.
///   - gamma: γ, the discount of later rewards.
///   - lam: λ: 0 trusts the critic, 1 trusts the sampled return.
///   - counts: Whether a step counts. One that does not is skipped, as in verl `compute_gae_advantage_return`: the step
///     before it sees the value and the advantage of the next one that counts. Its own advantage and return are
///     both that advantage.
///   - observer: Is told every named number.
/// - Returns: Advantages and returns, one per step.
public func generalizedAdvantages<O: Observer>(
  sequence: Int, rewards: [Scalar], values: [Scalar], bootstrap: Scalar? = nil, gamma: Constant, lam: Constant,
  counts: (Int) -> Bool = { _ in true }, observer: O
) -> (advantages: [Scalar], returns: [Scalar]) {
  var advantages = rewards
  var returns = rewards
  let decay = gamma * lam
  var (next, later): (Scalar?, Scalar?) = (bootstrap, nil)
  for t in rewards.indices.reversed() {
    guard counts(t) else {
      advantages[t] = later ?? observer.tape.constant(0)
      returns[t] = advantages[t]
      continue
    }
    observer.beat()
    let target = next.map { rewards[t] + gamma * $0 } ?? rewards[t]
    let delta = observer.term(.delta, sequence, t, target - values[t])
    let tail = later.map { delta + decay * $0 } ?? alias(delta)
    advantages[t] = observer.term(.rawAdvantage, sequence, t, tail)
    returns[t] = observer.term(.returns, sequence, t, advantages[t] + values[t])
    (next, later) = (values[t], advantages[t])
  }
  return (advantages, returns)
}
