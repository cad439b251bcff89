import Autodiff
import Objectives
import Recording
import Simulation
import Testing

/// Numbers that differ only where responses differ in length, or where a number lies exactly on a corner.
@Suite struct UnequalLengthsTests {
  static let names = Oracle.names(in: "UnequalLengths").map { "UnequalLengths/\($0)" }

  @Test func noCaseIsMissing() { #expect(Self.names.count == 18) }

  /// With ipo and sigmoid_norm, which divide by lengths, the constants of a divergence's score do not cancel.
  @Test(arguments: names)
  func replayGivesTheNumbersOfTRL(name: String) throws {
    #expect(try Oracle.check(name) >= 3)
  }

  private func record(_ name: String, _ changes: [(Option, OptionValue)] = []) throws -> Trace {
    var batch = try Oracle.batch("UnequalLengths/\(name)")
    for change in changes { try batch.settings.set(change.0, to: change.1) }
    return batch.record()
  }

  private func expect(
    _ key: String, _ value: Double, in trace: Trace, location: SourceLocation = #_sourceLocation
  ) throws {
    let actual = try #require(Oracle.number(key, in: trace), "\(key) is not recorded", sourceLocation: location)
    #expect(
      abs(actual - value) <= 1e-9 * max(1, abs(value)), "\(key): \(actual), not \(value)", sourceLocation: location)
  }

  @Test func aMaskedResponseHasTheRatioOne() throws {
    let trace = try record("clip-of-masked")
    for name in ["low_mean", "high_mean", "region_mean", "low_min", "high_max"] {
      try expect("metric(clip_ratio/\(name))", 0, in: trace)
    }
  }

  @Test func theHingeHasNoGradientAtItsCorner() throws {
    let trace = try record("hinge-tie")
    try expect("margin[0]", 1, in: trace)
    try expect("loss", 0, in: trace)
    try expect("grad(chosen_logp[0,0])", 0, in: trace)
    try expect("grad(rejected_logp[0,2])", 0, in: trace)
  }

  @Test func explainedVarianceOfEqualReturnsIsFinite() throws {
    try expect("metric(critic/vf_explained_var)", -12499, in: try record("explained-variance-constant-return"))
  }

  /// verl's critic takes the actor's average, OpenRLHF's and TRL's the mean over tokens.
  @Test(arguments: [
    ("token-mean", 0.5), ("seq-mean-token-mean", 1), ("seq-mean-token-sum", 1), ("seq-mean-token-sum-norm", 1 / 3.0),
  ])
  func theValueLossHasAnAverageOfItsOwn(mode: String, expected: Double) throws {
    let trace = try record("value-loss-seq-mean", [(.valueAggregation, .choice(mode))])
    try expect("value_loss", expected, in: trace)
  }

  /// e^4 − 4 − 1 = 49.6; verl keeps it at 10, with gradient 0.
  @Test func theKLIsClamped() throws {
    let free = try record("verl-k3-clamp")
    try expect("kl_term[0,0]", Elementary.exp(4) - 5, in: free)
    try expect("grad(logp[0,0])", 1 - Elementary.exp(4), in: free)
    let clamped = try record("verl-k3-clamp", [(.klLogRatioClamp, .number(20)), (.klClamp, .number(10))])
    try expect("kl_term[0,0]", 10, in: clamped)
    try expect("grad(logp[0,0])", 0, in: clamped)
    // A border on the log-ratio holds the estimate, too.
    let narrow = try record("verl-k3-clamp", [(.klLogRatioClamp, .number(2))])
    try expect("kl_term[0,0]", Elementary.exp(2) - 3, in: narrow)
    try expect("grad(logp[0,0])", 0, in: narrow)
    // k3+ has the clamped value and the gradient of k2, d = −4.
    let straight = try record(
      "verl-k3-clamp", [(.klEstimator, .choice("k3+")), (.klLogRatioClamp, .number(20)), (.klClamp, .number(10))])
    try expect("kl_term[0,0]", 10, in: straight)
    try expect("grad(logp[0,0])", -4, in: straight)
  }

  /// The paper does not differentiate the batch's KL, TRL's pairwise form did.
  @Test func theKLOfKTOIsHeldOrNot() throws {
    let held = try record("kto-detach")
    let live = try record("kto-detach", [(.ktoKL, .choice("live"))])
    #expect(Oracle.number("loss", in: held) == Oracle.number("loss", in: live))
    let end = live.beats.count - 1
    var moved = 0
    for term in live.terms.indices where live.text(term).hasPrefix("chosen_logp[") {
      let gradient = try #require(live.gradient(of: term, at: end))
      let difference = live.finiteDifference(of: try #require(live.term(TermKey(.loss), at: end)), by: term).derivative
      #expect(abs(gradient - difference) <= 1e-8 + 1e-6 * abs(gradient))
      if gradient != held.gradient(of: term, at: held.beats.count - 1) { moved += 1 }
    }
    #expect(moved > 0)
  }

  @Test func theLogOddsAreAccurateNearCertainty() throws {
    try expect("grad(rejected_logp[0,0])", 9.99999999918e7, in: try record("orpo-precision-1e-09"))
    let trace = try record("orpo-precision-1e-17")
    #expect(abs(try #require(Oracle.number("loss", in: trace)) - 4.9685) < 1e-4)
    try expect("grad(rejected_logp[0,0])", 1e16, in: trace)
  }

  /// At log-probability 0 the gradient is the limit of those before it.
  @Test(arguments: [-1e-6, -1e-9, -1e-12, -1e-17, -1e-200, -0x1p-1070, 0, 1e-8])
  func theGradientOfTheLogOddsGoesToItsLimit(logp: Double) throws {
    var settings = Settings()
    try settings.set(.preferenceLoss, to: .choice("orpo"))
    let batch = Batch(
      title: "", settings: settings,
      contents: .pairs([
        Batch.Pair(
          prompt: "", chosen: .init(tokens: ["a", "b", "c"], logp: [logp, logp, logp], refLogp: nil),
          rejected: .init(tokens: ["a", "b"], logp: [-1.2, -0.7], refLogp: nil))
      ]))
    let trace = batch.record()
    #expect(try #require(Oracle.number("loss", in: trace)).isFinite)
    #expect(abs(try #require(Oracle.number("grad(chosen_logp[0,0])", in: trace)) + 0.35435) < 1e-5)
  }

  @Test(arguments: ["nca_pair", "bco_pair", "sppo_hard", "apo_zero", "apo_down", "aot", "aot_unpaired", "kto_pair"])
  func lossesOfSingleResponsesAreRefusedWithAnotherDivergence(name: String) throws {
    var settings = Settings()
    try settings.set(.preferenceLoss, to: .choice(name))
    #expect(Batch.preferenceProblem(settings) == nil)
    for divergence in ["forward_kl", "js_divergence", "alpha_divergence"] {
      try settings.set(.divergence, to: .choice(divergence))
      #expect(
        Batch.preferenceProblem(settings)
          == "loss_type \(name) needs f_divergence_type reverse_kl: with \(divergence) the reward of a single response "
          + "lacks β log Z(x), which cancels only in the difference of two")
    }
  }
}
