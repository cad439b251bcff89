import Documents
import Objectives
import Recording
import Simulation
import Testing

@testable import Diagnosis

/// A loss that a trainer logged beside the numbers that it is made of: which mistake gives it.
@Suite struct LoggedLossTests: Situations {
  private static let beta: [(String, String)] = [("beta", "0.04")]

  /// A step with a KL in the loss, and with a mask on the first tokens of each answer.
  private func step(
    _ options: [(String, String)] = beta, moved: Double = 0.02, _ change: (inout Batch) -> Void = { _ in }
  ) throws -> Batch {
    let contents = answers(moved: moved) { _, answer, dice in
      answer.refLogp = answer.oldLogp.map { min(-1e-6, $0 + 2 * moved * dice.normal()) }
      answer.lossMask = answer.tokens.indices.map { $0 > 2 }
    }
    var source = Source.batch(Batch(title: "step", settings: Settings(), contents: contents), name: "step")
    try source.set(options.map { (name: $0.0, text: $0.1) })
    guard case .batch(var batch, _) = source else { preconditionFailure("a batch stays one") }
    batch.step = 40
    change(&batch)
    return batch
  }

  private func loss(_ batch: Batch) throws -> Double { try #require(LossFit.recordedLoss(batch)) }

  private func finding(_ logged: Double, in batch: Batch) -> Finding? {
    var batch = batch
    batch.loggedLoss = logged
    let source = Source.batch(batch, name: "step")
    return DoctorReport(of: source, recorded: source.record()).findings.first { $0.name == "logged-loss" }
  }

  private func withoutMask(_ batch: inout Batch) {
    guard case .groups(var groups) = batch.contents else { return }
    for n in groups.sequences.indices { groups.sequences[n].lossMask = nil }
    batch.contents = .groups(groups)
  }

  @Test func aMaskThatIsNotUsed() throws {
    let logged = try loss(step { withoutMask(&$0) })
    #expect(try finding(logged, in: step())?.explanation.contains("all tokens in it, masked ones too") == true)
    #expect(try finding(loss(step()), in: step()) == nil)
  }

  @Test func paddingInTheMean() throws {
    let all = try step()
    guard case .groups(let groups) = all.contents else { return }
    let longest = groups.sequences.map { $0.tokens.count }.max() ?? 0
    let padded = try step(Self.beta + [("loss_type", "dr_grpo"), ("max_completion_length", "\(longest)")])
    let found = try finding(loss(padded), in: all)
    #expect(found?.title.hasSuffix("over 32 × \(longest) places") == true)
    #expect(found?.explanation.contains("exactly that of loss_type") == false)
  }

  /// What a mistake gives to the last digit is one, however little it changes; what rounding may have done is none.
  @Test func aSmallDifferenceIsToldWhereAMistakeGivesIt() throws {
    let right = try loss(step(moved: 0.15))
    let other = try loss(step(Self.beta + [("kl_estimator", "k2")], moved: 0.15))
    #expect(abs(other - right) < 1e-4, "it changes \(other - right)")
    let found = try finding(other, in: step(moved: 0.15))
    #expect(
      found?.explanation.contains("kl_estimator = k2") == true,
      "\(other), \(other - right): \(found?.explanation ?? "none")")
    for noise in [1.3e-5, -2.1e-5, 3.7e-5] { #expect(try finding(right + noise, in: step(moved: 0.15)) == nil) }
  }

  @Test func dapoHasAWiderClip() throws {
    let moved = answers(moved: 0.3)
    func batch(_ options: [(String, String)]) throws -> Batch { try step(options) { $0.contents = moved } }
    let found = try finding(loss(batch([("epsilon_high", "0.28")])), in: batch([]))
    #expect(found?.explanation.contains("epsilon_high = 0.28") == true)
  }

  /// A number of few digits may be many mistakes'.
  @Test func fewDigitsDoNotTell() throws {
    let batch = try step()
    #expect(finding(0.009, in: batch)?.explanation.contains("too few digits") == true)
    #expect(finding(7.77777, in: batch)?.explanation.contains("None of the usual mistakes") == true)
  }

  @Test(arguments: [
    (1.16, 5e-4), (-1.16, 5e-4), (0.0123, 5e-5), (0.01234567, 0), (0.001234, 5e-7), (12.34, 5e-3), (1.1597912, 0),
    (0, 0),
  ])
  func digitsSayHowMuchWasRoundedOff(logged: Double, expected: Double) {
    #expect(abs(LoggedNumber.rounding(of: logged) - expected) < 1e-12)
  }

  // MARK: Metrics

  private func metric(_ logged: [(Metric, Double)]) throws -> Finding? {
    try findings(answers(), logged: logged.map { .init($0.0, $0.1) }).first {
      $0.name == "logged-metric"
    }
  }

  /// A factor that other metrics do not share is one by chance.
  @Test func aFactorIsSharedOrNone() throws {
    let right = try #require(try metric([(.completionMeanLength, 1000)])).title
    #expect(!right.isEmpty)
    let own = answers().mean
    let doubled = try metric([(.reward, 2 * own.reward), (.completionMeanLength, 2 * own.length)])
    #expect(doubled?.title.hasSuffix("2 times as much") == true)
    let chance = try metric([(.reward, 2 * own.reward), (.completionMeanLength, 1000)])
    #expect(chance?.title.hasSuffix("times as much") == false)
    #expect(chance?.explanation.contains("Other than computed as well: completions/mean_length") == true)
  }

  /// Whether a margin of nothing but rounding counts as a pair ranked rightly is left to rounding.
  @Test func anAccuracyOfRoundingProvesNothing() throws {
    func accuracy(_ distance: Double, logged: Double) throws -> Finding? {
      var dice = Dice()
      let pairs = (0..<8).map { i in
        func response(_ lead: Double) -> Batch.PairResponse {
          let logp = (0..<20).map { _ in dice.logp() }
          return .init(tokens: logp.indices.map { "t\($0)" }, logp: logp, refLogp: logp.map { $0 - lead / 20 })
        }
        return Batch.Pair(prompt: "p\(i)", chosen: response(distance), rejected: response(0))
      }
      return try findings(.pairs(pairs), step: 1, logged: [.init(.rewardAccuracies, logged)])
        .first { $0.name == "logged-metric" }
    }
    #expect(try accuracy(1e-8, logged: 0) == nil)
    #expect(try accuracy(0.5, logged: 0) != nil)
  }
}

extension Batch.Contents {
  /// The mean reward and length of a step's answers.
  fileprivate var mean: (reward: Double, length: Double) {
    guard case .groups(let batch) = self else { return (0, 0) }
    let count = Double(batch.sequences.count)
    return (
      batch.sequences.reduce(0) { $0 + $1.reward } / count,
      batch.sequences.reduce(0) { $0 + Double($1.tokens.count) } / count
    )
  }
}
