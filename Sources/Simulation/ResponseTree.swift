import Autodiff
import Objectives
public import Recording

/// Every response of a scenario's language, what the reference says of it and what it earns: for exact values of any policy.
///
/// One walk along the tree gives a policy's expected reward and KL; `π* ∝ π_ref e^{R/β}` is had for every β. The numbers are
/// those of `ExactOracle`, which also knows the gradient.
public struct ResponseTree: Sendable {
  /// What a policy is worth.
  public struct Values: Sendable {
    public var reward = 0.0
    public var kl = 0.0
    public var objective = 0.0
  }

  /// `log π_ref`, by state and token.
  public let reference: [[Double]]
  public let temperature: Double
  private var prompts: [Prompt] = []

  /// The responses to a prompt: nodes in the order of a walk that sees each before what follows it.
  private struct Prompt: Sendable {
    let share: Double
    var parents: [Int32] = []
    var rows: [Int32] = []
    var columns: [Int32] = []
    var isEnd: [Bool] = []
    /// Of each response, its log-probability under the reference, its score, and what learning makes of that.
    var referenceLogps: [Double] = []
    var scores: [Double] = []
    var adjusted: [Double] = []
  }

  /// More nodes than that take too long.
  private static let limit = 400_000

  /// Whether the responses to a prompt are few enough, of a vocabulary whose last token ends them.
  static func canHold(_ world: World, responseLength: Int) -> Bool {
    var (open, nodes) = (1, 0)
    for _ in 0..<responseLength where nodes <= limit {
      nodes += open * world.vocabulary.count
      open *= world.eos
    }
    return nodes <= limit
  }

  /// Nil where nothing that is written earns a reward, or where there are too many responses.
  ///
  /// - Parameters:
  ///   - scenario: The scenario, whose frozen models are prepared once more.
  ///   - overrides: The what-ifs of the recording.
  public init?(_ scenario: Scenario, overrides: [Override] = []) {
    guard scenario.algorithm.samples, case .language(let world) = scenario.surroundings else { return nil }
    let settings = scenario.settings
    let scratch = Trace(
      glossary: Glossary(vocabulary: world.vocabulary, algorithm: scenario.algorithm), overrides: overrides)
    temperature = settings.number(.temperature)
    switch scenario.algorithm.credit {
    case .group:
      let simulation = GRPOSimulation(world: world, settings: settings, seed: scenario.seed, trace: scratch)
      reference = simulation.reference.table
      for prompt in world.prompts.indices where simulation.groups.promptOfSlot.contains(prompt) {
        let model = simulation.model(of: reference, prompt: prompt)
        let share = simulation.groups.share(ofPrompt: prompt)
        guard add(model, from: simulation.states.start(world.prompts[prompt]), share: share) else { return nil }
      }
    default:
      let environment = LanguageEnvironment(
        world, hasCritic: true, settings: settings, seed: scenario.seed, trace: scratch)
      reference = environment.reference.table
      let model = environment.model(of: reference)
      for prompt in world.prompts {
        guard add(model, from: prompt.last ?? 0, share: 1 / Double(world.prompts.count)) else { return nil }
      }
    }
  }

  /// The responses to some prompts of a world, each prompt as often as it is named; nil where there are too many.
  ///
  /// - Parameters:
  ///   - prompts: By their place in `World.prompts`.
  ///   - reference: `log π_ref`, by state and token.
  ///   - score: What is averaged.
  ///   - pays: What `π*` is after.
  init?(
    _ world: World, prompts chosen: [Int], reference: [[Double]], responseLength: Int,
    score: @escaping (_ response: [Int], _ prompt: Int) -> Double,
    pays: @escaping (_ response: [Int], _ prompt: Int) -> Double
  ) {
    self.reference = reference
    temperature = 1
    let states = StateSpace(world)
    for prompt in chosen {
      // `adjusted` knows no tokens: it is given what the same response was last found to pay.
      var paid = 0.0
      let model = ExactOracle.Model(
        policy: reference, reference: reference, beta: 0, states: states, responseLength: responseLength,
        temperature: 1,
        score: { response in
          paid = pays(response, prompt)
          return score(response, prompt)
        },
        adjusted: { _, _, _ in paid })
      guard add(model, from: states.start(world.prompts[prompt]), share: 1 / Double(chosen.count)) else { return nil }
    }
  }

  private mutating func add(_ model: ExactOracle.Model, from start: Int, share: Double) -> Bool {
    var prompt = Prompt(share: share)
    guard Self.explore(model, [], from: start, parent: -1, logp: 0, &prompt) else { return false }
    prompts.append(prompt)
    return true
  }

