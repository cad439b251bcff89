import Autodiff
import Objectives
import Recording
import Simulation
import Testing

/// Every loss of GRPO's and DPO's families against finite differences, on random batches.
@Suite struct ObjectiveGradientTests {
  /// What is said to be learned token by token is what the loss depends on.
  @Test(arguments: Scenario.builtIn)
  func lossesDependOnWhatIsLearnedByToken(scenario: Scenario) throws {
    let trace = scenario.record()
    let learned = trace.learnedByToken
    // A reward model has scores of whole responses.
    #expect(learned.isEmpty == (scenario.algorithm.material == .pairs && scenario.algorithm.has(.rewardModel)))
    let losses = trace.differentiations.filter { trace.quantity(of: $0.term) == .loss }
    for quantity in learned {
      let terms = trace.terms.indices.filter { trace.quantity(of: $0) == quantity }
      #expect(losses.contains { loss in terms.contains { loss.gradient[trace.scalar($0)] != 0 } }, "\(quantity.name)")
    }
  }

  static let groupOptions: [[(Option, OptionValue)]] = [
    [],
    [(.groupBeta, .number(0.1)), (.entropyCoef, .number(0.02))],
    [(.groupBeta, .number(0.1)), (.biasCorrectionKL, .flag(true)), (.delta, .number(1.1))],
    [(.importanceSamplingLevel, .choice("sequence"))],
    [
      (.importanceSamplingLevel, .choice("sequence")), (.groupBeta, .number(0.1)), (.biasCorrectionKL, .flag(true)),
    ],
    [(.topEntropyQuantile, .number(0.4)), (.entropyCoef, .number(0.1)), (.offPolicyMaskThreshold, .number(0.02))],
    [(.maskTruncated, .flag(true)), (.entropyCoef, .number(0.1)), (.epsilonHigh, .number(0.9))],
    [(.groupBeta, .number(0.1)), (.groupKLEstimator, .choice("k1"))],
    [(.groupBeta, .number(0.1)), (.groupKLEstimator, .choice("k2")), (.klLogRatioClamp, .number(0.2))],
    [(.groupBeta, .number(0.1)), (.klLogRatioClamp, .number(0.3)), (.klClamp, .number(0.03))],
    [(.scaleEpsilon, .number(1e-6)), (.cispoMinimum, .number(0.9)), (.epsilonHigh, .number(1.1))],
    [(.advantageBaseline, .choice("across_groups"))],
    [(.advantageBaseline, .choice("pooled")), (.scaleRewards, .choice("batch"))],
    [(.samplerMode, .choice("token_truncate")), (.samplerMaximum, .number(1.2)), (.samplerMinimum, .number(0.8))],
    [(.samplerMode, .choice("token_mask")), (.samplerMaximum, .number(1.2)), (.groupBeta, .number(0.1))],
    [(.rolloutIS, .choice("sequence")), (.rolloutRS, .choice("token")), (.rolloutRSThreshold, .number(1.3))],
    [
      (.rolloutRS, .choice("geometric")), (.rolloutRSThreshold, .number(1.2)), (.offPolicyMaskThreshold, .number(0.02)),
    ],
    [(.clipCovRatio, .number(0.3)), (.clipCovMinimum, .number(-1)), (.klCovRatio, .number(0.3))],
  ]

  @Test(arguments: GroupLoss.all.map(\.name), groupOptions.indices)
  func groupLosses(loss: String, options: Int) throws {
    for seed in 0..<3 {
      var settings = Settings()
      try settings.set(.groupLoss, to: .choice(loss))
      for (option, value) in Self.groupOptions[options] { try settings.set(option, to: value) }
      let groups = Self.groups(seed: UInt64(seed), hasSampler: seed > 0)
      let batch = Batch(title: "", settings: settings, contents: .groups(groups))
      expectGradients(of: [.logp, .entropy], in: batch.record(), "seed \(seed)")
    }
  }

