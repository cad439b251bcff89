import Autodiff
import Objectives
import Recording
import Simulation
import Testing

@Suite struct PPOSimulationTests {
  static func scenario(_ options: [(String, String)] = [], seed: UInt64 = 7) throws -> Scenario {
    var scenario = Scenario.builtIn[0]
    scenario.seed = seed
    for (name, value) in options { try scenario.settings.set(name, to: value, for: .ppo) }
    return scenario
  }

  static func series(_ quantity: Quantity, in trace: Trace) -> [Double] {
    trace.occurrences(of: TermKey(quantity)).map { trace.value($0) }
  }

  // MARK: Gradients

  /// Options that switch on every part of the loss, in random scenarios.
  static let variations: [[(String, String)]] = [
    [], [("entropy_coef", "0.02")], [("use_kl_loss", "true"), ("kl_estimator", "k2"), ("kl_coef", "0.3")],
    [("use_kl_loss", "true"), ("kl_estimator", "k3"), ("kl_coef", "0.3"), ("temperature", "0.7")],
    [("use_kl_loss", "true"), ("kl_estimator", "exact"), ("loss_agg_mode", "seq-mean-token-mean")],
    [("clip_ratio_c", "1.5"), ("cliprange_high", "0.4"), ("loss_agg_mode", "seq-mean-token-sum")],
    [("cliprange_value", "none"), ("score_position", "after_last"), ("log_ratio_clamp", "0.1")],
    [("whiten_scope", "minibatch"), ("whiten_rewards", "true"), ("score_position", "last_column")],
  ]

