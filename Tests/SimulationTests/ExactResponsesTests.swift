import Autodiff
import Objectives
import Recording
import Testing

@testable import Simulation

/// Exact values by dynamic programming, against every response written out.
@Suite struct ExactResponsesTests {
  /// Everything about one response.
  private struct Written {
    var share: Double
    var states: [Int] = []
    var tokens: [Int] = []
    var score = 0.0
    var adjusted = 0.0

    func logp(_ table: [[Double]]) -> Double { zip(states, tokens).reduce(0) { $0 + table[$1.0][$1.1] } }
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    var settings: [(Option, OptionValue)] = []
    var testDescription: String { name + settings.map { " \($0.0.name)=\($0.1)" }.joined() }

    var scenario: Scenario {
      get throws {
        var scenario = try #require(Scenario.builtIn.first { $0.name == name })
        for (option, value) in settings { try scenario.settings.set(option, to: value) }
        return scenario
      }
    }
  }

  static let cases = [
    Case(name: "ppo"), Case(name: "ppo", settings: [(.temperature, .number(0.6)), (.responseLength, .integer(5))]),
    Case(name: "ppo", settings: [(.missingEOSPenalty, .number(2))]),
    Case(name: "ppo", settings: [(.missingEOSPenalty, .number(2)), (.missingEOS, .choice("replace"))]),
    Case(name: "reinforce", settings: [(.rewardClip, .number(0.4)), (.klCoef, .number(0.3))]),
    Case(name: "remax", settings: [(.klCoef, .number(0))]), Case(name: "grpo"),
    Case(name: "grpo", settings: [(.softPunishCache, .number(1)), (.groupBeta, .number(0.2))]),
    Case(name: "grpo-user-groups", settings: [(.groupBeta, .number(0.1)), (.softPunishCache, .number(1))]),
  ]

  /// All responses of a scenario, one by one.
  private static func enumerated(_ scenario: Scenario) -> [Written] {
    let world = scenario.world
    let space = StateSpace(world)
    let isGroup = scenario.algorithm.credit == .group
    let scratch = Trace(glossary: Glossary(vocabulary: world.vocabulary, algorithm: scenario.algorithm))
    let groups = PromptGroups(world, settings: scenario.settings)
    var weights: [Double] = []
    if !isGroup {
      weights =
        LanguageEnvironment(
          world, hasCritic: true, settings: scenario.settings, seed: scenario.seed, trace: scratch
        ).rewardWeights.map { $0.value }
    }
    let length = scenario.settings.integer(isGroup ? .maxCompletionLength : .responseLength)
    var all: [Written] = []
    for prompt in world.prompts.indices {
      let share = isGroup ? groups.share(ofPrompt: prompt) : 1 / Double(world.prompts.count)
      let likes = world.users.first { $0.prompts.contains(prompt) }?.likes
      func write(_ text: Written, from state: Int?) {
        guard let state, text.tokens.count < length else {
          var text = text
          if isGroup {
            text.score =
              likes.map { likes in text.tokens.reduce(0) { $0 + likes[$1] } }
              ?? (text.tokens == world.answers[prompt] + [world.eos] ? 1 : 0)
            let penalty = GRPOSimulation.penalty(text.tokens.count, settings: scenario.settings, on: Tape())
            text.adjusted = text.score + (penalty?.value ?? 0)
          } else {
            text.score = text.tokens.reduce(0) { $0 + weights[$1] }
            text.adjusted =
              adjustedScore(Tape().leaf(text.score), hasEOS: state == nil, settings: scenario.settings).value
          }
          return all.append(text)
        }
        for token in world.vocabulary.indices {
          var next = text
          next.states.append(state)
          next.tokens.append(token)
          write(next, from: space.state(after: token, from: state))
        }
      }
      if share > 0 { write(Written(share: share), from: space.start(world.prompts[prompt])) }
    }
    return all
  }

  /// A policy that is not the reference.
  private static func policy(of responses: ExactResponses) -> [[Double]] {
    let logits = responses.reference.enumerated().map { a, row in
      row.enumerated().map { b, logp in logp + Double((a * 7 + b * 3) % 5 - 2) / 4 }
    }
    return ExactResponses(reference: responses.reference, temperature: 1, prompts: []).logProbabilities(logits)
  }

  @Test(arguments: cases) func valuesAreThoseOfEveryResponse(_ example: Case) throws {
    let scenario = try example.scenario
    let responses = try #require(ExactResponses(scenario))
    let written = Self.enumerated(scenario)
    let policy = Self.policy(of: responses)
    for (table, beta) in [(policy, 0.0), (policy, 0.3), (responses.reference, 0.05)] {
      var (reward, kl, adjusted, total) = (0.0, 0.0, 0.0, 0.0)
      for text in written {
        let logp = text.logp(table)
        let probability = text.share * Elementary.exp(logp)
        total += probability
        reward += probability * text.score
        kl += probability * (logp - text.logp(responses.reference))
        adjusted += probability * text.adjusted
      }
      let values = responses.values(of: table, beta: beta)
      #expect((total - 1).magnitude < 1e-12)
      #expect((values.reward - reward).magnitude < 1e-12)
      #expect((values.kl - kl).magnitude < 1e-12)
      #expect((values.objective - (adjusted - beta * kl)).magnitude < 1e-12)
    }
  }

