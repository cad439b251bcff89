import Autodiff

/// Exact values of a policy that learns from preferences, over all pairs and over every possible response.
struct PreferenceOracle {
  /// `KL(π ‖ π_ref)` of whole responses, averaged over the pairs' prompts.
  let kl: Double
  /// Means over all pairs of `log π(y_w)` and `log π(y_l)`.
  let chosenLogp, rejectedLogp: Double
  /// The probability of a response that no pair of its prompt has, averaged over the prompts.
  let unseenProbability: Double
  /// The mean over all pairs of `β ((log π − log π_ref)(y_w) − (log π − log π_ref)(y_l))`.
  let margin: Double
  /// The share of pairs whose margin is positive.
  let accuracy: Double

  /// - Parameters:
  ///   - policy: Log-probabilities `[previous][next]`, as `reference`.
  ///   - responseLength: The most tokens of a response over which the KL is summed.
  init(_ world: World, policy: [[Double]], reference: [[Double]], beta: Double, responseLength: Int) {
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
    kl = meanKL(policy, reference, prompts: prompts, eos: world.eos, responseLength: responseLength)
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

/// The KL divergence of two tabular policies, averaged over the distinct ones of some prompts.
func meanKL(
  _ policy: [[Double]], _ reference: [[Double]], prompts: [[Int]], eos: Int, responseLength: Int
) -> Double {
  let prompts = distinct(prompts)
  let sum = prompts.reduce(0) {
    $0 + exactKL(policy, reference, after: $1.last ?? 0, eos: eos, responseLength: responseLength)
  }
  return sum / Double(max(1, prompts.count))
}

private func distinct(_ prompts: [[Int]]) -> [[Int]] {
  var found: [[Int]] = []
  for prompt in prompts where !found.contains(prompt) { found.append(prompt) }
  return found
}

/// The KL divergence of two tabular policies over every response of at most so many tokens.
///
/// The sum over responses, with what they have in common taken together: at each token, the probability of each previous
/// token `a` times `KL(π(·|a) ‖ π_ref(·|a))`. By the chain rule it is the same number.
func exactKL(
  _ policy: [[Double]], _ reference: [[Double]], after last: Int, eos: Int, responseLength: Int
) -> Double {
  let local = zip(policy, reference).map { rows in
    zip(rows.0, rows.1).reduce(0) { $0 + Elementary.exp($1.0) * ($1.0 - $1.1) }
  }
  var reach = policy.map { _ in 0.0 }
  reach[last] = 1
  var total = 0.0
  for _ in 0..<responseLength {
    var next = reach.map { _ in 0.0 }
    for a in reach.indices where reach[a] > 0 {
      total += reach[a] * local[a]
      for b in 0..<eos { next[b] += reach[a] * Elementary.exp(policy[a][b]) }
    }
    reach = next
  }
  return total
}
