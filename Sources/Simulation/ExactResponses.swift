import Autodiff
import Objectives
public import Recording

/// Exact values of any policy that writes in a tiny world, over every response to every prompt.
///
/// The response's return is `R(y)`, its score after the rules for `<eos>`, length and clipping, and the objective is
/// `J = E[R] − β KL(π ‖ π_ref)`. Its maximum over all policies is `J* = β log Σ π_ref e^{R/β}`, reached by
/// `π* ∝ π_ref e^{R/β}`, and `KL(π ‖ π*) = (J* − J) / β` (Korbak et al. 2022; Rafailov et al. 2023, equation 4).
public struct ExactResponses: Sendable {
  /// What a policy is worth.
  public struct Values: Sendable {
    public var reward = 0.0
    public var kl = 0.0
    public var objective = 0.0
    /// The variance of the objective, where a part of it is estimated from samples; 0 where it is exact.
    var variance = 0.0

    /// The standard error of the objective; 0 where it is exact.
    public var error: Double { variance.squareRoot() }
  }

  /// A prompt and how often it is asked.
  struct Prompt: Sendable {
    let share: Double
    let lattice: ResponseLattice
    /// Rules that the lattice leaves out, since too many responses would have to be told apart.
    var rules: SampledRules?
  }

  /// `log π_ref`, by state and token.
  public let reference: [[Double]]
  public let temperature: Double
  let prompts: [Prompt]
}

// MARK: - Of a world

extension ExactResponses {
  /// The responses to some prompts of a world; nil where they are too many to tell apart.
  ///
  /// - Parameters:
  ///   - world: Its last token ends a response.
  ///   - asked: How often each prompt is asked, by its place in `World.prompts`.
  ///   - reference: `log π_ref`, by state and token.
  ///   - length: The most tokens of a response.
  ///   - reward: What responses to a prompt earn.
  init?(
    _ world: World, asked: [(prompt: Int, share: Double)], reference: [[Double]], temperature: Double, length: Int,
    reward: (_ prompt: Int) -> ResponseReward
  ) {
    let space = StateSpace(world)
    prompts = asked.compactMap { prompt, share in
      let (reward, width) = (reward(prompt), world.vocabulary.count)
      let isWhole = reward.addsUp || length <= ResponseLattice.longest(vocabulary: width)
      return ResponseLattice(
        from: space.start(world.prompts[prompt]), in: space, width: width, length: length,
        reward: isWhole ? reward : ResponseReward(score: reward.score)
      ).map { Prompt(share: share, lattice: $0, rules: isWhole ? nil : SampledRules(adjusted: reward.adjusted)) }
    }
    guard prompts.count == asked.count else { return nil }
    self.reference = reference
    self.temperature = temperature
  }

  /// The responses to some prompts of a world, each asked equally often, at temperature 1; to all of its prompts by default.
  init?(
    _ world: World, prompts: [Int]? = nil, reference: [[Double]], length: Int, reward: (_ prompt: Int) -> ResponseReward
  ) {
    let prompts = prompts ?? Array(world.prompts.indices)
    let share = 1 / Double(prompts.count)
    self.init(
      world, asked: prompts.map { (prompt: $0, share: share) }, reference: reference, temperature: 1, length: length,
      reward: reward)
  }

  /// The responses of a scenario, which would have been refused if there were too many.
  static func required(_ responses: ExactResponses?) -> ExactResponses {
    guard let responses else { preconditionFailure("a scenario with too many responses was not refused") }
    return responses
  }
}

// MARK: - Of a scenario

extension ExactResponses {
  /// Nil where nothing that is written earns a reward.
  ///
  /// - Parameters:
  ///   - scenario: The scenario, whose frozen models are prepared once more.
  ///   - overrides: The what-ifs of the recording.
  public init?(_ scenario: Scenario, overrides: [Override] = []) {
    guard scenario.algorithm.samples, case .language(let world) = scenario.surroundings else { return nil }
    let settings = scenario.settings
    let scratch = Trace(
      glossary: Glossary(vocabulary: world.vocabulary, algorithm: scenario.algorithm), overrides: overrides)
    switch scenario.algorithm.credit {
    case .group:
      self = GRPOSimulation(world: world, settings: settings, seed: scenario.seed, trace: scratch).responses
    case .teacher:
      self = DistillationSimulation(world, settings: settings, seed: scenario.seed, trace: scratch).responses
    default:
      self =
        LanguageEnvironment(world, hasCritic: true, settings: settings, seed: scenario.seed, trace: scratch).responses
    }
  }
}

// MARK: - Values

extension ExactResponses {
  /// The same with `R` the score as it is; nil where it is so anyway, without rules for `<eos>`, length and clipping.
  public var withoutRules: ExactResponses? {
    guard prompts.contains(where: { $0.lattice.hasRules || $0.rules != nil }) else { return nil }
    let plain = prompts.map { Prompt(share: $0.share, lattice: $0.lattice.withoutRules) }
    return ExactResponses(reference: reference, temperature: temperature, prompts: plain)
  }

  /// The exact values of a policy.
  ///
  /// - Parameters:
  ///   - policy: `log π`, by state and token.
  ///   - beta: The weight of the KL in the objective.
  public func values(of policy: [[Double]], beta: Double) -> Values {
    let probabilities = policy.map { $0.map(Elementary.exp) }
    return mean { prompt in
      let own = prompt.lattice.values(of: policy, probabilities, reference: reference, beta: beta).root
      return prompt.ruled(own, prompt.sampled(probabilities))
    }
  }

