import Foundation

/// How far the policy has moved from the one that sampled: the mean of e^d − 1 − d, d = log π − log π_old, over all tokens.
///
/// Source: Schulman 2020, Approximating KL Divergence, k3; CleanRL `ppo.py`, `approx_kl`.
func approximateKL(_ responses: [(logp: [Double], oldLogp: [Double])]) -> Double {
  var (sum, count) = (0.0, 0)
  for response in responses {
    for (logp, old) in zip(response.logp, response.oldLogp) {
      let ratio = logp - old
      sum += exp(ratio) - 1 - ratio
      count += 1
    }
  }
  return sum / Double(max(1, count))
}
