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
}

extension [PassPrediction] {
  /// Whether a step's policy has moved further from the one that sampled than `target_kl`.
  ///
  /// The distance is the mean of `k3 = e^x − 1 − x` over the tokens of all passes, `x` the log-ratio (Schulman 2020); so it is
  /// the same however a step is cut into passes.
  ///
  /// - Parameters:
  ///   - old: The sampler's log-probabilities of each of the round's sequences.
  ///   - limit: `target_kl`, nil for none.
  func isTooFar(from old: [[Double]], limit: Double?) -> Bool {
    guard let limit else { return false }
    let ratios = flatMap { pass in
      zip(pass.members, pass.logps).flatMap { i, row in zip(row, old[i]).map { $0 - $1 } }
    }
    let sum = ratios.reduce(0) { $0 + Elementary.exp($1) - 1 - $1 }
    return sum / Double(Swift.max(1, ratios.count)) > limit
  }
}
