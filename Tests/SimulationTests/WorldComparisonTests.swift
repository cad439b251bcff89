import Autodiff
import Documents
import Foundation
import Objectives
import Recording
import Testing

@testable import Simulation

/// Several algorithms in one world: every number against an enumeration written here, and what must hold of any run.
@Suite struct WorldComparisonTests {
  static func scenario(_ name: String, _ options: [(String, String)] = []) throws -> Scenario {
    var scenario = try #require(Scenario.builtIn.first { $0.name == name })
    for (name, value) in options { try scenario.settings.set(name, to: value, for: scenario.algorithm) }
    return scenario
  }

  static func compared(_ names: [String]) throws -> (shared: SharedWorld, comparison: WorldComparison) {
    let shared = try SharedWorld(names.map { try scenario($0) })
    return (shared, try WorldComparison(shared))
  }

  static let films = ["ppo", "grpo", "remax", "reinforce", "dpo", "kto"]
  static let all = [films, ["ppo", "grpo-user-groups", "dpo"], ["grpo", "grpo-user-groups"]]

  // MARK: Against an enumeration

  /// All responses of at most so many tokens.
  private static func responses(_ world: World, length: Int) -> [[Int]] {
    var (open, done): ([[Int]], [[Int]]) = ([[]], [])
    for _ in 0..<length {
      let longer = open.flatMap { start in world.vocabulary.indices.map { start + [$0] } }
      done += longer.filter { $0.last == world.eos }
      open = longer.filter { $0.last != world.eos }
    }
    return done + open
  }

  /// The log-probability of a response by logits of the next token after the previous one.
  private static func logp(_ logits: [[Double]], _ response: [Int], after prompt: [Int]) -> Double {
    var (state, sum) = (prompt.last ?? 0, 0.0)
    for token in response {
      sum += logits[state][token] - log(logits[state].reduce(0) { $0 + exp($1) })
      state = token
    }
    return sum
  }

  private static func logits(_ quantity: Quantity, _ trace: Trace, _ world: World) -> [[Double]] {
    (0..<world.eos).map { a in
      world.vocabulary.indices.map { trace.value(quantity, a, $0, at: trace.beats.count - 1) ?? .nan }
    }
  }

  /// How often words stand in a text, by their text alone.
  private static func truth(_ world: World, _ response: [Int], _ prompt: Int) -> Double {
    if let kind = world.users.first(where: { $0.prompts.contains(prompt) }) {
      return response.reduce(0) { $0 + kind.likes[$1] }
    }
    let text = " \(world.text(response)) "
    return world.taste.reduce(0) { sum, liking in
      let words = " \(world.text(liking.words)) "
      let count = text.indices.count { text[$0...].hasPrefix(words) }
      return sum + liking.worth * Double(count)
    }
  }

  @Test(arguments: [films, ["ppo", "grpo-user-groups", "dpo", "kto", "remax"]])
  func everyNumberIsThatOfAnEnumeration(names: [String]) throws {
    let (shared, comparison) = try Self.compared(names)
    let world = shared.world
    let scorer = try #require(shared.members.first { $0.label == "ppo" }).scenario.record()
    let weights = world.vocabulary.indices.map { scorer.value(.rewardWeight, $0, at: scorer.beats.count - 1) ?? .nan }
    let length = world.users.isEmpty ? 4 : 3
    let responses = Self.responses(world, length: length)

    for (member, learner) in zip(shared.members, comparison.learners) {
      let trace = member.scenario.record()
      let reference = Self.logits(.referenceLogit, trace, world)
      let policy = Self.logits(.policyLogit, trace, world)
      let isPaidByUsers = !world.users.isEmpty && learner.algorithm.credit == .group
      var (truth, learned, kl, distance) = (0.0, 0.0, 0.0, 0.0)
      var kinds = world.users.map { _ in 0.0 }
      for (n, prompt) in world.prompts.enumerated() {
        let scores = responses.map { response in response.reduce(0) { $0 + weights[$1] } }
        let truths = responses.map { Self.truth(world, $0, n) }
        let now = responses.map { Self.logp(policy, $0, after: prompt) }
        let then = responses.map { Self.logp(reference, $0, after: prompt) }
        let paid = isPaidByUsers ? truths : scores
        let optimal = zip(then, paid).map { $0 + $1 / learner.beta }
        let normalizer = log(optimal.reduce(0) { $0 + exp($1 - optimal.max()!) }) + optimal.max()!
        let share = 1 / Double(world.prompts.count)
        for i in responses.indices {
          let p = exp(now[i])
          truth += share * p * truths[i]
          learned += share * p * scores[i]
          kl += share * p * (now[i] - then[i])
          distance += share * p * (now[i] - optimal[i] + normalizer)
          for (k, kind) in world.users.enumerated() where kind.prompts.contains(n) {
            kinds[k] += p * truths[i] / Double(kind.prompts.count)
          }
        }
      }
      func agree(_ x: Double?, _ y: Double, _ what: String) {
        #expect(abs((x ?? .nan) - y) < 1e-9 * max(1, abs(y)), "\(learner.label): \(what) \(x ?? .nan), not \(y)")
      }
      agree(learner.last.trueReward, truth, "true reward")
      agree(learner.last.learnedReward, learned, "learned reward")
      agree(learner.last.kl, kl, "KL")
      if learner.beta > 0 {
        agree(learner.last.distance, distance, "KL to π*")
      } else {
        #expect(learner.last.distance == nil)
      }
      for (k, kind) in kinds.enumerated() { agree(learner.last.groupRewards[k], kind, world.users[k].name) }
      agree(learner.last.worstGroup ?? 0, kinds.min() ?? 0, "worst")
      let shown = world.demonstrations.reduce(0) { $0 + Self.logp(policy, $1.response, after: $1.prompt) }
      agree(learner.last.demonstrationLogp, shown / Double(world.demonstrations.count), "demonstrations")
    }
  }