  @Test(arguments: variations.indices)
  func everyParametersGradientIsACentralDifference(number: Int) throws {
    var options = Self.variations[number]
    options.append(("num_total_batches", "2"))
    let trace = try Self.scenario(options, seed: UInt64(100 + number)).record()
    var checked = 0
    for quantity in [Quantity.policyLogit, .criticValue] {
      for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
        let beat = trace.terms[update.term].beat
        for a in 0..<8 {
          for b in quantity == .policyLogit ? 0..<8 : -1..<0 {
            guard let term = trace.term(TermKey(quantity, a, b), at: beat) else { continue }
            let gradient = update.gradient[trace.scalar(term)]
            let check = trace.finiteDifference(of: update.term, by: term)
            let error = abs(gradient - check.derivative)
            let isClose = error <= 1e-6 * max(abs(gradient), 1e-3)
            #expect(isClose, "\(trace.text(term)): \(gradient), not \(check.derivative)")
            checked += 1
          }
        }
      }
    }
    #expect(checked > 8 * 60)
  }

  @Test func theFirstMinibatchHasRatioOne() throws {
    let trace = try Self.scenario().record()
    let stage = try #require(trace.stages.first { $0.name == "ratio" })
    for beat in stage.beats {
      for term in trace.beats[beat].terms where trace.quantity(of: term) == .ratio { #expect(trace.value(term) == 1) }
    }
  }

  // MARK: The sampler

  @Test func sampledTokensHaveTheirProbabilities() throws {
    let scenario = try Self.scenario([("batch_size", "256"), ("num_total_batches", "1"), ("learning_rate", "0")])
    var counts = [Double](repeating: 0, count: 8)
    var total = 0.0
    var probabilities: [Double] = []
    for seed in UInt64(0)..<8 {
      var scenario = scenario
      scenario.seed = seed
      let trace = scenario.record()
      let end = trace.beats.count - 1
      probabilities = (0..<8).map { trace.value(.probabilityBefore, 2, $0, at: end) ?? 0 }
      for i in stride(from: 0, to: 256, by: 2) {
        counts[Int(trace.value(.token, i, 0, at: end) ?? 0)] += 1
        total += 1
      }
    }
    for token in 0..<8 {
      let deviation = (probabilities[token] * (1 - probabilities[token]) / total).squareRoot()
      #expect(abs(counts[token] / total - probabilities[token]) < 4 * deviation, "token \(token)")
    }
  }

  @Test func theDrawLiesWithinTheTokensInterval() throws {
    let trace = try Self.scenario().record()
    for term in trace.occurrences(of: TermKey(.draw, 0, 0)) {
      let beat = trace.terms[term].beat
      let draw = trace.value(term)
      #expect(try #require(trace.value(.cumulativeLow, 0, 0, at: beat)) <= draw)
      #expect(try #require(trace.value(.cumulativeHigh, 0, 0, at: beat)) > draw)
    }
  }

  // MARK: Exact values

  /// With the unbiased form of every part, the mean of sampled gradients is the exact gradient.
  @Test func theSampledGradientApproachesTheExactOne() throws {
    let options = [
      ("whiten_advantages", "false"), ("lam", "1"), ("loss_agg_mode", "seq-mean-token-sum"), ("batch_size", "128"),
      ("num_total_batches", "1"), ("num_ppo_epochs", "1"), ("num_mini_batches", "1"), ("kl_coef", "0.2"),
      ("missing_eos_penalty", "0.5"),
    ]
    var mean = [Double](repeating: 0, count: 56)
    var exact = mean
    let seeds = 60
    for seed in 0..<seeds {
      let trace = try Self.scenario(options, seed: UInt64(seed)).record()
      let end = trace.beats.count - 1
      for index in 0..<56 {
        exact[index] = try #require(trace.value(.exactGradient, index / 8, index % 8, at: end))
        mean[index] += try #require(trace.value(.sampledGradient, index / 8, index % 8, at: end)) / Double(seeds)
      }
    }
    let dot = zip(mean, exact).reduce(0) { $0 + $1.0 * $1.1 }
    let lengths = [mean, exact].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    #expect(dot / (lengths[0] * lengths[1]) > 0.995)
    #expect(abs(lengths[0] / lengths[1] - 1) < 0.05)
  }

  @Test func theExactGradientIsTheDifferenceOfTheExactObjective() throws {
    let scenario = try Self.scenario([("num_total_batches", "1"), ("kl_coef", "0.3"), ("temperature", "0.8")])
    let trace = scenario.record()
    func objective(_ a: Int, _ b: Int, _ change: Double) throws -> Double {
      let key = TermKey(.policyLogit, a, b)
      let value = trace.value(trace.occurrences(of: key)[0]) + change
      let changed = scenario.record(overrides: [Override(key: key, occurrence: 0, value: value)])
      return try #require(Self.series(.exactObjective, in: changed).first)
    }
    for (a, b) in [(2, 3), (2, 6), (6, 4), (1, 2)] {
      let difference = try (objective(a, b, 1e-4) - objective(a, b, -1e-4)) / 2e-4
      let exact = try #require(trace.value(.exactGradient, a, b, at: trace.beats.count - 1))
      #expect(abs(difference - exact) < 1e-6 * max(1, abs(exact)))
    }
  }

  @Test func learningRaisesTheExactObjectiveTowardsTheOptimum() throws {
    let trace = try Self.scenario([("num_total_batches", "12"), ("batch_size", "32"), ("kl_coef", "0.3")]).record()
    let objective = Self.series(.exactObjective, in: trace)
    let optimum = Self.series(.optimumObjective, in: trace)
    #expect(objective.count == 13)
    #expect(objective[12] > objective[0] + 0.5)
    for (value, best) in zip(objective, optimum) { #expect(value <= best) }
    let distance = Self.series(.optimumKL, in: trace)
    #expect(try #require(distance.last) < distance[0])
  }

  /// What PPO was made against: two samples used thirty times with large steps, and nothing that holds the ratio.
  @Test func withoutTheClipTheRewardFallsOffACliff() throws {
    let options = [
      ("batch_size", "2"), ("num_mini_batches", "1"), ("num_ppo_epochs", "30"), ("optim", "sgd"),
      ("learning_rate", "30"), ("max_grad_norm", "none"), ("kl_coef", "0.1"),
    ]
    var rewards = ["0.2": 0.0, "1000000": 0.0]
    var start = 0.0
    let seeds = 6
    for cliprange in rewards.keys {
      for seed in 0..<seeds {
        let trace = try Self.scenario(options + [("cliprange", cliprange)], seed: UInt64(seed)).record()
        let series = Self.series(.exactReward, in: trace)
        start = series[0]
        rewards[cliprange, default: 0] += series[series.count - 1] / Double(seeds)
      }
    }
    #expect(try #require(rewards["0.2"]) > start + 0.3)
    #expect(try #require(rewards["1000000"]) < start)
  }

  /// With no penalty the policy repeats what scores and ends up far from any review; a penalty of 0.5 holds it.
  @Test func theKLPenaltyKeepsTheRewardFromBeingHacked() throws {
    let options = [("num_total_batches", "20"), ("batch_size", "32"), ("num_ppo_epochs", "4")]
    let hacked = try Self.scenario(options + [("kl_coef", "0")], seed: 0).record()
    let kept = try Self.scenario(options + [("kl_coef", "0.5")], seed: 0).record()
    let score = try #require(Self.series(.exactReward, in: hacked).last)
    #expect(score > 4.5)
    #expect(try #require(Self.series(.exactKL, in: hacked).last) > 10)
    #expect(try #require(Self.series(.exactKL, in: kept).last) < 3)
  }

  // MARK: What-ifs

  @Test func anOverrideChangesWhatFollowsAndNothingBefore() throws {
    let scenario = try Self.scenario()
    let before = scenario.record()
    let key = TermKey(.score, 1)
    let after = scenario.record(overrides: [Override(key: key, occurrence: 0, value: 3)])
    let changed = before.occurrences(of: key)[0]
    #expect(after.value(changed) == 3)
    #expect(after.terms[changed].computedNode != nil)
    for term in 0..<changed { #expect(before.value(term) == after.value(term)) }
    let loss = Self.series(.loss, in: before).first
    #expect(loss != Self.series(.loss, in: after).first)
    // The draws of other iterations and sequences stay as they were.
    #expect(Self.series(.draw, in: before) == Self.series(.draw, in: after))
  }

  @Test func aTokenCanBeForced() throws {
    let scenario = try Self.scenario()
    let trace = scenario.record(overrides: [Override(key: TermKey(.token, 0, 0), occurrence: 0, value: 5)])
    let beat = trace.terms[trace.occurrences(of: TermKey(.token, 0, 0))[0]].beat
    #expect(trace.tokenText(0, 0, at: beat) == "awful")
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    let (a, b) = (try Self.scenario().record(), try Self.scenario().record())
    #expect(a.terms.count == b.terms.count)
    for term in a.terms.indices { #expect(a.value(term).bitPattern == b.value(term).bitPattern) }
    let c = try Self.scenario(seed: 8).record()
    #expect(Self.series(.loss, in: a) != Self.series(.loss, in: c))
  }

  /// The sampled gradient is that of the loss, the KL term in it included: with one minibatch it is minus what moves.
  @Test(arguments: ["k2", "k3", "exact"])
  func theSampledGradientHasTheKLOfTheLoss(estimator: String) throws {
    let trace = try Self.scenario([
      ("use_kl_loss", "true"), ("kl_estimator", estimator), ("kl_coef", "0.5"), ("num_ppo_epochs", "1"),
      ("num_mini_batches", "1"),
    ]).record()
    for (a, b) in [(3, 4), (3, 5), (2, 3)] {
      let sampled = trace.occurrences(of: TermKey(.sampledGradient, a, b)).map { trace.value($0) }
      let moving = trace.occurrences(of: TermKey(.policyGradient, a, b)).map { trace.value($0) }
      #expect(sampled.count == moving.count && sampled.count > 1)
      for (x, y) in zip(sampled, moving) { #expect(abs(x + y) < 1e-12) }
    }
  }
}