  /// The exact values of a policy, those for each prompt, and the objective's derivative with respect to each logit.
  func gradient(of policy: [[Double]], beta: Double) -> (values: Values, ofPrompts: [Values], gradient: [[Double]]) {
    let probabilities = policy.map { $0.map(Elementary.exp) }
    var gradient = policy.map { $0.map { _ in 0.0 } }
    var each: [Values] = []
    for prompt in prompts {
      let (own, objectives) = prompt.lattice.values(of: policy, probabilities, reference: reference, beta: beta)
      let sampled = prompt.sampled(probabilities)
      each.append(prompt.ruled(own, sampled))
      prompt.lattice.addGradient(
        of: policy, probabilities, reference: reference, beta: beta, objectives: objectives,
        share: prompt.share / temperature, to: &gradient)
      prompt.rules?.addGradient(
        sampled, in: prompt.lattice, probabilities, share: prompt.share / temperature, to: &gradient)
    }
    var values = Values()
    for (prompt, its) in zip(prompts, each) { values.add(its, share: prompt.share) }
    return (values, each, gradient)
  }

  /// The exact values of `π* ∝ π_ref e^{R/β}`.
  public func optimum(beta: Double) -> Values { mean { $0.optimum(reference: reference, beta: beta) } }

  /// How many sampled responses to a prompt stand for all, where a part of the objective is estimated.
  public static var sampleCount: Int { SampledRules.count }

  /// Whether a part of the objective is estimated.
  var isSampled: Bool { prompts.contains { $0.rules != nil } }

  /// The KL and the reward of `π*` for smaller and smaller β, beginning near the reference and ending where the KL
  /// exceeds `furthest`; points at which it does not grow are left out.
  public func frontier(to furthest: Double) -> [(kl: Double, reward: Double)] {
    let start = optimum(beta: 1e9)
    var points = [(kl: start.kl, reward: start.reward)]
    var beta = 64.0
    while beta > 1e-4, points.count < 140 {
      let best = optimum(beta: beta)
      if best.kl.isFinite, best.kl > points[points.count - 1].kl + 1e-12 {
        points.append((kl: best.kl, reward: best.reward))
        if best.kl > furthest { break }
      }
      beta *= 0.88
    }
    return points
  }

  /// How often `π*` goes on with each token in a state, over all responses that pass through it; nil if none does.
  public func optimumProbabilities(after state: Int, beta: Double) -> [Double]? {
    var visits = reference[state].map { _ in 0.0 }
    for prompt in prompts {
      prompt.addOptimalVisits(of: state, reference: reference, beta: beta, to: &visits)
    }
    let total = visits.reduce(0) { $0 + $1 }
    return total > 0 ? visits.map { $0 / total } : nil
  }

  /// `log softmax(logits / temperature)` of a table of logits.
  public func logProbabilities(_ logits: [[Double]]) -> [[Double]] {
    logits.map { row in
      let scaled = row.map { $0 / temperature }
      let normalizer = logSum(scaled)
      return scaled.map { $0 - normalizer }
    }
  }

  private func mean(_ values: (Prompt) -> Values) -> Values {
    var mean = Values()
    for prompt in prompts { mean.add(values(prompt), share: prompt.share) }
    return mean
  }
}

// MARK: - With sampled rules

extension ExactResponses.Prompt {
  /// A policy's responses, as far as any have to be sampled.
  fileprivate func sampled(_ probabilities: [[Double]]) -> [SampledRules.Response] {
    rules?.responses(of: lattice) { node, token in probabilities[lattice.state(ofNode: node)][token] } ?? []
  }

  /// Values with what the rules add to them.
  fileprivate func ruled(
    _ values: ExactResponses.Values, _ sampled: [SampledRules.Response]
  ) -> ExactResponses.Values {
    guard let excess = rules?.excess(of: sampled) else { return values }
    var values = values
    values.objective += excess.mean
    values.variance = excess.variance
    return values
  }

  fileprivate func optimum(reference: [[Double]], beta: Double) -> ExactResponses.Values {
    guard let rules else { return lattice.optimum(reference: reference, beta: beta) }
    let best = rules.optimum(in: lattice, reference: reference, beta: beta)
    return ExactResponses.Values(
      reward: best.mean { $0.score }, kl: best.mean { $0.adjusted } / beta - best.normalizer,
      objective: beta * best.normalizer, variance: beta * beta * best.variance)
  }

  fileprivate func addOptimalVisits(of state: Int, reference: [[Double]], beta: Double, to visits: inout [Double]) {
    guard let rules else {
      return lattice.addOptimalVisits(of: state, reference: reference, beta: beta, share: share, to: &visits)
    }
    let best = rules.optimum(in: lattice, reference: reference, beta: beta)
    for (response, weight) in zip(best.responses, best.weights) {
      for edge in response.edges where lattice.state(ofNode: edge / lattice.width) == state {
        visits[edge % lattice.width] += share * weight
      }
    }
  }
}

extension ExactResponses.Values {
  fileprivate mutating func add(_ other: Self, share: Double) {
    reward += share * other.reward
    kl += share * other.kl
    objective += share * other.objective
    variance += share * share * other.variance
  }
}
