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

  /// Sums over tokens stay small at any length; others are refused where they would not.
  @Test func longResponsesAreExactToo() throws {
    let long = try Case(name: "ppo", settings: [(.responseLength, .integer(64))]).scenario
    #expect(long.problem == nil)
    let values = try #require(ExactResponses(long)).gradient(
      of: try #require(ExactResponses(long)).reference, beta: 0.1)
    #expect(values.values.kl == 0 && values.values.reward.isFinite)
    let clipped: [(Option, OptionValue)] = [(.rewardClip, .number(1))]
    for (length, fits) in [(8, true), (13, true), (14, false), (64, false)] {
      let problem = try Case(name: "ppo", settings: clipped + [(.responseLength, .integer(length))]).scenario.problem
      #expect((problem == nil) == fits, "\(length): \(problem ?? "")")
    }
    let longest = ResponseLattice.longest(vocabulary: 8)
    let world = long.world
    for (length, fits) in [(longest, true), (longest + 3, false)] {
      let reward = ResponseReward(
        score: .sum(world.vocabulary.indices.map { Double($0) }), adjusted: { x, _, _ in min(x, 1) }, addsUp: false)
      let lattice = ResponseLattice(from: 0, in: StateSpace(world), width: 8, length: length, reward: reward)
      #expect((lattice != nil) == fits)
    }
  }
}