  static let ppoOptions: [[(Option, OptionValue)]] = [
    [],
    [(.aggregation, .choice("seq-mean-token-sum")), (.valueAggregation, .choice("seq-mean-token-mean"))],
    [(.aggregation, .choice("seq-mean-token-sum-norm")), (.valueAggregation, .choice("seq-mean-token-sum-norm"))],
    [
      (.aggregation, .choice("seq-mean-token-sum-norm")), (.lossScaleFactor, .number(7)), (.entropyCoef, .number(0.05)),
    ],
    [(.dualClip, .number(1.5)), (.cliprangeHigh, .number(0.4)), (.logRatioClamp, .number(0.3))],
    [(.cliprangeValue, .none), (.whitenAdvantages, .flag(false)), (.whitenRewards, .flag(true))],
    [
      (.whitenScope, .choice("minibatch")), (.whitenDegrees, .integer(0)), (.gamma, .number(0.9)), (.lam, .number(0.8)),
    ],
    [(.rolloutIS, .choice("token")), (.rolloutISThreshold, .number(1.1))],
    [(.rolloutIS, .choice("sequence")), (.dualClip, .number(1.5))],
    [(.rolloutRS, .choice("token")), (.rolloutRSThreshold, .number(1.2)), (.entropyCoef, .number(0.02))],
    [
      (.rolloutRS, .choice("sequence")), (.rolloutRSThreshold, .number(1.2)), (.rolloutIS, .choice("token")),
      (.useKLLoss, .flag(true)), (.whitenScope, .choice("minibatch")),
    ],
    [(.rolloutRS, .choice("geometric")), (.rolloutRSThreshold, .number(1.05)), (.whitenRewards, .flag(true))],
  ]

  @Test(arguments: ppoOptions.indices, ["k1", "k2", "k3"])
  func proximalLosses(options: Int, estimator: String) throws {
    for seed in 0..<2 {
      for bounds in [[], [(Option.klLogRatioClamp, OptionValue.number(0.25)), (.klClamp, .number(0.04))]] {
        var settings = Settings()
        try settings.set(.klEstimator, to: .choice(estimator))
        try settings.set(.useKLLoss, to: .flag(options % 2 == 0))
        try settings.set(.klCoef, to: .number(0.3))
        for (option, value) in Self.ppoOptions[options] + bounds { try settings.set(option, to: value) }
        let batch = Batch(title: "", settings: settings, contents: .responses(Self.sequences(seed: UInt64(seed))))
        expectGradients(of: [.logp, .value, .entropy], in: batch.record(), "seed \(seed)")
      }
    }
  }

