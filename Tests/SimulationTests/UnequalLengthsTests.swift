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
      contents: .dpo([
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
