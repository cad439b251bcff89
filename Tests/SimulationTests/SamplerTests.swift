import Autodiff
import Documents
import Objectives
import Recording
import Testing

@testable import Simulation

/// Responses that another engine samples than the policy, and what corrects for it.
@Suite struct SamplerTests {
  private static let logits = [[0.3, -1.2, 2.0, 0.1], [1.0, 1.0, -0.5, 0.4]]

  private static func settings(_ options: [(Option, OptionValue)]) throws -> Settings {
    var settings = Settings()
    for (option, value) in options { try settings.set(option, to: value) }
    return settings
  }

  @Test func thePolicyItselfNeedsNoEngine() throws {
    #expect(Sampler(Settings()) == nil)
    #expect(Sampler(try Self.settings([(.rolloutTemperature, .number(1))])) == nil)
    #expect(Sampler(try Self.settings([(.rolloutStaleness, .integer(1))])) != nil)
  }

  @Test(arguments: [
    [(Option.rolloutTemperature, OptionValue.number(2))], [(.rolloutTopP, .number(0.6))],
    [(.rolloutDtype, .choice("float8"))], [(.rolloutDtype, .choice("bfloat16")), (.rolloutTopP, .number(0.9))],
  ])
  func itsProbabilitiesAddUp(options: [(Option, OptionValue)]) throws {
    let sampler = try #require(Sampler(Self.settings(options)))
    for row in sampler.table(Self.logits) {
      #expect(abs(row.reduce(0) { $0 + Elementary.exp($1) } - 1) < 1e-12)
    }
  }

  /// The nucleus: the fewest of the likeliest tokens that together have top_p.
  @Test func topPKeepsTheLikeliest() throws {
    let sampler = try #require(Sampler(Self.settings([(.rolloutTopP, .number(0.6))])))
    let row = sampler.table(Self.logits)[0]
    let kept = row.indices.filter { row[$0] > -.infinity }
    #expect(kept == [2])  // e² of 0.3 + e^… has 0.72 of the whole
    let second = sampler.table(Self.logits)[1]
    #expect(second.indices.filter { second[$0] > -.infinity } == [0, 1])
  }

  /// A precision's numbers are exactly its own: 8 bits and 4, ties to even.
  @Test func fewerBitsRoundLogits() throws {
    func rounded(_ x: Double, _ type: String) throws -> Double {
      let sampler = try #require(Sampler(Self.settings([(.rolloutDtype, .choice(type))])))
      let row = sampler.table([[x, 0]])[0]
      return row[0] - row[1]
    }
    for x in [1.00390625, 1.2345, -3.1415926, 0.001] {
      let expected = Double(
        Float(bitPattern: (Float(x).bitPattern &+ 0x7fff &+ (Float(x).bitPattern >> 16 & 1)) & 0xffff_0000))
      #expect(abs(try rounded(x, "bfloat16") - expected) < 1e-12, "\(x)")
    }
    #expect(abs(try rounded(1.0625, "float8") - 1) < 1e-12)  // half-way between 1 and 1.125, to the even one
    #expect(abs(try rounded(1.19, "float8") - 1.25) < 1e-12)
    #expect(abs(try rounded(0.003, "float8") - 0.00390625) < 1e-12)  // the smallest steps are 2⁻⁹
    let sampler = try #require(Sampler(Self.settings([(.rolloutDtype, .choice("int8"))])))
    let row = sampler.table([[1.27, -0.503, 0.004, 0]])[0]  // steps of 0.01
    #expect(zip(row, [1.27, -0.5, 0, 0]).allSatisfy { abs($0 - row[3] - $1) < 1e-12 })
  }

  /// Under the engine the weights of whole responses make any expectation the policy's own, by exact enumeration.
  @Test func weightsMakeTheExpectationThePolicys() throws {
    let sampler = try #require(Sampler(Self.settings([(.rolloutTemperature, .number(1.7))])))
    let engine = sampler.table(Self.logits)
    let policy = Self.logits.map { row in
      let normalizer = logSum(row)
      return row.map { $0 - normalizer }
    }
    var (weighted, own, plain) = (0.0, 0.0, 0.0)
    for a in 0..<4 {
      for b in 0..<4 {
        let reward = Double(a * 3 + b * b)
        let q = Elementary.exp(engine[0][a] + engine[1][b])
        let p = Elementary.exp(policy[0][a] + policy[1][b])
        weighted += q * (p / q) * reward
        plain += q * reward
        own += p * reward
      }
    }
    #expect(abs(weighted - own) < 1e-12)
    #expect(abs(plain - own) > 0.05)
  }