  /// k3+ is worth what k3 is and pulls as k2 does.
  @Test func theStraightThroughEstimatorHasTheGradientOfK2() throws {
    func record(_ estimator: String) throws -> Trace {
      var settings = Settings()
      try settings.set(.groupBeta, to: .number(0.3))
      try settings.set(.groupKLEstimator, to: .choice(estimator))
      return Batch(title: "", settings: settings, contents: .groups(Self.groups(seed: 5))).record()
    }
    let (plus, k2, k3) = (try record("k3+"), try record("k2"), try record("k3"))
    let end = plus.beats.count - 1
    for i in 0..<6 {
      #expect(plus.value(.kl, i, 0, at: end) == k3.value(.kl, i, 0, at: k3.beats.count - 1), "seed 5")
      func gradient(_ trace: Trace) -> Double? { Oracle.number("grad(logp[\(i),0])", in: trace) }
      let (own, other) = (try #require(gradient(plus)), try #require(gradient(k2)))
      #expect(abs(own - other) < 1e-15 && own != gradient(k3), "seed 5")
    }
  }

  @Test(arguments: [0, 0.7, -0.3])
  func rewardMargins(margin: Double) throws {
    var settings = Settings()
    try settings.set(.rewardMargin, to: .number(margin))
    let pairs = Self.scoredPairs(seed: 3)
    let trace = Batch(title: "", settings: settings, contents: .scoredPairs(pairs)).record()
    expectGradients(of: [.chosenScore, .rejectedScore], in: trace, "seed 3")
    let expected = pairs.map { pair in
      let margin = pair.chosen.score - pair.rejected.score - margin
      let centering = 0.01 * (pair.chosen.score + pair.rejected.score) * (pair.chosen.score + pair.rejected.score)
      return -Elementary.logSigmoid(margin) + centering
    }
    let mean = expected.reduce(0) { $0 + $1 } / 4
    #expect(abs(try #require(Oracle.number("loss", in: trace)) - mean) < 1e-14)
  }

  @Test(arguments: PreferenceLoss.all.map(\.name), PreferenceDivergence.allCases.map(\.rawValue))
  func preferenceLosses(loss: String, divergence: String) throws {
    for seed in 0..<3 {
      var settings = Settings()
      try settings.set(.preferenceLoss, to: .choice(loss))
      try settings.set(.divergence, to: .choice(divergence))
      try settings.set(.preferenceBeta, to: .number(0.4))
      try settings.set(.labelSmoothing, to: .number(0.1))
      if seed == 1 { try settings.set(.lengthDesensitizing, to: .number(0.3)) }
      let batch = Batch(title: "", settings: settings, contents: .pairs(Self.pairs(seed: UInt64(seed))))
      guard Batch.preferenceProblem(settings) == nil else { continue }
      expectGradients(of: [.chosenLogp, .rejectedLogp], in: batch.record(), "seed \(seed)")
    }
  }

  static let pairOptions: [[(Option, OptionValue)]] = [
    [(.preferenceLoss, .choice("sigmoid,bco_pair,sft")), (.lossWeights, .choice("0.8,0.2,1"))],
    [(.preferenceLoss, .choice("simpo,orpo")), (.lossWeights, .choice("2,0.5"))],
    [(.preferenceLoss, .choice("aot,ipo")), (.ipoAverage, .choice("sum"))],
    [(.preferenceLoss, .choice("exo_pair,hinge")), (.labelSmoothing, .number(0.1)), (.preferenceMargin, .number(0.3))],
    [(.preferenceLoss, .choice("cdpo")), (.pairWeighting, .flag(true)), (.divergence, .choice("js_divergence"))],
    [(.preferenceLoss, .choice("ipo,kto_pair")), (.pairWeighting, .flag(true)), (.lengthDesensitizing, .number(0.5))],
    [(.lossWeights, .choice("0.25")), (.preferenceMargin, .number(-1)), (.divergence, .choice("forward_kl"))],
  ]

  /// Several losses at once, weighed pairs, margins that are asked for. What weighs a pair is held constant.
  @Test(arguments: pairOptions.indices)
  func sumsOfPreferenceLosses(options: Int) throws {
    for seed in 0..<3 {
      var settings = Settings()
      for (option, value) in Self.pairOptions[options] { try settings.set(option, to: value) }
      #expect(Batch.preferenceProblem(settings) == nil)
      let batch = Batch(title: "", settings: settings, contents: .pairs(Self.pairs(seed: UInt64(seed))))
      #expect(batch.problem == nil)
      let isWeighted = settings.flag(.pairWeighting)
      let trace = batch.record()
      if !isWeighted { expectGradients(of: [.chosenLogp, .rejectedLogp], in: trace, "seed \(seed)") }
      guard isWeighted else { continue }
      // Each pair's gradient is that of the same pair without a weight, times its weight.
      var plain = batch
      try plain.settings.set(.pairWeighting, to: .flag(false))
      let other = plain.record()
      for i in 0..<4 {
        let weight = try #require(Oracle.number("pair_weight[\(i)]", in: trace))
        let own = try #require(Oracle.number("grad(chosen_logp[\(i),0])", in: trace))
        let unweighted = try #require(Oracle.number("grad(chosen_logp[\(i),0])", in: other))
        #expect(
          abs(own - weight * unweighted) < 1e-12 || settings.choice(.preferenceLoss).contains("kto"), "seed \(seed)")
      }
    }
  }

