import Autodiff

/// Exact values of a policy that learns from preferences, over all pairs.
struct PreferenceOracle {
  /// Means over all pairs of `log π(y_w)` and `log π(y_l)`.
  let chosenLogp, rejectedLogp: Double
  /// The probability of a response that no pair of its prompt has, averaged over the prompts.
  let unseenProbability: Double
  /// The mean over all pairs of `β ((log π − log π_ref)(y_w) − (log π − log π_ref)(y_l))`.
  let margin: Double
  /// The share of pairs whose margin is positive.
  let accuracy: Double

  /// - Parameter policy: Log-probabilities `[previous][next]`, as `reference`.
  init(_ world: World, policy: [[Double]], reference: [[Double]], beta: Double) {
    func logp(_ table: [[Double]], _ response: [Int], after prompt: [Int]) -> Double {
      zip([prompt.last ?? 0] + response, response).reduce(0) { $0 + table[$1.0][$1.1] }
    }
    let pairs = world.preferences
    let chosen = pairs.map { logp(policy, $0.chosen, after: $0.prompt) }
    let rejected = pairs.map { logp(policy, $0.rejected, after: $0.prompt) }
    let margins = pairs.indices.map { i in
      let pair = pairs[i]
      let kept = chosen[i] - logp(reference, pair.chosen, after: pair.prompt)
      return beta * (kept - (rejected[i] - logp(reference, pair.rejected, after: pair.prompt)))
    }
    chosenLogp = Self.mean(chosen)
    rejectedLogp = Self.mean(rejected)
    margin = Self.mean(margins)
    accuracy = Self.mean(margins.map { $0 > 0 ? 1 : 0 })

    let prompts = distinct(pairs.map { $0.prompt })
    unseenProbability = Self.mean(
      prompts.map { prompt in
        var seen: [[Int]] = []
        for pair in pairs where pair.prompt == prompt {
          for response in [pair.chosen, pair.rejected] where !seen.contains(response) { seen.append(response) }
        }
        return seen.reduce(1) { $0 - Elementary.exp(logp(policy, $1, after: prompt)) }
      })
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 } / Double(max(1, values.count))
  }
}

private func distinct(_ prompts: [[Int]]) -> [[Int]] {
  var found: [[Int]] = []
  for prompt in prompts where !found.contains(prompt) { found.append(prompt) }
  return found
}
