import Autodiff

/// All responses to a prompt, with those that can go on in the same ways merged.
///
/// A node is what decides how a response goes on and what it can still earn: its length, the policy's state, and what
/// the reward has to remember. Where rewards are sums over tokens there are `length × states` nodes for
/// `vocabulary ^ length` responses, and exact values cost `length × vocabulary²` (Bellman 1957).
struct ResponseLattice: Sendable {
  /// The policy's state of each node, parents before children.
  private var states: [Int] = []
  /// For each node and token the node that follows, or −1 where the response ends.
  private var children: [Int32] = []
  /// For each node and token what the token earns, as it is and as learning uses it.
  private var scores: [Double] = []
  private var adjusted: [Double] = []
  /// The number of tokens.
  let width: Int

  /// Beyond that many nodes exact values take too long.
  static let limit = 400_000

  /// Nil where there are more nodes than the limit.
  ///
  /// - Parameters:
  ///   - start: The state in which the prompt leaves the policy.
  ///   - width: The number of tokens.
  ///   - length: The most tokens of a response.
  init?(from start: Int, in space: StateSpace, width: Int, length: Int, reward: ResponseReward) {
    self.width = width
    states = [start]
    var level = [Place(state: start, memory: reward.start)]
    for count in 1...length {
      var next: [Place] = []
      var numbers: [Place: Int32] = [:]
      for place in level {
        for token in 0..<width {
          let state = space.state(after: token, from: place.state)
          guard let state, count < length else {
            let earned = reward.earned(byLast: token, place.memory, length: count, hasEOS: state == nil)
            add(child: -1, earning: earned.score, earned.paid)
            continue
          }
          let following = Place(state: state, memory: reward.memory(after: token, place.memory))
          let number = numbers[following] ?? Int32(states.count)
          if numbers.updateValue(number, forKey: following) == nil {
            next.append(following)
            states.append(state)
          }
          let earned = reward.earned(by: token, place.memory)
          add(child: number, earning: earned.score, earned.paid)
        }
      }
      guard states.count <= Self.limit else { return nil }
      level = next
    }
  }

  /// The longest responses for which the nodes stay within the limit even if the reward is not a sum over tokens.
  ///
  /// With `n` tokens behind it, a node then remembers one of `(n + k − 1 choose k − 1)` multisets of the `k` tokens that do
  /// not end a response.
  static func longest(vocabulary: Int) -> Int {
    let kinds = vocabulary - 1
    var (nodes, multisets, length) = (0, 1, 0)
    while length < 64 {
      nodes += multisets * kinds
      guard nodes <= limit else { break }
      multisets = multisets * (length + kinds) / (length + 1)
      length += 1
    }
    return length
  }

  /// The same responses where learning is after the score as it is.
  var withoutRules: ResponseLattice {
    var lattice = self
    lattice.adjusted = scores
    return lattice
  }

  /// The same where only responses that end with `<eos>`, the last token, are worth anything.
  var onlyEnded: ResponseLattice {
    var lattice = self
    for edge in children.indices where children[edge] < 0 && edge % width < width - 1 {
      lattice.adjusted[edge] = -.infinity
    }
    return lattice
  }

  var hasRules: Bool { adjusted != scores }

  func state(ofNode node: Int) -> Int { states[node] }
  func score(of edge: Int) -> Double { scores[edge] }
  /// The node that follows, or −1 where the response ends.
  func child(of edge: Int) -> Int { Int(children[edge]) }

  private struct Place: Hashable {
    let state: Int
    let memory: ResponseReward.Memory
  }

  private mutating func add(child: Int32, earning score: Double, _ adjusted: Double) {
    children.append(child)
    scores.append(score)
    self.adjusted.append(adjusted)
  }
}

// MARK: - A policy's values

extension ResponseLattice {
  /// What a policy is worth, and of each node the objective of what is still to come.
  ///
  /// - Parameters:
  ///   - policy: `log π`, by state and token, with its `probabilities`.
  ///   - beta: The weight of the KL in the objective.
  func values(
    of policy: [[Double]], _ probabilities: [[Double]], reference: [[Double]], beta: Double
  ) -> (root: ExactResponses.Values, objectives: [Double]) {
    var values = [ExactResponses.Values](repeating: .init(), count: states.count)
    for node in states.indices.reversed() {
      let a = states[node]
      var value = ExactResponses.Values()
      for b in 0..<width {
        let (probability, edge) = (probabilities[a][b], node * width + b)
        let divergence = policy[a][b] - reference[a][b]
        let rest = children[edge] < 0 ? .init() : values[Int(children[edge])]
        value.reward += probability * (scores[edge] + rest.reward)
        value.kl += probability * (divergence + rest.kl)
        value.objective += probability * (adjusted[edge] - beta * divergence + rest.objective)
      }
      values[node] = value
    }
    return (values[0], values.map { $0.objective })
  }

