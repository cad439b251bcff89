import Autodiff
import Transformers

/// What models say of some of a round's responses at one moment: numbers alone, without the way back to the weights.
struct PassPrediction {
  /// The responses' numbers in the round.
  let members: [Int]
  /// log π of each token, natural logarithms; a row for each response.
  let logps: [[Double]]
  /// The policy's entropy before each token.
  let entropies: [[Double]]
  /// The critic's value before each token, where there is a critic.
  let values: [[Double]]?

  init(_ members: [Int], policy: ForwardPass, critic: ForwardPass? = nil) {
    self.members = members
    logps = policy.rows(policy.logps)
    entropies = policy.rows(policy.entropies ?? [])
    values = critic.map { $0.rows($0.values) }
  }

  /// How far the policy has moved from the one that sampled: the mean of e^d − 1 − d, d = log π − log π_old, over all
  /// tokens.
  ///
  /// Source: Schulman 2020, Approximating KL Divergence, k3; CleanRL `ppo.py`, `approx_kl`.
  func divergence(from old: [[Double]]) -> Double {
    var (sum, count) = (0.0, 0)
    for (i, row) in zip(members, logps) {
      for (logp, old) in zip(row, old[i]) {
        let ratio = logp - old
        sum += Elementary.exp(ratio) - 1 - ratio
        count += 1
      }
    }
    return sum / Double(max(1, count))
  }
}