  private func expectGradients(of quantities: [Quantity], in trace: Trace, _ note: String) {
    let end = trace.beats.count - 1
    guard let loss = trace.term(TermKey(.loss), at: end) else {
      Issue.record("there is no loss")
      return
    }
    #expect(trace.value(loss).isFinite)
    for term in trace.terms.indices where quantities.contains(trace.quantity(of: term)) {
      let gradient = trace.gradient(of: term, at: end) ?? 0
      let difference = trace.finiteDifference(of: loss, by: term).derivative
      #expect(abs(gradient - difference) <= 1e-8 + 1e-6 * abs(gradient), "\(note), \(trace.text(term))")
    }
  }

  // MARK: Random batches

  /// - Parameter hasSampler: Whether another engine sampled, and a tool wrote one of the tokens.
  static func groups(seed: UInt64, hasSampler: Bool = false) -> Batch.GroupBatch {
    let sequences = (0..<6).map { i in
      var random = RandomStream(seed: seed, purpose: 1, UInt32(i))
      let count = 1 + random.below(5)
      let old = (0..<count).map { _ in -0.2 - 2 * random.uniform() }
      var sequence = Batch.GroupBatch.Sequence(
        prompt: "", tokens: old.map { _ in "a" }, group: i % 2, reward: random.normal(),
        logp: old.map { $0 + 0.3 * random.normal() }, oldLogp: old, refLogp: old.map { $0 + 0.3 * random.normal() },
        entropy: old.map { _ in random.uniform() }, isTruncated: i == 4)
      if hasSampler {
        sequence.samplingLogp = old.map { min(-0.01, $0 + 0.4 * random.normal()) }
        sequence.lossMask = old.indices.map { $0 != 1 }
      }
      return sequence
    }
    return Batch.GroupBatch(sequences: sequences, groups: [.init(name: "even"), .init(name: "odd", weight: 2)])
  }

  static func sequences(seed: UInt64) -> [Batch.PPOSequence] {
    (0..<4).map { i in
      var random = RandomStream(seed: seed, purpose: 3, UInt32(i))
      let count = 1 + random.below(5)
      let old = (0..<count).map { _ in -0.2 - 2 * random.uniform() }
      func near(_ x: [Double]) -> [Double] { x.map { $0 + 0.3 * random.normal() } }
      let values = old.map { _ in random.normal() }
      var sequence = Batch.PPOSequence(
        prompt: "", tokens: old.map { _ in "a" }, logp: near(old), oldLogp: old, refLogp: near(old),
        value: near(values),
        oldValue: values, score: random.normal(), entropy: old.map { _ in random.uniform() },
        isTruncated: i == 1)
      sequence.samplingLogp = near(old)
      return sequence
    }
  }

  static func scoredPairs(seed: UInt64) -> [Batch.RewardPair] {
    (0..<4).map { i in
      var random = RandomStream(seed: seed, purpose: 4, UInt32(i))
      return Batch.RewardPair(
        prompt: "", chosen: .init(tokens: ["a"], score: random.normal()),
        rejected: .init(tokens: ["b"], score: random.normal()))
    }
  }

  static func pairs(seed: UInt64) -> [Batch.Pair] {
    func response(_ random: inout RandomStream) -> Batch.PairResponse {
      let count = 1 + random.below(5)
      let logp = (0..<count).map { _ in -0.1 - random.uniform() }
      return Batch.PairResponse(
        tokens: logp.map { _ in "a" }, logp: logp, refLogp: logp.map { $0 + 0.3 * random.normal() },
        logSumSquares: logp.map { _ in -0.1 - 2 * random.uniform() })
    }
    return (0..<4).map { i in
      var random = RandomStream(seed: seed, purpose: 2, UInt32(i))
      return Batch.Pair(prompt: "", chosen: response(&random), rejected: response(&random))
    }
  }
}
