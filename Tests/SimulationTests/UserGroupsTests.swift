import Documents
import Objectives
import Recording
import Simulation
import Testing

/// What a baseline across groups does to the weak group, and what lifts it: measured, not argued.
@Suite struct UserGroupsTests {
  private static let weak = 2

  private static func trace(_ options: [(String, String)], seed: Int) throws -> Trace {
    try GRPOSimulationTests.scenario(options, name: "grpo-user-groups", seed: UInt64(seed)).record()
  }

  /// What the weak group can expect in the end, and what its advantages sum up to at first: the means over seeds.
  private static func outcome(_ options: [(String, String)]) throws -> (reward: Double, mass: Double, spread: Double) {
    var (reward, mass, spread) = (0.0, 0.0, 0.0)
    let seeds = 6
    for seed in 0..<seeds {
      let trace = try trace(options, seed: seed)
      let end = trace.beats.count - 1
      reward += try #require(trace.value(.groupRewardAfter, weak, at: end)) / Double(seeds)
      spread += try #require(trace.value(.groupSpread, at: end)) / Double(seeds)
      mass += GRPOSimulationTests.series(.positiveMass, weak, in: trace)[0] / Double(seeds)
      mass += GRPOSimulationTests.series(.negativeMass, weak, in: trace)[0] / Double(seeds)
    }
    return (reward, mass, spread)
  }

