import Autodiff

/// Exact values of a policy in a tiny world, by enumerating every response.
///
/// The response's return is `R(y) = score(y)` after the rules for `<eos>` and clipping, and the objective is
/// `J = E[R] − β KL(π ‖ π_ref)`. Its maximum over all policies is `J* = β log Σ π_ref e^{R/β}`, reached by
/// `π* ∝ π_ref e^{R/β}`, and `KL(π ‖ π*) = (J* − J) / β` (Korbak et al. 2022; Rafailov et al. 2023, equation 4).
struct ExactOracle {
  /// How a world's responses are rewarded.
  struct Model {
    let policy: [[Double]]
    let reference: [[Double]]
    let beta: Double
    let states: StateSpace
    let responseLength: Int
    let temperature: Double
    /// The raw score of a response.
    let score: ([Int]) -> Double
    /// The score that learning uses for a response of a length: it differs, for instance, without `<eos>`.
    let adjusted: (_ score: Double, _ length: Int, _ hasEOS: Bool) -> Double
  }

  private(set) var reward = 0.0
  private(set) var kl = 0.0
  private(set) var objective = 0.0
  /// The optimum, if there is one: β is not 0.
  private(set) var optimum: (objective: Double, reward: Double)?
  /// The derivative of `objective` by each logit.
  private(set) var gradient: [[Double]]

  private let model: Model
  private var partition = Partition()
  /// The same for the reference alone: log 1, except for rounding, which both share.
  private var referencePartition = Partition()

  /// Averages over the prompts, each given by the state in which it leaves the policy.
  init(_ model: Model, startingAfter prompts: [Int]) {
    self.model = model
    gradient = model.policy.map { $0.map { _ in 0 } }
    var optima: [(objective: Double, reward: Double)] = []
    let share = 1 / Double(prompts.count)
    for prompt in prompts {
      partition = Partition()
      referencePartition = Partition()
      let root = Prefix(tokens: [], state: prompt, logp: 0, referenceLogp: 0)
      objective += share * explore(root, weight: share)
      if model.beta > 0 { optima.append((model.beta * (partition.logSum - referencePartition.logSum), partition.mean)) }
    }
    for a in gradient.indices { for b in gradient[a].indices { gradient[a][b] /= model.temperature } }
    guard !optima.isEmpty else { return }
    optimum = (
      optima.reduce(0) { $0 + share * $1.objective },
      optima.reduce(0) { $0 + share * $1.reward }
    )
  }

  private struct Prefix {
    var tokens: [Int]
    /// The policy's state after the tokens; nil after the end.
    var state: Int?
    var logp: Double
    var referenceLogp: Double
  }

  /// The expected objective of what follows a prefix; adds to the gradient `P(prefix) π(b|a) (Q(b) − V)`.
  private mutating func explore(_ prefix: Prefix, weight: Double) -> Double {
    guard let a = prefix.state, prefix.tokens.count < model.responseLength else { return finish(prefix, weight) }
    var values: [Double] = []
    var expected = 0.0
    for b in model.policy[a].indices {
      var next = prefix
      next.tokens.append(b)
      next.state = model.states.state(after: b, from: a)
      next.logp += model.policy[a][b]
      next.referenceLogp += model.reference[a][b]
      let value = explore(next, weight: weight)
      values.append(value)
      expected += Elementary.exp(model.policy[a][b]) * value
    }
    let reach = weight * Elementary.exp(prefix.logp)
    for b in values.indices {
      gradient[a][b] += reach * Elementary.exp(model.policy[a][b]) * (values[b] - expected)
    }
    return expected
  }

  private mutating func finish(_ response: Prefix, _ weight: Double) -> Double {
    let score = model.score(response.tokens)
    let adjusted = model.adjusted(score, response.tokens.count, response.state == nil)
    let divergence = response.logp - response.referenceLogp
    let probability = weight * Elementary.exp(response.logp)
    reward += probability * score
    kl += probability * divergence
    if model.beta > 0 {
      partition.add(logWeight: response.referenceLogp + adjusted / model.beta, value: score)
      referencePartition.add(logWeight: response.referenceLogp, value: score)
    }
    return adjusted - model.beta * divergence
  }
}

/// `log Σ e^w` and the mean of values under weights `e^w`, one at a time and without overflow.
private struct Partition {
  private var largest = -Double.infinity
  private var total = 0.0
  private var weighted = 0.0

  mutating func add(logWeight: Double, value: Double) {
    if logWeight > largest {
      let scale = Elementary.exp(largest - logWeight)
      total *= scale
      weighted *= scale
      largest = logWeight
    }
    let weight = Elementary.exp(logWeight - largest)
    total += weight
    weighted += weight * value
  }

  var logSum: Double { largest + Elementary.log(total) }
  var mean: Double { weighted / total }
}