  @Test(arguments: cases, [0.02, 0.5]) func theOptimumIsThatOfEveryResponse(_ example: Case, beta: Double) throws {
    let scenario = try example.scenario
    let responses = try #require(ExactResponses(scenario))
    let written = Self.enumerated(scenario)
    let space = StateSpace(scenario.world)
    var (reward, kl, objective) = (0.0, 0.0, 0.0)
    let starts = Set(scenario.world.prompts.map { space.start($0) })
    var visits: [Int: [Double]] = [:]
    // Each prompt is normalised alone; prompts that begin alike are alike.
    for start in starts {
      let own = written.filter { $0.states[0] == start }
      let share = own.reduce(0.0) { $0 + $1.share * Elementary.exp($1.logp(responses.reference)) }
      let weights = own.map { text in
        text.share / share * Elementary.exp(text.logp(responses.reference) + text.adjusted / beta)
      }
      let sum = weights.reduce(0, +)
      for (text, weight) in zip(own, weights) {
        let probability = share * weight / sum
        let divergence = text.adjusted / beta - Elementary.log(sum)
        reward += probability * text.score
        kl += probability * divergence
        objective += probability * (text.adjusted - beta * divergence)
        for (state, token) in zip(text.states, text.tokens) {
          visits[state, default: scenario.world.vocabulary.map { _ in 0 }][token] += probability
        }
      }
    }
    if example.name != "grpo-user-groups" || starts.count == scenario.world.prompts.count {
      let optimum = responses.optimum(beta: beta)
      #expect((optimum.reward - reward).magnitude < 1e-10)
      #expect((optimum.kl - kl).magnitude < 1e-10)
      #expect((optimum.objective - objective).magnitude < 1e-10)
      for (state, counts) in visits {
        let probabilities = try #require(responses.optimumProbabilities(after: state, beta: beta))
        let total = counts.reduce(0, +)
        for (probability, count) in zip(probabilities, counts) {
          #expect((probability - count / total).magnitude < 1e-10)
        }
      }
      for table in [responses.reference, Self.policy(of: responses)] {
        #expect(responses.values(of: table, beta: beta).objective <= optimum.objective + 1e-12)
      }
    }
  }

  @Test(arguments: cases) func theGradientIsThatOfFiniteDifferences(_ example: Case) throws {
    let responses = try #require(ExactResponses(example.scenario))
    let logits = Self.policy(of: responses).map { $0.map { $0 * responses.temperature } }
    let exact = responses.gradient(of: responses.logProbabilities(logits), beta: 0.2)
    #expect(exact.values.objective == responses.values(of: responses.logProbabilities(logits), beta: 0.2).objective)
    for a in logits.indices {
      for b in logits[a].indices {
        func objective(_ step: Double) -> Double {
          var moved = logits
          moved[a][b] += step
          return responses.values(of: responses.logProbabilities(moved), beta: 0.2).objective
        }
        let difference = (objective(1e-5) - objective(-1e-5)) / 2e-5
        #expect((exact.gradient[a][b] - difference).magnitude < 1e-8)
      }
    }
  }