  /// Adds `P(node) π(b|a) (Q(b) − V)` to the gradient with respect to logits: the policy gradient theorem, exactly.
  func addGradient(
    of policy: [[Double]], _ probabilities: [[Double]], reference: [[Double]], beta: Double, objectives: [Double],
    share: Double, to gradient: inout [[Double]]
  ) {
    var reach = states.map { _ in 0.0 }
    reach[0] = share
    for node in states.indices {
      let a = states[node]
      for b in 0..<width {
        let (probability, edge) = (reach[node] * probabilities[a][b], node * width + b)
        let child = Int(children[edge])
        let value = adjusted[edge] - beta * (policy[a][b] - reference[a][b]) + (child < 0 ? 0 : objectives[child])
        gradient[a][b] += probability * (value - objectives[node])
        if child >= 0 { reach[child] += probability }
      }
    }
  }
}

// MARK: - The best policy

extension ResponseLattice {
  /// What `π* ∝ π_ref e^{R/β}` is worth.
  ///
  /// `J* = β (log Σ π_ref e^{R/β} − log Σ π_ref)`: the second logarithm is 0 but for rounding, which the first shares.
  func optimum(reference: [[Double]], beta: Double) -> ExactResponses.Values {
    let sums = logSums(reference, beta)
    let normalizer = sums[0] - logSums(reference, nil)[0]
    var (rewards, earned) = (sums.map { _ in 0.0 }, sums.map { _ in 0.0 })
    for node in states.indices.reversed() {
      for b in 0..<width {
        let edge = node * width + b
        let child = Int(children[edge])
        let probability = optimalProbability(of: b, at: node, reference, beta, sums)
        rewards[node] += probability * (scores[edge] + (child < 0 ? 0 : rewards[child]))
        earned[node] += probability * (adjusted[edge] + (child < 0 ? 0 : earned[child]))
      }
    }
    return ExactResponses.Values(
      reward: rewards[0], kl: earned[0] / beta - normalizer, objective: beta * normalizer)
  }

  /// Adds how often `π*` goes on with each token in a state.
  func addOptimalVisits(
    of state: Int, reference: [[Double]], beta: Double, share: Double, to visits: inout [Double]
  ) {
    let sums = logSums(reference, beta)
    var reach = sums.map { _ in 0.0 }
    reach[0] = share
    for node in states.indices {
      for b in 0..<width {
        let probability = reach[node] * optimalProbability(of: b, at: node, reference, beta, sums)
        let child = Int(children[node * width + b])
        if child >= 0 { reach[child] += probability }
        if states[node] == state { visits[b] += probability }
      }
    }
  }

  /// How often `π* ∝ π_ref e^{R/β}` goes on with a token; `sums` are those of `logSums`.
  func optimalProbability(
    of token: Int, at node: Int, _ reference: [[Double]], _ beta: Double, _ sums: [Double]
  ) -> Double {
    let edge = node * width + token
    let rest = children[edge] < 0 ? 0 : sums[Int(children[edge])]
    return Elementary.exp(reference[states[node]][token] + adjusted[edge] / beta + rest - sums[node])
  }

  /// Of each node `log Σ π_ref e^{R/β}` over what can follow; without the rewards if `beta` is nil.
  func logSums(_ reference: [[Double]], _ beta: Double?) -> [Double] {
    var sums = states.map { _ in 0.0 }
    var weights = [Double](repeating: 0, count: width)
    for node in states.indices.reversed() {
      for b in 0..<width {
        let edge = node * width + b
        let rest = children[edge] < 0 ? 0 : sums[Int(children[edge])]
        weights[b] = reference[states[node]][b] + (beta.map { adjusted[edge] / $0 } ?? 0) + rest
      }
      sums[node] = logSum(weights)
    }
    return sums
  }
}

/// `log Σ e^w` without overflow.
func logSum(_ weights: [Double]) -> Double {
  let largest = weights.max() ?? 0
  return largest + Elementary.log(weights.reduce(0) { $0 + Elementary.exp($1 - largest) })
}