  /// In a run: what samples is recorded beside what learns, a weight is their ratio within bounds, and the loss has it.
  @Test(arguments: ["token_truncate", "token_mask", "sequence_truncate", "sequence_mask"])
  func aRunRecordsItsSampler(mode: String) throws {
    var scenario = try #require(Scenario.builtIn.first { $0.name == "grpo" })
    try scenario.settings.set(.rolloutTemperature, to: .number(1.5))
    try scenario.settings.set(.samplerMode, to: .choice(mode))
    try scenario.settings.set(.batches, to: .integer(1))
    let trace = scenario.record()
    let end = trace.beats.count - 1
    let isOfTokens = mode.hasPrefix("token")
    var count = 0
    for term in trace.terms.indices where trace.quantity(of: term) == .samplingLogp {
      let key = trace.terms[term].key
      let old = try #require(trace.value(.oldLogp, key.i, key.j, at: end))
      let ratio = Elementary.exp(old - trace.value(term))
      guard isOfTokens else { continue }
      let weight = try #require(trace.value(.samplingWeight, key.i, key.j, at: end))
      let expected = mode == "token_mask" ? (ratio <= 3 ? ratio : 0) : min(3, ratio)
      #expect(abs(weight - expected) < 1e-12)
      count += 1
    }
    if !isOfTokens { count = trace.terms.indices.count { trace.quantity(of: $0) == .sequenceSamplingWeight } }
    #expect(count > 10)
    #expect(trace.isRecorded(.metric))
  }

  /// A run whose engine is the policy records what it always did.
  @Test func withoutAnEngineNothingIsThere() throws {
    let scenario = try #require(Scenario.builtIn.first { $0.name == "grpo" })
    let trace = scenario.record()
    #expect(!trace.isRecorded(.samplingLogp) && !trace.isRecorded(.samplingRatio))
  }

  /// A stale engine samples from what the policy was.
  @Test func aStaleEngineHasAnOlderPolicy() throws {
    var scenario = try #require(Scenario.builtIn.first { $0.name == "grpo" })
    try scenario.settings.set(.rolloutStaleness, to: .integer(1))
    let trace = scenario.record()
    var differs: [Int: Bool] = [:]
    for term in trace.terms.indices where trace.quantity(of: term) == .samplingLogp {
      let key = trace.terms[term].key
      let loops = trace.stage(ofBeat: trace.terms[term].beat).loops
      let old = try #require(trace.term(TermKey(.oldLogp, key.i, key.j), at: trace.terms[term].beat))
      if abs(trace.value(old) - trace.value(term)) > 1e-12 { differs[loops.iteration ?? -1] = true }
    }
    #expect(differs[0] == nil && differs[1] == true)
  }

  @Test func whatAToolWroteIsNotLearnedFrom() throws {
    var groups = ObjectiveGradientTests.groups(seed: 3)
    for n in groups.sequences.indices {
      groups.sequences[n].lossMask = groups.sequences[n].logp.indices.map { $0 != 0 }
    }
    let trace = Batch(title: "", settings: Settings(), contents: .groups(groups)).record()
    let end = trace.beats.count - 1
    for term in trace.terms.indices where trace.quantity(of: term) == .logp && trace.terms[term].key.j == 0 {
      #expect(trace.gradient(of: term, at: end) ?? 0 == 0)
    }
    let counted = trace.terms.indices.count { trace.quantity(of: $0) == .tokenLoss }
    #expect(counted == groups.sequences.reduce(0) { $0 + $1.logp.count - 1 })
  }

  @Test func aLogProbabilityThatIsNotKnownIsNotCorrected() throws {
    var groups = ObjectiveGradientTests.groups(seed: 4, hasSampler: true)
    groups.sequences[0].samplingLogp?[0] = .nan
    var settings = Settings()
    try settings.set(.samplerMode, to: .choice("token_truncate"))
    let batch = Batch(title: "", settings: settings, contents: .groups(groups))
    let trace = batch.record()
    let end = trace.beats.count - 1
    #expect(trace.value(.samplingWeight, 0, 0, at: end) == 1)
    #expect(trace.differentiations.allSatisfy { trace.value($0.term).isFinite })
    // It is written as null, and read again.
    let copy = try Batch(JSONReader.read(batch.json))
    #expect(copy.json == batch.json)
  }
}