  /// Probabilities add up to 1 but for rounding, of which nothing is left in the optimum.
  @Test(arguments: [0.01, 0.05, 0.3]) func theOptimumOfAWorldWithoutRewardsIsZero(beta: Double) throws {
    let world = Scenario.builtIn[0].world
    let table = (0..<7).map { a in
      let weights = (0..<8).map { Double((a * 7 + $0 * 3) % 5 + 1) }
      return weights.map { Elementary.log($0 / weights.reduce(0, +)) }
    }
    let reward = ResponseReward(score: .sum(world.vocabulary.map { _ in 0 }), adjusted: { x, _, _ in x }, addsUp: true)
    let prompts = try [0, 3].map { start in
      ExactResponses.Prompt(
        share: 0.5,
        lattice: try #require(
          ResponseLattice(from: start, in: StateSpace(world), width: 8, length: 3, reward: reward)))
    }
    let responses = ExactResponses(reference: table, temperature: 1, prompts: prompts)
    #expect(responses.values(of: table, beta: beta).objective == 0)
    #expect(responses.optimum(beta: beta).objective == 0)
  }

  /// Sums over tokens stay small at any length; others do not.
  @Test func longResponsesAreExactToo() throws {
    let long = try Case(name: "ppo", settings: [(.responseLength, .integer(64))]).scenario
    #expect(long.problem == nil)
    let values = try #require(ExactResponses(long)).gradient(
      of: try #require(ExactResponses(long)).reference, beta: 0.1)
    #expect(values.values.kl == 0 && values.values.reward.isFinite)
    let longest = ResponseLattice.longest(vocabulary: 8)
    let world = long.world
    for (length, fits) in [(longest, true), (longest + 3, false)] {
      let reward = ResponseReward(
        score: .sum(world.vocabulary.indices.map { Double($0) }), adjusted: { x, _, _ in min(x, 1) }, addsUp: false)
      let lattice = ResponseLattice(from: 0, in: StateSpace(world), width: 8, length: length, reward: reward)
      #expect((lattice != nil) == fits)
    }
  }

  /// Where rules are no sum over tokens and responses are long, samples stand for all: what they give lies within a few
  /// standard errors of what it is, and score and KL are what they were.
  @Test(arguments: [
    [(Option.rewardClip, OptionValue.number(0.5))], [(.rewardClip, .number(0.4)), (.klCoef, .number(0.02))],
    [(.missingEOSPenalty, .number(2)), (.missingEOS, .choice("replace"))],
    [(.missingEOSPenalty, .number(1)), (.rewardClip, .number(3)), (.temperature, .number(0.7))],
  ])
  func samplesStandForTooManyResponses(settings: [(Option, OptionValue)]) throws {
    let scenario = try Case(name: "ppo", settings: settings + [(.responseLength, .integer(10))]).scenario
    let exact = try #require(ExactResponses(scenario))
    let weights = exact.reference[0].indices.map { Double($0 % 3) - 0.7 }
    let (world, space) = (scenario.world, StateSpace(scenario.world))
    let rule = ResponseReward(values: weights, settings: scenario.settings)
    func responses(areSampled: Bool) throws -> ExactResponses {
      let prompts = try world.prompts.map { prompt in
        let lattice = try #require(
          ResponseLattice(
            from: space.start(prompt), in: space, width: world.vocabulary.count, length: 10,
            reward: areSampled ? ResponseReward(score: rule.score) : rule))
        return ExactResponses.Prompt(
          share: 1 / Double(world.prompts.count), lattice: lattice,
          rules: areSampled ? SampledRules(adjusted: rule.adjusted) : nil)
      }
      return ExactResponses(reference: exact.reference, temperature: exact.temperature, prompts: prompts)
    }
    let (whole, sampled) = (try responses(areSampled: false), try responses(areSampled: true))
    let beta = scenario.settings.number(.klCoef)
    let policy = exact.logProbabilities(exact.reference.map { row in row.indices.map { row[$0] + 0.2 * weights[$0] } })
    let (right, estimate) = (whole.gradient(of: policy, beta: beta), sampled.gradient(of: policy, beta: beta))
    #expect(right.values.error == 0 && estimate.values.error > 0 && estimate.values.error < 0.05)
    #expect(abs(estimate.values.reward - right.values.reward) < 1e-12)
    #expect(abs(estimate.values.kl - right.values.kl) < 1e-12)
    #expect(abs(estimate.values.objective - right.values.objective) < 4 * estimate.values.error)
    #expect(estimate.values.objective == sampled.values(of: policy, beta: beta).objective)
    // The gradient points where it should.
    let pairs = zip(right.gradient.joined(), estimate.gradient.joined())
    let product = pairs.reduce(0) { $0 + $1.0 * $1.1 }
    let (a, b) = (pairs.reduce(0) { $0 + $1.0 * $1.0 }, pairs.reduce(0) { $0 + $1.1 * $1.1 })
    #expect(product / (a * b).squareRoot() > 0.95, "\(product / (a * b).squareRoot())")
    let (best, guess) = (whole.optimum(beta: beta), sampled.optimum(beta: beta))
    #expect(abs(guess.objective - best.objective) < 4 * guess.error && guess.error < 0.1 * best.objective.magnitude)
    #expect(abs(guess.reward - best.reward) < 0.1 * max(1, best.reward.magnitude))
    #expect(abs(guess.kl - best.kl) < 0.1 * max(1, best.kl))
    let state = space.start(world.prompts[0])
    let next = zip(
      try #require(whole.optimumProbabilities(after: state, beta: beta)),
      try #require(sampled.optimumProbabilities(after: state, beta: beta)))
    for (p, q) in next { #expect(abs(p - q) < 0.05) }
  }

  /// Such a run is recorded with the errors of its exact values, and says what stands for what.
  @Test func aRunThatSamplesItsRulesTellsTheError() throws {
    var scenario = try Case(name: "ppo", settings: [(.rewardClip, .number(0.5)), (.responseLength, .integer(13))])
      .scenario
    try scenario.settings.set(.batches, to: .integer(1))
    #expect(scenario.problem == nil)
    #expect(scenario.record().occurrences(of: TermKey(.exactObjectiveError)).isEmpty)
    try scenario.settings.set(.responseLength, to: .integer(30))
    #expect(scenario.problem == nil)
    let trace = scenario.record()
    let errors = trace.occurrences(of: TermKey(.exactObjectiveError)).map { trace.value($0) }
    #expect(!errors.isEmpty && errors.allSatisfy { $0 > 0 && $0 < 0.1 })
    #expect(!trace.occurrences(of: TermKey(.optimumObjectiveError)).isEmpty)
  }
}
