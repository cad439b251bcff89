import Autodiff
public import Objectives

/// Exact values of a policy in a decision process.
///
/// Without a horizon, an episode that a step limit cuts off is worth what would have followed:
///
///     V = r_π + γ P_π V          d = μ + γ P_πᵀ d          ∂J/∂θ_sa = d_s π(a|s) (Q(s, a) − V(s))
///
/// with `μ` the share of the start states, and `J = Σ μ V`. With a horizon, nothing comes after that many steps, and `V` and
/// `d` depend on the time. Source: Sutton et al. 1999, policy gradient theorem; Bellman 1957.
struct ExactDecisions {
  /// By state, with all steps still to come.
  private(set) var values: [Double]
  /// The expected return from the starts.
  private(set) var expectedReturn = 0.0
  /// The derivative of `expectedReturn` with respect to each logit.
  private(set) var gradient: [[Double]]

  private let process: DecisionProcess
  private let policy: [[Double]]
  private let gamma: Double

  /// - Parameters:
  ///   - policy: `log π(a|s)`.
  ///   - horizon: After how many steps nothing more comes; nil for never.
  init(_ process: DecisionProcess, policy: [[Double]], gamma: Double, temperature: Double, horizon: Int?) {
    self.process = process
    self.policy = policy.map { $0.map { Elementary.exp($0) } }
    self.gamma = gamma
    values = process.states.map { _ in 0 }
    gradient = policy.map { $0.map { _ in 0 } }
    if let horizon { recur(horizon) } else { solve() }
    for start in process.starts { expectedReturn += values[start] / Double(process.starts.count) }
    for s in gradient.indices { for a in gradient[s].indices { gradient[s][a] /= temperature } }
  }

  /// The value of the optimal policy, averaged over the starts.
  static func optimum(of process: DecisionProcess, gamma: Double, horizon: Int?) -> Double {
    var values = process.states.map { _ in 0.0 }
    // Without a horizon: until nothing changes any more, which takes about log(1e-13) / log(gamma) sweeps at most.
    for _ in 0..<(horizon ?? 100_000) {
      let next = process.states.indices.map { s in
        process.actions.indices.reduce(-Double.infinity) {
          max($0, actionValue(s, $1, process: process, gamma: gamma, values: values))
        }
      }
      let change = zip(next, values).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
      values = next
      if horizon == nil, change < 1e-13 { break }
    }
    return process.starts.reduce(0) { $0 + values[$1] } / Double(process.starts.count)
  }

  /// `Q(s, a) = Σ p (r + γ V(s'))`.
  private static func actionValue(
    _ s: Int, _ a: Int, process: DecisionProcess, gamma: Double, values: [Double]
  ) -> Double {
    process.outcomes[s][a].reduce(0) { sum, outcome in
      let later = process.isTerminal(outcome.next) ? 0 : values[outcome.next]
      return sum + outcome.probability * (outcome.reward + gamma * later)
    }
  }

  private func actionValues(_ s: Int, _ later: [Double]) -> [Double] {
    process.actions.indices.map { Self.actionValue(s, $0, process: process, gamma: gamma, values: later) }
  }

  private func value(_ s: Int, _ actionValues: [Double]) -> Double {
    zip(policy[s], actionValues).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private var startShares: [Double] {
    var shares = values.map { _ in 0.0 }
    for start in process.starts { shares[start] += 1 / Double(process.starts.count) }
    return shares
  }

  /// `P_π[s][s']` among the states in which one acts.
  private var transitions: [[Double]] {
    process.states.indices.map { s in
      var row = process.states.map { _ in 0.0 }
      for a in process.actions.indices {
        for outcome in process.outcomes[s][a] where !process.isTerminal(outcome.next) {
          row[outcome.next] += policy[s][a] * outcome.probability
        }
      }
      return row
    }
  }

  private mutating func addGradient(reach: [Double], later: [Double]) {
    for s in values.indices {
      let actionValues = actionValues(s, later)
      let expected = value(s, actionValues)
      for a in actionValues.indices { gradient[s][a] += reach[s] * policy[s][a] * (actionValues[a] - expected) }
    }
  }

  private mutating func solve() {
    let transitions = transitions
    let indices = values.indices
    func system(_ entry: (Int, Int) -> Double) -> [[Double]] {
      indices.map { s in indices.map { (s == $0 ? 1 : 0) - gamma * entry(s, $0) } }
    }
    let rewards = indices.map { value($0, actionValues($0, values.map { _ in 0 })) }
    values = solution(of: system { transitions[$0][$1] }, rewards)
    addGradient(reach: solution(of: system { transitions[$1][$0] }, startShares), later: values)
  }

  private mutating func recur(_ horizon: Int) {
    var later = [values]
    for _ in 0..<horizon {
      let next = later[later.count - 1]
      later.append(values.indices.map { value($0, actionValues($0, next)) })
    }
    values = later[horizon]
    let transitions = transitions
    var reach = startShares
    for t in 0..<horizon {
      addGradient(reach: reach, later: later[horizon - 1 - t])
      reach = reach.indices.map { s in
        reach.indices.reduce(0) { $0 + gamma * reach[$1] * transitions[$1][s] }
      }
    }
  }
}

extension DecisionProcess {
  /// The exact expected return of a policy, under the settings' discount and truncation.
  ///
  /// - Parameters:
  ///   - logits: By state and action.
  ///   - hasCritic: Whether a critic can say what an episode was still worth when the step limit cut it off.
  ///   - settings: `gamma`, `temperature`, and what becomes of such episodes.
  public func exactReturn(of logits: [[Double]], hasCritic: Bool, settings: Settings) -> Double {
    let tape = Tape()
    let policy = TabularPolicy(
      logits: logits.map { $0.map { tape.leaf($0) } }, temperature: settings.value(.temperature), on: tape)
    return ExactDecisions(
      self, policy: policy.table, gamma: settings.number(.gamma), temperature: settings.number(.temperature),
      horizon: horizon(hasCritic: hasCritic, settings: settings)
    ).expectedReturn
  }

  /// After how many steps nothing more comes; nil for never.
  func horizon(hasCritic: Bool, settings: Settings) -> Int? {
    hasCritic && settings.choice(.truncation) == "bootstrap" ? nil : stepLimit
  }
}

/// The solution of a linear system, by Gaussian elimination with the largest pivot of each column.
func solution(of matrix: [[Double]], _ right: [Double]) -> [Double] {
  var rows = zip(matrix, right).map { $0 + [$1] }
  let n = rows.count
  for column in 0..<n {
    var pivot = column
    for row in column..<n where rows[row][column].magnitude > rows[pivot][column].magnitude { pivot = row }
    rows.swapAt(column, pivot)
    for row in 0..<n where row != column {
      let factor = rows[row][column] / rows[column][column]
      for k in column...n { rows[row][k] -= factor * rows[column][k] }
    }
  }
  return (0..<n).map { rows[$0][n] / rows[$0][$0] }
}