  // MARK: What holds of every run

  @Test(arguments: all)
  func allStartFromOneReference(names: [String]) throws {
    let comparison = try Self.compared(names).comparison
    for learner in comparison.learners {
      let (mine, start) = (learner.rounds[0], comparison.start)
      #expect(mine.trueReward == start.trueReward && mine.learnedReward == start.learnedReward, "\(learner.label)")
      #expect(mine.kl == 0 && mine.groupRewards == start.groupRewards && comparison.forgotten(mine) == 0)
      #expect(mine.responses == 0 && mine.steps == 0)
      #expect(learner.rounds.count > 1)
    }
  }

  @Test(arguments: all)
  func divergencesAreNotNegativeAndCostsGrow(names: [String]) throws {
    for learner in try Self.compared(names).comparison.learners {
      for (before, after) in zip(learner.rounds, learner.rounds.dropFirst()) {
        #expect(after.kl > 0 && (after.distance ?? 0) >= 0)
        #expect(after.steps > before.steps && after.responses >= before.responses)
      }
      #expect((learner.last.responses == 0) == learner.learnsFromExamples)
    }
  }

  @Test(arguments: all)
  func theOrderOfSourcesChangesNothing(names: [String]) throws {
    func numbers(_ comparison: WorldComparison) -> [String: [Double?]] {
      var numbers: [String: [Double?]] = [:]
      for learner in comparison.learners {
        numbers[learner.label] = learner.rounds.flatMap { [$0.trueReward, $0.learnedReward, $0.kl, $0.distance] }
      }
      return numbers
    }
    let forwards = try Self.compared(names).comparison
    let backwards = try Self.compared(names.reversed()).comparison
    #expect(forwards.home == backwards.home)
    #expect(numbers(forwards) == numbers(backwards))
  }

  @Test func noPolicyBeatsTheOptimum() throws {
    let (shared, comparison) = try Self.compared(Self.films)
    var random = RandomStream(seed: 5, purpose: 1)
    for tree in [comparison.measures.truth, comparison.measures.learned].compactMap({ $0 }) {
      for beta in [0.02, 0.1, 1, 10] {
        let best = tree.optimum(beta: beta)
        #expect(abs(best.objective - (best.reward - beta * best.kl)) < 1e-9)
        for _ in 0..<20 {
          let logits = tree.reference.map { row in row.map { $0 + 4 * (random.uniform() - 0.5) } }
          let policy = TabularPolicy(logits: logits, temperature: 1).table
          #expect(tree.values(of: policy, beta: beta).objective < best.objective)
        }
        for member in shared.members {
          for step in LearnedPolicies(member.scenario.record(), member.scenario).steps {
            #expect(tree.values(of: step.policy, beta: beta).objective <= best.objective + 1e-12)
          }
        }
      }
    }
  }

  @Test func nothingLiesAboveTheFrontier() throws {
    let comparison = try Self.compared(Self.films).comparison
    let frontier = comparison.frontier(after: .trueReward, by: .trueReward, to: 3)
    for learner in comparison.learners {
      for round in learner.rounds {
        guard let above = frontier.first(where: { $0.kl >= round.kl }) else { continue }
        #expect((round.trueReward ?? 0) <= above.reward + 1e-9, "\(learner.label) at \(round.kl)")
      }
    }
  }

  @Test func rewardsPartWhereTheTrueOneIsLargest() throws {
    let comparison = try Self.compared(Self.films).comparison
    let dpo = try #require(comparison.learners.first { $0.label == "dpo" })
    let round = try #require(comparison.parting(dpo))
    let truths = dpo.rounds.map { $0.trueReward ?? .nan }
    #expect(truths[round] == truths.max() && truths[truths.count - 1] < truths[round])
    #expect((dpo.last.learnedReward ?? 0) > (dpo.rounds[round].learnedReward ?? 0))
    let ppo = try #require(comparison.learners.first { $0.label == "ppo" })
    #expect(comparison.parting(ppo) == nil, "its true reward is largest at the end")
  }

