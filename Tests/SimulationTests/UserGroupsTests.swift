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