  /// A file with `users` and nothing else takes the options of the scenario that has users.
  @Test func aWorldWithUsersTakesTheDefaultsOfTheScenarioWithUsers() throws {
    let base = try #require(Scenario.builtIn.first { $0.name == "grpo-user-groups" })
    func scenario(_ kinds: String) throws -> Scenario {
      let text =
        #"{"algorithm": "grpo", "world": {"vocabulary": ["a", "b", "<eos>"], "prompts": ["a"], "#
        + #""demonstrations": [{"prompt": "a", "response": "b <eos>"}], \#(kinds)}}"#
      return try Scenario(JSONReader.read(text), name: "mine")
    }
    let users = try scenario(#""users": [{"name": "u", "prompts": ["a"], "likes": {"b": 1}}]"#)
    #expect(users.settings == base.settings && users.seed == base.seed)
    let answers = try scenario(#""answers": ["b"]"#)
    #expect(answers.settings == Scenario.builtIn.first { $0.name == "grpo" }?.settings)
  }

  /// Wrong labels take from group DRO what it is there for, and make the groups look alike; the kinds themselves are not.
  @Test func wrongLabelsUndoWhatGroupDROIsFor() throws {
    let right = try Self.outcome([("group_weights", "dro")])
    let half = try Self.outcome([("group_weights", "dro"), ("group_label_noise", "0.5")])
    let random = try Self.outcome([("group_weights", "dro"), ("group_label_noise", "0.6667")])
    let none = try Self.outcome([("group_weights", "1")])
    #expect(half.reward < right.reward - 0.15)
    #expect(abs(random.reward - none.reward) < 0.1)
    #expect(half.spread > right.spread + 0.2)
    let trace = try Self.trace([("group_weights", "dro"), ("group_label_noise", "0.5")], seed: 7)
    let end = trace.beats.count - 1
    let (seen, truth) = (trace.value(.labelledSpread, at: end), trace.value(.groupSpread, at: end))
    #expect(try #require(seen) < 0.4 * (try #require(truth)))
  }

  /// Of each kind the given share is labelled otherwise, in turn as each of the others; no label is without a user, and
  /// what a response earns is its true user's like.
  @Test(arguments: ["0.1", "0.5", "0.6667", "1"]) func aShareOfEachKindIsLabelledAsAnother(noise: String) throws {
    let trace = try Self.trace([("group_label_noise", noise)], seed: 3)
    let share = try #require(Double(noise))
    let world = try #require(Scenario.builtIn.first { $0.name == "grpo-user-groups" }).world
    for iteration in [0, 5] {
      let stage = try #require(trace.stages.first { $0.name == Stage.rewards.name && $0.loops.iteration == iteration })
      let beat = stage.beats.upperBound - 1
      var labels: [[Int]] = [[], [], []]
      for i in 0..<32 {
        let kind = Int(try #require(trace.value(.userKind, i, at: beat)))
        labels[kind].append(Int(try #require(trace.value(.userLabel, i, at: beat))))
        let words = (0..<3).compactMap { trace.value(.token, i, $0, at: beat) }.map { Int($0) }
        let own = words.prefix { $0 != world.eos }.reduce(0) { $0 + world.users[kind].likes[$1] }
        #expect(trace.value(.reward, i, at: beat) == own)
      }
      #expect(labels.map { $0.count } == [16, 8, 8])
      for (kind, labels) in labels.enumerated() {
        #expect(labels.count { $0 != kind } == Int((share * Double(labels.count)).rounded()))
      }
      #expect(Set(labels.flatMap { $0 }) == [0, 1, 2])
    }
  }

  /// Without wrong labels nothing of them is recorded; without users they are refused.
  @Test func rightLabelsAreNotRecorded() throws {
    let trace = try Self.trace([], seed: 3)
    #expect(
      trace.occurrences(of: TermKey(.userLabel, 0)).isEmpty && trace.occurrences(of: TermKey(.labelledSpread)).isEmpty)
    var scenario = try #require(Scenario.builtIn.first { $0.name == "grpo" })
    try scenario.settings.set("group_label_noise", to: "0.5", for: .grpo)
    #expect(scenario.problem == "group_label_noise needs users in the world, who can be taken for each other")
  }

  /// The label is a term like any other: what one user is taken for can be changed, and the group's mean follows.
  @Test func whatAUserIsTakenForCanBeChanged() throws {
    let scenario = try GRPOSimulationTests.scenario([("group_label_noise", "0.5")], name: "grpo-user-groups", seed: 3)
    let before = scenario.record()
    let label = try #require(before.occurrences(of: TermKey(.userLabel, 0)).first.map { before.value($0) })
    let other = label == 0 ? 1.0 : 0
    let after = scenario.record(overrides: [Override(key: TermKey(.userLabel, 0), occurrence: 0, value: other)])
    let means = [before, after].map { trace in
      trace.occurrences(of: TermKey(.groupMean, 0)).first.map { trace.value($0) }
    }
    #expect(means[0] != means[1])
  }

  /// A baseline across groups does not lift the weak group beyond what a baseline of its own does: it pushes down
  /// whatever the group was answered. A larger weight does lift it, and so does group DRO.
  @Test func weightsLiftTheWeakGroupAndABaselineAcrossGroupsDoesNot() throws {
    let own = try Self.outcome([("advantage_baseline", "reference")])
    let across = try Self.outcome([("advantage_baseline", "across_groups")])
    let weighted = try Self.outcome([("group_weights", "1,1,3")])
    let robust = try Self.outcome([("group_weights", "dro")])
    #expect(abs(across.reward - own.reward) < 0.1)
    #expect(across.mass < -3)
    #expect(abs(own.mass) < 1.5)
    #expect(abs(weighted.mass) < 1e-9)
    #expect(weighted.reward > max(own.reward, across.reward) + 0.2)
    #expect(robust.reward > max(own.reward, across.reward) + 0.1)
    #expect(weighted.spread < own.spread - 0.2)
    #expect(robust.spread < own.spread - 0.2)
  }

  /// Why: a baseline that the sample has no part in does not change the expected gradient, whoever's mean it is; it
  /// changes how far single estimates are from it.
  @Test func theBaselineChangesTheVarianceAndNotTheMean() throws {
    func gradients(_ baseline: String) throws -> (mean: [Double], variance: Double, exact: [Double]) {
      let options = [
        ("advantage_baseline", baseline), ("num_total_batches", "1"), ("num_iterations", "1"),
        ("generation_batch_size", "128"), ("num_generations", "32"),
      ]
      let seeds = 20
      var rows: [[Double]] = []
      var exact: [Double] = []
      for seed in 0..<seeds {
        let trace = try Self.trace(options, seed: seed)
        let end = trace.beats.count - 1
        // Row 2: what young users are answered first. dr_grpo divides by max_completion_length.
        rows.append(try (0..<8).map { 3 * (try #require(trace.value(.sampledGradient, Self.weak, $0, at: end))) })
        exact = try (0..<8).map { try #require(trace.value(.exactGradient, Self.weak, $0, at: end)) }
      }
      let mean = (0..<8).map { b in rows.reduce(0) { $0 + $1[b] } / Double(seeds) }
      let variance = rows.reduce(0) { sum, row in
        sum + zip(row, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(seeds)
      }
      return (mean, variance, exact)
    }
    func cosine(_ a: [Double], _ b: [Double]) -> Double {
      func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    }
    let own = try gradients("reference")
    let across = try gradients("across_groups")
    let (ownCosine, acrossCosine) = (cosine(own.mean, own.exact), cosine(across.mean, across.exact))
    #expect(ownCosine > 0.95)
    #expect(acrossCosine > 0.9)
    #expect(across.variance > 1.1 * own.variance)
  }

  @Test func theReportAgreesWithTheExactReward() throws {
    let trace = try Self.trace([("num_total_batches", "2")], seed: 1)
    let end = trace.beats.count - 1
    let after = (0..<3).map { trace.value(.groupRewardAfter, $0, at: end) ?? .nan }
    // Two prompts in four are technical.
    let whole = (2 * after[0] + after[1] + after[2]) / 4
    #expect(abs(whole - (GRPOSimulationTests.series(.exactReward, in: trace).last ?? .nan)) < 1e-12)
    #expect(trace.value(.worstGroupReward, at: end) == after.min())
    #expect(trace.glossary.text(TermKey(.groupRewardAfter, 2)) == "group_reward_after[young]")
  }

  @Test func likesCanBeAskedWhatIf() throws {
    let scenario = try GRPOSimulationTests.scenario(name: "grpo-user-groups")
    let key = TermKey(.like, 2, 4)
    let before = scenario.record()
    let after = scenario.record(overrides: [Override(key: key, occurrence: 0, value: 1)])
    let (a, b) = (
      GRPOSimulationTests.series(.groupRewardAfter, 2, in: before),
      GRPOSimulationTests.series(.groupRewardAfter, 2, in: after)
    )
    #expect(b[b.count - 1] > a[a.count - 1] + 0.5)
  }
}