  // MARK: The world

  @Test func peopleReallyLikeWhatTheyPreferred() {
    let world = World.filmReviews
    for pair in world.preferences {
      let prompt = world.prompts.firstIndex(of: pair.prompt) ?? 0
      #expect(world.trueReward(of: pair.chosen, to: prompt) > world.trueReward(of: pair.rejected, to: prompt))
    }
  }

  @Test func preferencesOfUsersAreWhatTheyLikeMore() throws {
    let world = World.userGroups.withPreferences
    #expect(world.preferences.count == 15)
    for pair in world.preferences {
      let prompt = try #require(world.prompts.firstIndex(of: pair.prompt))
      #expect(world.trueReward(of: pair.chosen, to: prompt) > world.trueReward(of: pair.rejected, to: prompt))
    }
  }

  @Test func aRewardModelPaysGroupsWhereNothingElseDoes() throws {
    let shared = try Self.compared(["grpo", "ppo"]).shared
    let trace = shared.members[0].scenario.record()
    let end = trace.beats.count - 1
    for i in 0..<trace.prompts.count {
      var sum = 0.0
      var t = 0
      while let token = trace.occurrences(of: TermKey(.token, i, t)).first,
        trace.terms[token].beat < trace.stages.first(where: { $0.name == Stage.update.name })!.beats.lowerBound
      {
        sum += trace.value(.rewardWeight, Int(trace.value(token)), at: end) ?? .nan
        t += 1
      }
      let reward = try #require(trace.occurrences(of: TermKey(.reward, i)).first)
      #expect(abs(trace.value(reward) - sum) < 1e-12)
    }
  }

  @Test func builtInWorldsAreAsTheyWere() throws {
    let shared = try Self.compared(["grpo", "ppo", "dpo"]).shared
    #expect(shared.home == "ppo")
    for member in shared.members where member.label != "grpo" {
      #expect(member.scenario == (try Self.scenario(member.label)), "nobody at home is changed")
    }
    #expect(shared.members[0].scenario.settings.number(.sftLearningRate) == 12)
    #expect(try Self.compared(["grpo", "grpo-user-groups"]).shared.home == "grpo-user-groups")
  }

  // MARK: What is refused

  private static func message(_ scenarios: [Scenario]) -> String {
    do {
      _ = try WorldComparison(try SharedWorld(scenarios))
      return ""
    } catch {
      return error.message
    }
  }

  @Test func differentWorldsAreToldApart() throws {
    var (first, second) = (try Self.scenario("ppo"), try Self.scenario("dpo"))
    (first.name, second.name) = ("a", "b")
    first.world.taste[0].worth = 2
    second.world.demonstrations.removeLast()
    #expect(
      Self.message([first, second])
        == "a and b have different worlds: the demonstrations, and with them the reference, are not the same. Give both "
        + "files the same world")
    second.world = first.world
    second.world.prompts.removeLast()
    #expect(
      Self.message([first, second]).contains("the prompts are the film was, the film in one, the film was in the other")
    )
    second.world = first.world
    #expect(Self.message([first, second]) == "")
    #expect(Self.message([first, try Self.scenario("grpo")]) == "", "a built-in one moves in")
  }

  @Test(arguments: [
    ("sft", "sft has no policy that starts from a reference: there is nothing to compare with the others"),
    (
      "reward-model",
      "reward-model has no policy that starts from a reference: there is nothing to compare with the others"
    ),
    ("ppo-classic", "ppo-classic acts in states and writes nothing: it has no world in common with the others"),
  ])
  func whatCannotShareIsRefused(name: String, reason: String) throws {
    #expect(Self.message([try Self.scenario("ppo"), try Self.scenario(name)]) == reason)
  }

  @Test func optionsThatUnmakeTheWorldAreRefused() throws {
    let ppo = try Self.scenario("ppo", [("sft_steps", "4")])
    let message = #expect(throws: SharedWorldError.self) {
      let shared = try SharedWorld([ppo, try Self.scenario("dpo")])
      _ = try shared.with(shared.members)
    }?.message
    #expect(
      message
        == "ppo and dpo would not share the reference: sft_steps is 4 for ppo, sft_steps is 12 for dpo; set both alike")
    #expect(
      Self.message([try Self.scenario("ppo", [("temperature", "0.7")]), try Self.scenario("dpo")])
        .hasPrefix("ppo and dpo do not start from the same policy"))
    #expect(
      Self.message([
        try Self.scenario("ppo", [("response_length", "32")]), try Self.scenario("remax", [("response_length", "32")]),
      ]) == "")
  }
}
