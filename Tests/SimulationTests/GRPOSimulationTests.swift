import Autodiff
import Objectives
import Recording
import Simulation
import Testing

@Suite struct GRPOSimulationTests {
  static func scenario(
    _ options: [(String, String)] = [], name: String = "grpo", seed: UInt64 = 3
  ) throws -> Scenario {
    var scenario = try #require(Scenario.builtIn.first { $0.name == name })
    scenario.seed = seed
    for (name, value) in options { try scenario.settings.set(name, to: value, for: .grpo) }
    #expect(scenario.problem == nil)
    return scenario
  }

  static func series(_ quantity: Quantity, _ i: Int = -1, in trace: Trace) -> [Double] {
    trace.occurrences(of: TermKey(quantity, i)).map { trace.value($0) }
  }

  // MARK: What the scenario is there to show

  @Test func theFirstLossIsZeroAndItsGradientIsNot() throws {
    let trace = try Self.scenario().record()
    #expect(abs(Self.series(.loss, in: trace)[0]) < 1e-15)
    #expect(Self.series(.gradNorm, in: trace)[0] > 0.01)
  }

  @Test func aGroupWithoutSpreadTeachesNothing() throws {
    let trace = try Self.scenario([("num_total_batches", "1"), ("num_iterations", "1"), ("beta", "0")]).record()
    let end = trace.beats.count - 1
    let flat = (0..<4).filter { trace.value(.groupStd, $0, at: end) == 0 }
    #expect(flat == [0])
    for i in 0..<4 { #expect(trace.value(.advantage, i, at: end) == 0) }
    // The rows of the table after the first prompt.
    for a in 0..<4 { for b in 0..<5 { #expect(trace.value(.policyGradient, a, b, at: end) == 0) } }
    #expect(trace.value(.metric, Metric.zeroStdFraction.rawValue, at: end) == 0.25)
  }

  @Test func accuracyRises() throws {
    for seed in UInt64(1)...4 {
      let accuracy = Self.series(.exactReward, in: try Self.scenario(seed: seed).record())
      #expect(accuracy.count == 7)
      #expect(accuracy[6] > accuracy[0] + 0.15, "seed \(seed): \(accuracy)")
    }
  }

  // MARK: Gradients

  static let variations: [[(String, String)]] = [
    [], [("loss_type", "dapo"), ("epsilon_high", "0.28"), ("num_mini_batches", "3")],
    [("loss_type", "dr_grpo"), ("advantage_estimator", "rloo"), ("entropy_coef", "0.02"), ("temperature", "0.8")],
    [("loss_type", "cispo"), ("epsilon_high", "1.5"), ("beta", "0.2"), ("use_bias_correction_kl", "true")],
    [("loss_type", "sapo"), ("advantage_estimator", "reinforce_plus_plus"), ("soft_punish_cache", "2")],
    [("loss_type", "luspo"), ("importance_sampling_level", "sequence"), ("scale_rewards", "batch")],
    [("top_entropy_quantile", "0.5"), ("off_policy_mask_threshold", "0.01"), ("delta", "1.5")],
    [("mask_truncated_completions", "true"), ("max_completion_length", "2"), ("dynamic_sampling", "true")],
    [("loss_type", "bnpo"), ("group_weights", "1,2,0.5"), ("advantage_baseline", "ema")],
  ]

  @Test(arguments: variations.indices)
  func everyLogitsGradientIsACentralDifference(number: Int) throws {
    let options = [("num_total_batches", "2")] + Self.variations[number]
    let trace = try Self.scenario(options, seed: UInt64(100 + number)).record()
    var live = 0
    for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
      for a in 0..<16 {
        for b in 0..<5 {
          guard let term = trace.term(TermKey(.policyLogit, a, b), at: trace.terms[update.term].beat) else { continue }
          let gradient = update.gradient[trace.scalar(term)]
          let check = trace.finiteDifference(of: update.term, by: term)
          let isClose = abs(gradient - check.derivative) <= 1e-6 * max(abs(gradient), 1e-2)
          #expect(isClose, "\(trace.text(term)): \(gradient), not \(check.derivative)")
          if gradient != 0 { live += 1 }
        }
      }
    }
    #expect(live > 30)
  }

  /// Leave-one-out baselines, sums over tokens and no KL: the sampled gradient is then an unbiased estimate.
  @Test func theSampledGradientApproachesTheExactOne() throws {
    let options = [
      ("loss_type", "dr_grpo"), ("advantage_estimator", "rloo"), ("scale_rewards", "none"), ("beta", "0"),
      ("generation_batch_size", "128"), ("num_generations", "32"), ("num_total_batches", "1"), ("num_iterations", "1"),
    ]
    let seeds = 24
    var mean = [Double](repeating: 0, count: 80)
    var exact = mean
    for seed in 0..<seeds {
      let trace = try Self.scenario(options, seed: UInt64(seed)).record()
      let end = trace.beats.count - 1
      for index in 0..<80 {
        exact[index] = try #require(trace.value(.exactGradient, index / 5, index % 5, at: end))
        // dr_grpo divides by max_completion_length.
        mean[index] += 4 * (try #require(trace.value(.sampledGradient, index / 5, index % 5, at: end))) / Double(seeds)
      }
    }
    let dot = zip(mean, exact).reduce(0) { $0 + $1.0 * $1.1 }
    let lengths = [mean, exact].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    #expect(dot / (lengths[0] * lengths[1]) > 0.99)
    #expect(abs(lengths[0] / lengths[1] - 1) < 0.06)
  }

  @Test func theExactGradientIsTheDifferenceOfTheExactObjective() throws {
    let scenario = try Self.scenario([
      ("num_total_batches", "1"), ("beta", "0.3"), ("temperature", "0.8"), ("soft_punish_cache", "2"),
    ])
    let trace = scenario.record()
    func objective(_ a: Int, _ b: Int, _ change: Double) throws -> Double {
      let key = TermKey(.policyLogit, a, b)
      let value = trace.value(trace.occurrences(of: key)[0]) + change
      let changed = scenario.record(overrides: [Override(key: key, occurrence: 0, value: value)])
      return try #require(Self.series(.exactObjective, in: changed).first)
    }
    for (a, b) in [(15, 1), (13, 0), (0, 4)] {
      let difference = try (objective(a, b, 1e-4) - objective(a, b, -1e-4)) / 2e-4
      let exact = try #require(trace.value(.exactGradient, a, b, at: trace.beats.count - 1))
      #expect(abs(difference - exact) < 1e-6 * max(1, abs(exact)))
    }
  }

  // MARK: Options of the rollout

  @Test func dynamicSamplingLeavesNoGroupWithoutSpread() throws {
    let trace = try Self.scenario([("dynamic_sampling", "true"), ("max_num_gen_batches", "100")]).record()
    for g in 0..<4 { for std in Self.series(.groupStd, g, in: trace) { #expect(std > 0) } }
    #expect(trace.stages.contains { $0.name == "dynamic-sampling" })
  }

  @Test func dynamicSamplingGivesUpAtItsLimit() throws {
    let options = [("dynamic_sampling", "true"), ("max_num_gen_batches", "2"), ("num_total_batches", "1")]
    let trace = try Self.scenario(options).record()
    #expect(Self.series(.discardedReward, 0, in: trace).count == 1)
  }

  @Test func longAnswersArePunishedSoftly() throws {
    let trace = try Self.scenario([("soft_punish_cache", "2"), ("num_total_batches", "1")]).record()
    let end = trace.beats.count - 1
    let expected = [0.0, 0, 0, -0.5, -1]
    var seen: Set<Int> = []
    for i in 0..<16 {
      let count = (0..<4).count { trace.value(.token, i, $0, at: end) != nil }
      seen.insert(count)
      #expect(trace.value(.overlongPenalty, i, at: end) == expected[count])
      let score = try #require(trace.value(.score, i, at: end))
      #expect(trace.value(.reward, i, at: end) == score + expected[count])
    }
    #expect(seen.contains(4))
  }

  @Test func optionsThatDoNotGoTogetherAreRefused() throws {
    var source = Source.scenario(try Self.scenario())
    for (name, value) in [
      ("num_generations", "3"), ("max_completion_length", "65"), ("num_mini_batches", "17"), ("group_weights", "1,,2"),
      ("group_weights", "0"), ("group_weights", "1,-1"),
    ] {
      #expect(throws: OptionError.self) { try source.set(name, to: value) }
    }
    try source.set("group_weights", to: "1,2.5")
    #expect(source.settings.choice(.groupWeights) == "1,2.5")
  }
}
