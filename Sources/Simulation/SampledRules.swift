import Autodiff
import Objectives

/// What rules that are no sum over tokens make of scores, from sampled responses: where all are too many to go through.
///
/// Score and KL stay exact. Of `E[R]` only `E[R − score]` is estimated, so that rules which seldom matter have a small error.
struct SampledRules: Sendable {
  /// How many responses to a prompt stand for all.
  static let count = 2048

  /// What learning uses in the place of a score.
  let adjusted: @Sendable (_ score: Double, _ length: Int, _ hasEOS: Bool) -> Double

  /// A sampled response.
  struct Response {
    /// The edges of the lattice that it takes, `node × width + token`.
    let edges: [Int]
    let score: Double
    let hasEOS: Bool
    /// The score by the rules.
    let adjusted: Double
    /// What the rules add.
    var excess: Double { adjusted - score }
  }

  /// The same random numbers each time, so that policies which hardly differ have values which hardly differ.
  func responses(
    _ count: Int = SampledRules.count, of lattice: ResponseLattice, _ probability: (_ node: Int, _ token: Int) -> Double
  ) -> [Response] {
    (0..<count).map { n in
      var random = RandomStream(seed: 0, purpose: RandomPurpose.rules, UInt32(n))
      var (edges, score, node) = ([Int](), 0.0, 0)
      while node >= 0 {
        let token = pickedToken((0..<lattice.width).map { probability(node, $0) }, draw: random.uniform())
        let edge = node * lattice.width + token
        edges.append(edge)
        score += lattice.score(of: edge)
        node = lattice.child(of: edge)
      }
      // The last token of a world ends a response.
      let hasEOS = edges[edges.count - 1] % lattice.width == lattice.width - 1
      return Response(
        edges: edges, score: score, hasEOS: hasEOS, adjusted: adjusted(score, edges.count, hasEOS))
    }
  }
}

// MARK: - A policy's values

extension SampledRules {
  /// The mean of what the rules add to a policy's scores, and the variance of that mean.
  func excess(of responses: [Response]) -> (mean: Double, variance: Double) {
    let count = Double(responses.count)
    let mean = responses.reduce(0) { $0 + $1.excess } / count
    let squares = responses.reduce(0) { $0 + ($1.excess - mean) * ($1.excess - mean) }
    return (mean, squares / (count * (count - 1)))
  }

  /// Adds the gradient of that mean with respect to logits: the policy gradient theorem, with the mean as baseline.
  func addGradient(
    _ responses: [Response], in lattice: ResponseLattice, _ probabilities: [[Double]], share: Double,
    to gradient: inout [[Double]]
  ) {
    let (mean, scale) = (excess(of: responses).mean, share / Double(responses.count - 1))
    for response in responses {
      let weight = scale * (response.excess - mean)
      for edge in response.edges {
        let (a, b) = (lattice.state(ofNode: edge / lattice.width), edge % lattice.width)
        gradient[a][b] += weight
        for other in 0..<lattice.width { gradient[a][other] -= weight * probabilities[a][other] }
      }
    }
  }
}

// MARK: - The best policy

extension SampledRules {
  /// Responses that stand for those of `π* ∝ π_ref e^{R/β}`, each with its weight.
  struct Optimum {
    let responses: [Response]
    /// They add up to 1.
    let weights: [Double]
    /// `log Σ π_ref e^{R/β}`, and the variance of that estimate.
    let normalizer, variance: Double

    func mean(_ value: (Response) -> Double) -> Double {
      zip(responses, weights).reduce(0) { $0 + $1.1 * value($1.0) }
    }
  }

  /// Importance sampling from a mixture of three: `π_ref`; `π_ref e^{score/β'}`; and that of responses which end with `<eos>`.
  /// Of several `β' ≥ β` that is taken at which the weights are spread the least.
  func optimum(in lattice: ResponseLattice, reference: [[Double]], beta: Double) -> Optimum {
    let ended = lattice.onlyEnded
    let mixtures = (0..<12).map { Mixture(lattice, ended, reference, beta: beta * Double(1 << $0)) }
    let trials = mixtures.map { optimum(in: lattice, sampledFrom: $0, beta: beta, count: 85) }
    let best = trials.indices.min { trials[$0].variance < trials[$1].variance } ?? 0
    return optimum(in: lattice, sampledFrom: mixtures[best], beta: beta, count: SampledRules.count / 3)
  }

  /// What is sampled from.
  private struct Mixture {
    let parts: [(_ node: Int, _ token: Int) -> Double]
    private let beta, all, ended: Double

    init(_ lattice: ResponseLattice, _ onlyEnded: ResponseLattice, _ reference: [[Double]], beta: Double) {
      self.beta = beta
      let (plain, tilted) = (lattice.logSums(reference, nil), lattice.logSums(reference, beta))
      let tiltedEnded = onlyEnded.logSums(reference, beta)
      (all, ended) = (tilted[0] - plain[0], tiltedEnded[0] - plain[0])
      parts = [
        { Elementary.exp(reference[lattice.state(ofNode: $0)][$1]) },
        { lattice.optimalProbability(of: $1, at: $0, reference, beta, tilted) },
        { onlyEnded.optimalProbability(of: $1, at: $0, reference, beta, tiltedEnded) },
      ]
    }

    /// The logarithm of how many times as often a response is sampled as the reference writes it.
    func logRatio(_ response: Response) -> Double {
      let tilt = response.score / beta
      return logSum([0, tilt - all] + (response.hasEOS ? [tilt - ended] : [])) - Elementary.log(3)
    }
  }

  private func optimum(
    in lattice: ResponseLattice, sampledFrom mixture: Mixture, beta: Double, count: Int
  ) -> Optimum {
    let sampled = mixture.parts.flatMap { part in responses(count, of: lattice) { part($0, $1) } }
    let logs = sampled.map { $0.adjusted / beta - mixture.logRatio($0) }
    let (sum, count) = (logSum(logs), Double(sampled.count))
    let weights = logs.map { Elementary.exp($0 - sum) }
    // (Σw² − 1/N) is the relative variance of the mean weight.
    let spread = weights.reduce(0) { $0 + $1 * $1 } - 1 / count
    return Optimum(
      responses: sampled, weights: weights, normalizer: sum - Elementary.log(count), variance: max(0, spread))
  }
}
