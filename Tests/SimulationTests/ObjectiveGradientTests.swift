import Autodiff
import Objectives
import Recording
import Simulation
import Testing

/// Every loss of GRPO's and DPO's families against finite differences, on random batches.
@Suite struct ObjectiveGradientTests {
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
  ]

  @Test(arguments: GroupLoss.all.map(\.name), groupOptions.indices)
  func groupLosses(loss: String, options: Int) throws {
    for seed in 0..<3 {
      var settings = Settings()
      try settings.set(.groupLoss, to: .choice(loss))
      for (option, value) in Self.groupOptions[options] { try settings.set(option, to: value) }
      let batch = Batch(title: "", settings: settings, contents: .groups(Self.groups(seed: UInt64(seed))))
      expectGradients(of: [.logp, .entropy], in: batch.record())
    }
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
      expectGradients(of: [.chosenLogp, .rejectedLogp], in: batch.record())
    }
  }

  private func expectGradients(of quantities: [Quantity], in trace: Trace) {
    let end = trace.beats.count - 1
    guard let loss = trace.term(TermKey(.loss), at: end) else {
      Issue.record("there is no loss")
      return
    }
    #expect(trace.value(loss).isFinite)
    for term in trace.terms.indices where quantities.contains(trace.quantity(of: term)) {
      let gradient = trace.gradient(of: term, at: end) ?? 0
      let difference = trace.finiteDifference(of: loss, by: term).derivative
      #expect(abs(gradient - difference) <= 1e-8 + 1e-6 * abs(gradient), "\(trace.text(term))")
    }
  }

  // MARK: Random batches

  static func groups(seed: UInt64) -> Batch.GroupBatch {
    let sequences = (0..<6).map { i in
      var random = RandomStream(seed: seed, purpose: 1, UInt32(i))
      let count = 1 + random.below(5)
      let old = (0..<count).map { _ in -0.2 - 2 * random.uniform() }
      return Batch.GroupBatch.Sequence(
        prompt: "", tokens: old.map { _ in "a" }, group: i % 2, reward: random.normal(),
        logp: old.map { $0 + 0.3 * random.normal() }, oldLogp: old, refLogp: old.map { $0 + 0.3 * random.normal() },
        entropy: old.map { _ in random.uniform() }, isTruncated: i == 4)
    }
    return Batch.GroupBatch(sequences: sequences, groups: [.init(name: "even"), .init(name: "odd", weight: 2)])
  }

  static func pairs(seed: UInt64) -> [Batch.Pair] {
    func response(_ random: inout RandomStream) -> Batch.PairResponse {
      let count = 1 + random.below(5)
      let logp = (0..<count).map { _ in -0.1 - random.uniform() }
      return Batch.PairResponse(
        tokens: logp.map { _ in "a" }, logp: logp, refLogp: logp.map { $0 + 0.3 * random.normal() })
    }
    return (0..<4).map { i in
      var random = RandomStream(seed: seed, purpose: 2, UInt32(i))
      return Batch.Pair(prompt: "", chosen: response(&random), rejected: response(&random))
    }
  }
}