  private static func explore(
    _ model: ExactOracle.Model, _ tokens: [Int], from state: Int, parent: Int32, logp: Double, _ prompt: inout Prompt
  ) -> Bool {
    for token in model.reference[state].indices {
      guard prompt.parents.count < limit else { return false }
      let response = tokens + [token]
      let next = model.states.state(after: token, from: state)
      let isEnd = next == nil || response.count == model.responseLength
      let node = Int32(prompt.parents.count)
      let reached = logp + model.reference[state][token]
      prompt.parents.append(parent)
      prompt.rows.append(Int32(state))
      prompt.columns.append(Int32(token))
      prompt.isEnd.append(isEnd)
      let score = isEnd ? model.score(response) : 0
      prompt.referenceLogps.append(reached)
      prompt.scores.append(score)
      prompt.adjusted.append(isEnd ? model.adjusted(score, response.count, next == nil) : 0)
      if !isEnd, let next, !explore(model, response, from: next, parent: node, logp: reached, &prompt) { return false }
    }
    return true
  }

  /// The exact values of a policy.
  ///
  /// - Parameters:
  ///   - policy: `log π`, by state and token.
  ///   - beta: The weight of the KL in the objective.
  public func values(of policy: [[Double]], beta: Double) -> Values {
    var values = Values()
    for prompt in prompts {
      var logps = [Double](repeating: 0, count: prompt.parents.count)
      for node in logps.indices {
        let parent = Int(prompt.parents[node])
        let logp = (parent < 0 ? 0 : logps[parent]) + policy[Int(prompt.rows[node])][Int(prompt.columns[node])]
        logps[node] = logp
        guard prompt.isEnd[node] else { continue }
        let probability = prompt.share * Elementary.exp(logp)
        let divergence = logp - prompt.referenceLogps[node]
        values.reward += probability * prompt.scores[node]
        values.kl += probability * divergence
        values.objective += probability * (prompt.adjusted[node] - beta * divergence)
      }
    }
    return values
  }

  /// The exact values of `π* ∝ π_ref e^{R/β}`.
  public func optimum(beta: Double) -> Values {
    var values = Values()
    for prompt in prompts {
      let ends = prompt.isEnd.indices.filter { prompt.isEnd[$0] }
      let weights = ends.map { prompt.referenceLogps[$0] + prompt.adjusted[$0] / beta }
      let normalizer = Self.logSum(weights) - Self.logSum(ends.map { prompt.referenceLogps[$0] })
      for (end, weight) in zip(ends, weights) {
        let probability = prompt.share * Elementary.exp(weight - normalizer)
        let divergence = prompt.adjusted[end] / beta - normalizer
        values.reward += probability * prompt.scores[end]
        values.kl += probability * divergence
        values.objective += probability * (prompt.adjusted[end] - beta * divergence)
      }
    }
    return values
  }

  /// The reward that `π*` earns at its KL, from the reference on for smaller and smaller β, until the KL is large enough or no
  /// longer grows.
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

  /// How often `π*` goes on with each token in a state, over all responses in which it comes to it; nil if it never does.
  public func optimumProbabilities(after state: Int, beta: Double) -> [Double]? {
    var visits = reference[state].map { _ in 0.0 }
    for prompt in prompts {
      let weights = prompt.isEnd.indices.map {
        prompt.isEnd[$0] ? prompt.referenceLogps[$0] + prompt.adjusted[$0] / beta : -.infinity
      }
      let normalizer = Self.logSum(weights)
      var reach = weights.map { prompt.share * Elementary.exp($0 - normalizer) }
      for node in reach.indices.reversed() {
        let parent = Int(prompt.parents[node])
        if parent >= 0 { reach[parent] += reach[node] }
        if Int(prompt.rows[node]) == state { visits[Int(prompt.columns[node])] += reach[node] }
      }
    }
    let total = visits.reduce(0) { $0 + $1 }
    return total > 0 ? visits.map { $0 / total } : nil
  }

  private static func logSum(_ weights: [Double]) -> Double {
    let largest = weights.max() ?? 0
    return largest + Elementary.log(weights.reduce(0) { $0 + Elementary.exp($1 - largest) })
  }
}

extension ResponseTree {
  /// `log softmax(logits / temperature)` of a table of logits.
  public func logProbabilities(_ logits: [[Double]]) -> [[Double]] {
    logits.map { row in
      let scaled = row.map { $0 / temperature }
      let normalizer = Self.logSum(scaled)
      return scaled.map { $0 - normalizer }
    }
  }
}
