import Documents
import Foundation
import Testing

@testable import Diagnosis

/// What did something stands before what came of it, and the step to open is where it began.
@Suite struct RunCauseTests {
  private typealias Curves = [(name: String, value: @Sendable (Double) -> Double)]

  private static func wave(_ step: Double) -> Double { CurvePuzzleTests.wave(step) }

  private func report(_ curves: Curves) -> RunReport { RunReport(of: CurvePuzzleTests.record(curves), traces: false) }

  private func names(_ curves: Curves, with others: Curves = []) -> [String] {
    report(curves + others).findings.map { $0.name }
  }

  private func finding(_ name: String, in curves: Curves) throws -> RunFinding {
    let findings = report(curves).findings
    return try #require(findings.first { $0.name == name }, "found \(findings.map { $0.name })")
  }

  /// A run that logs every tenth step.
  private func logged(_ curves: Curves, of total: Int?) -> [String] {
    let rows = (1...60).map { row in
      RunRecord.Row(step: 10 * row, curves.map { ($0.name, $0.value(Double(row))) })
    }
    return RunReport(of: RunRecord(name: "r", source: "s", total: total, rows: rows), traces: false)
      .findings.map { $0.name }
  }

  // MARK: What the length of a run says

  @Test func aWarmUpThatDoesNotEndIsNoRateThatIsTooLow() {
    let never: Curves = [("loss", { 1.45 + 0.01 * Self.wave($0) }), ("learning_rate", { 2e-10 * $0 })]
    #expect(logged(never, of: 600) == ["schedule"])
    let constant: Curves = [("loss", { 1.45 + 0.01 * Self.wave($0) }), ("learning_rate", { _ in 1e-9 })]
    #expect(logged(constant, of: 600) == ["learning-rate-low"])
  }

  @Test func sixtyRowsOfAFinishedRunShowThatARewardIsFlat() {
    let flat: Curves = [("reward", { 0.3 + 0.03 * Self.wave($0) })]
    #expect(logged(flat, of: 600) == ["flat-reward"])
    #expect(logged(flat, of: nil).isEmpty)
  }

  // MARK: Causes

  /// Where no answer earns more than another the gradient has to be 0, and no parameter is frozen.
  @Test func aRewardOfNothingExplainsAGradientOfNothing() {
    let gradient: Curves = [("grad_norm", { _ in 0 })]
    let nothing: Curves = [("reward", { _ in 0 }), ("reward_std", { _ in 0 })]
    #expect(names(nothing, with: gradient) == ["constant-reward"])
    let noSpread: Curves = [("reward", { $0 / 100 }), ("frac_reward_zero_std", { _ in 1 })]
    #expect(names(noSpread, with: gradient) == ["dead-groups"])
    // Rewards that differ, and a critic, would give one.
    let spread: Curves = [("reward", { $0 / 100 }), ("reward_std", { _ in 0.4 })]
    #expect(names(spread, with: gradient) == ["zero-gradient"])
    let critic: Curves = [("reward", { _ in 0 }), ("loss/value_avg", { _ in 1 })]
    #expect(names(critic, with: gradient).contains("zero-gradient"))
  }

  @Test func aHeldOutRewardThatIsHackedWasNotLostByAnUpdate() {
    let held: Curves = [("eval_reward", { $0 < 50 ? $0 / 100 : max(0.05, 1 - $0 / 100) })]
    let rising: Curves = [("reward", { $0 / 100 })]
    #expect(names(rising, with: held) == ["reward-hacking"])
    let fallen: Curves = [("reward", { $0 < 50 ? $0 / 100 : 1 - $0 / 100 })]
    #expect(names(fallen, with: held) == ["reward-collapse"])
  }

  @Test func whatTheSamplerDidStandsFirst() throws {
    let lost: Curves = [
      ("critic/score/mean", { ($0 < 70 ? $0 / 100 : max(-0.5, 1.9 - $0 / 50)) + 0.01 * Self.wave($0) }),
      ("actor/grad_norm", { $0 < 75 ? 1 : 30 }), ("actor/entropy", { $0 < 75 ? 0.4 : 1 }),
    ]
    let drift: Curves = [("rollout_corr/kl", { $0 < 45 ? 0.001 : 0.001 * exp(($0 - 45) / 10) })]
    let findings = report(lost + drift).findings
    #expect(findings.first?.name == "sampler-drift")
    // Three times what it was from step 56 on, and above 0.01 from step 68 on: it was on its way before the reward fell.
    #expect((50...59).contains(try finding("sampler-drift", in: lost + drift).step))
    for name in ["diverged", "reward-collapse", "high-entropy"] {
      let symptom = try finding(name, in: lost + drift)
      #expect(symptom.inference?.hasPrefix("sampler-drift begins before that, at step 5") == true, "\(name)")
      #expect(symptom.advice.hasPrefix("Do first what sampler-drift says"))
      let alone = try finding(name, in: lost)
      #expect(alone.inference?.contains("sampler") != true && !alone.advice.contains("sampler"))
    }
    // What came later did nothing.
    let late: Curves = [("rollout_corr/kl", { $0 < 90 ? 0.001 : 0.05 })]
    #expect(try finding("reward-collapse", in: lost + late).inference?.hasPrefix("updates") == true)
  }

  /// A KL and a reward that are back where they began from one row to the next: weights that were not loaded.
  @Test func weightsThatWereLostAtAResumeAreNamed() throws {
    @Sendable func learned(_ step: Double) -> Double { step < 60 ? step : step - 59 }
    let lost: Curves = [
      ("reward", { 0.2 + learned($0) / 150 + 0.02 * Self.wave($0) }),
      ("kl", { 2e-4 * learned($0) * (1 + 0.1 * Self.wave($0 + 3)) }),
    ]
    let resume = try finding("resume-jump", in: lost)
    #expect(resume.step == 60 && resume.title.contains("where it began, at step 60"))
    #expect(!names(lost).contains("reward-collapse"))
    // A reference that is renewed brings back the KL alone; a reward may be lost while the policy goes on.
    let steady: Curves = [("reward", { 0.2 + $0 / 150 + 0.02 * Self.wave($0) })]
    #expect(names(steady, with: [lost[1]]).isEmpty)
    let further: Curves = [("kl", { 2e-4 * $0 })]
    #expect(!names([lost[0]], with: further).contains("resume-jump"))
  }

  /// The same where the run had gone on after its last checkpoint, so that the log has some steps twice.
  @Test(arguments: [50, 20]) func weightsThatWereLostAreNamedBehindRepeatedSteps(checkpoint: Int) throws {
    func row(_ step: Int, learned: Double) -> RunRecord.Row {
      RunRecord.Row(
        step: step,
        [
          ("reward", 0.2 + learned / 100 + 0.02 * Self.wave(learned)),
          ("kl", 1e-3 * learned * (1 + 0.1 * Self.wave(learned + 3))),
        ])
    }
    func names(lost: Bool) -> [String] {
      let rows =
        (1...60).map { row($0, learned: Double($0)) }
        + (checkpoint + 1...120).map { row($0, learned: Double(lost ? $0 - checkpoint : $0)) }
      return RunReport(of: RunRecord(name: "r", source: "s", rows: rows), traces: false).findings.map { $0.name }
    }
    #expect(names(lost: true).contains("resume-jump"))
    #expect(names(lost: false) == ["steps-repeated"])
  }

  /// A level that came and went is told below the findings.
  @Test func whatHasRecoveredIsToldAsPassed() throws {
    func report(_ kl: @escaping @Sendable (Double) -> Double) -> RunReport {
      RunReport(of: CurvePuzzleTests.record([("reward", { $0 / 100 }), ("kl", kl)]))
    }
    let hump = report { 3 * max(0, 1 - abs($0 - 50) / 30) + 0.01 }
    #expect(hump.findings.isEmpty && hump.passed.map { $0.name } == ["kl-runaway"])
    let steps = try #require(hump.passed.first?.steps)
    #expect(steps.lowerBound > 20 && steps.upperBound < 85)
    #expect(hump.text.plain.contains("gone at the end: kl-runaway (steps \(steps.lowerBound) to \(steps.upperBound))"))
    #expect(hump.json.contains("\"passed\": [\n"))
    #expect(report { 1e-3 * $0 }.passed.isEmpty)
    #expect(report { $0 < 50 ? 0 : 3 }.passed.isEmpty)
  }

  /// Two launches in one log are no run that went on from a checkpoint.
  @Test func aLogThatBeginsAnewIsTwoRuns() throws {
    let rows = (Array(1...59) + Array(1...100)).map { RunRecord.Row(step: $0, [("loss", 2 - Double($0) / 200)]) }
    let repeated = try #require(
      RunReport(of: RunRecord(name: "r", source: "s", rows: rows), traces: false).findings.first {
        $0.name == "steps-repeated"
      })
    let learned = (Array(1...59) + Array(1...100)).map { step in
      RunRecord.Row(step: step, [("reward", 0.2 + Double(step) / 100), ("kl", 1e-3 * Double(step))])
    }
    let names = RunReport(of: RunRecord(name: "r", source: "s", rows: learned), traces: false).findings.map { $0.name }
    #expect(names == ["steps-repeated"])
    #expect(repeated.explanation.hasPrefix("That is where the log begins") && !repeated.advice.contains("checkpoint"))
  }

  /// What came after weights of NaN came of them.
  @Test func weightsThatAreNoNumberStandFirst() throws {
    let lost: Curves = [
      ("actor/pg_loss", { $0 < 40 ? 0.1 : .nan }), ("actor/grad_norm", { $0 < 40 ? 1 : .nan }),
      ("critic/score/mean", { $0 < 42 ? 0.2 + $0 / 100 : 0 }), ("response_length/clip_ratio", { $0 < 42 ? 0.05 : 1 }),
    ]
    #expect(names(lost).first == "not-finite")
    for name in ["reward-collapse", "truncation"] {
      let symptom = try finding(name, in: lost)
      #expect(symptom.inference?.hasPrefix("not-finite begins before that, at step 39") == true, "\(name)")
      #expect(symptom.advice.hasPrefix("Do first what not-finite says"))
    }
  }

  /// A smooth rise and fall is no noise that stays.
  @Test(arguments: [40, 60], [0.02, 0.03, 0.1]) func aSmoothCollapseIsSeen(count: Int, noise: Double) {
    let half = Double(count) / 2
    let rows = (1...count).map { row in
      let level = 1 - 0.9 * abs(Double(row) - half) / half
      return RunRecord.Row(step: 10 * row, [("reward", level + noise * Self.wave(Double(row)))])
    }
    let report = RunReport(of: RunRecord(name: "r", source: "s", rows: rows), traces: false)
    #expect(report.findings.map { $0.name } == ["reward-collapse"])
  }

  /// A reward that rises with the entropy is what a wider upper clip is for.
  @Test func anEntropyThatPaysIsLeftInPeace() {
    let entropy: Curves = [("actor/entropy", { 0.38 + 0.004 * $0 })]
    let rising: Curves = [("critic/score/mean", { 0.2 + $0 / 200 + 0.02 * Self.wave($0) })]
    let flat: Curves = [("critic/score/mean", { 0.2 + 0.02 * Self.wave($0) })]
    #expect(!names(entropy, with: rising).contains("high-entropy"))
    #expect(names(entropy, with: flat).contains("high-entropy"))
  }

  /// Each data set that is held out is looked at.
  @Test func anyHeldOutScoreMayFall() throws {
    let rising: Curves = [("critic/score/mean", { $0 / 100 })]
    func held(_ name: String, _ value: @escaping @Sendable (Double) -> Double) -> Curves {
      [(name, { $0.truncatingRemainder(dividingBy: 10) == 0 ? value($0) : .nan })]
    }
    let good = held("val-core/gsm8k/reward/mean@1") { $0 / 100 }
    let bad = held("val-core/math500/reward/mean@1") { 0.6 - $0 / 200 }
    #expect(!names(rising, with: good).contains("reward-hacking"))
    #expect(try finding("reward-hacking", in: rising + good + bad).title.contains("math500"))
  }

  /// Where trainer and engine are near at each token, a mean weight far below 1 is made by the length of the answers.
  @Test func smallWeightsOfLongAnswersAreNoDrift() throws {
    let weights: Curves = [("sampling/importance_sampling_ratio/mean", { 0.81 + 0.01 * Self.wave($0) })]
    let near: Curves = [("sampling/sampling_logp_difference/mean", { 0.012 + 0.001 * Self.wave($0) })]
    #expect(try finding("sampler-drift", in: near + weights).title.contains("differ little at each token"))
    let far: Curves = [("sampling/sampling_logp_difference/mean", { 0.3 + 0.01 * Self.wave($0) })]
    // Weights are logged by those who correct.
    #expect(try finding("sampler-drift", in: far + weights).advice.hasPrefix("Sample in"))
    #expect(try finding("sampler-drift", in: far).advice.hasPrefix("Turn the importance correction on"))
    // Probabilities differ by less than their logarithms.
    let probabilities: Curves = [("training/rollout_probs_diff_mean", { 0.07 + 0.001 * Self.wave($0) })]
    #expect(names(probabilities) == ["sampler-drift"])
  }

  /// Rewards without a reference (SimPO, CPO) are not 0 at the beginning.
  @Test func aMarginWithoutAReferenceMayBeAnything() {
    let simpo: Curves = [
      ("rewards/margins", { 1 + $0 / 100 }), ("rewards/chosen", { -2.4 + $0 / 200 }),
      ("logps/chosen", { -0.95 + $0 / 900 }),
      ("loss", { 0.43 - $0 / 1000 }),
    ]
    #expect(!names(simpo, with: [("nll_loss", { 1 - $0 / 1000 })]).contains("first-reference"))
    #expect(names(simpo).contains("first-reference"))
  }

  @Test func aRewardThatIsFlatAtARateOfNothingSaysSo() throws {
    let flat: Curves = [("reward", { 0.3 + 0.03 * Self.wave($0) }), ("learning_rate", { _ in 0 })]
    #expect(names(flat) == ["learning-rate-zero", "flat-reward"])
    #expect(try finding("flat-reward", in: flat).inference?.hasPrefix("learning-rate-zero begins") == true)
    // What fell has not moved by less than its noise.
    let fallen: Curves = [("reward", { 0.3 - 0.001 * $0 + 0.06 * Self.wave($0) })]
    #expect(try finding("flat-reward", in: fallen).explanation.hasPrefix("It has fallen since"))
  }

  /// A curve may end where it began, and not have stood still.
  @Test func whatIsElsewhereInBetweenHasMoved() throws {
    let back: Curves = [("loss", { 2 - (1 - abs($0 - 30) / 30) + 0.02 * Self.wave($0) })]
    #expect(logged(back, of: 600) == ["diverged"])
    let saw: Curves = [
      ("reward", { 0.5 + 0.5 * ($0 - 1).truncatingRemainder(dividingBy: 33) / 33 + 0.02 * Self.wave($0) })
    ]
    let swings = try finding("flat-reward", in: saw)
    #expect(swings.title.hasPrefix("The reward goes up and down") && !swings.explanation.contains("noise"))
    // What falls alone does not go up.
    for slope in [0.001, 0.003, 0.006] {
      let falling: Curves = [("reward", { 1 - slope * $0 + 0.02 * Self.wave($0) })]
      #expect(!report(falling).findings.contains { $0.title.hasPrefix("The reward goes up") }, "\(slope)")
    }
  }

  @Test func whyAnswersGrowIsSaidAsFarAsIsKnown() throws {
    let longer: Curves = [("reward", { $0 / 100 }), ("response_length", { 100 + 3 * $0 })]
    let hacked: Curves = [("eval_reward", { $0 < 30 ? 0.6 : 0.9 - $0 / 100 })]
    let better: Curves = [("eval_reward", { $0 / 200 })]
    #expect(try finding("length-drift", in: longer).inference?.hasPrefix("it may as well be") == true)
    #expect(try finding("length-drift", in: longer + hacked).inference?.hasPrefix("reward-hacking is seen") == true)
    #expect(try finding("length-drift", in: longer + better).inference?.hasPrefix("eval_reward rises as well") == true)
  }

  // MARK: The step to open

  @Test func theStepIsWhereItBegan() throws {
    let diverged: Curves = [("loss", { $0 < 40 ? 1.5 - $0 / 100 : 1.1 + ($0 - 40) / 10 })]
    #expect((40...50).contains(try finding("diverged", in: diverged).step))
    let updates: Curves = [("ppo_kl", { 0.004 * $0 })]
    #expect((15...30).contains(try finding("large-updates", in: updates).step))
    let longer: Curves = [("reward", { $0 / 100 }), ("response_length", { 100 + 3 * $0 })]
    #expect((20...40).contains(try finding("length-drift", in: longer).step))
    let coefficient: Curves = [("kl_coef", { 0.05 * $0 })]
    #expect((5...20).contains(try finding("kl-coefficient", in: coefficient).step))
    let sampler: Curves = [("sampling/sampling_logp_difference/mean", { 0.02 + max(0, 0.004 * ($0 - 50)) })]
    #expect((55...75).contains(try finding("sampler-drift", in: sampler).step))
    let calls: Curves = [("reward", { $0 / 100 }), ("tools/call_frequency", { max(0, 1.8 - $0 / 30) })]
    #expect((20...50).contains(try finding("tools-unused", in: calls).step))
  }

  /// The highest window of a curve that ends there is its last one, too.
  @Test func noNumberStandsThereTwice() throws {
    let curves: Curves = [("loss", { $0 < 40 ? 1.5 - $0 / 100 : 1.1 + ($0 - 40) / 10 })]
    let evidence = try finding("diverged", in: curves).evidence
    #expect(evidence.count == 2 && evidence[0] != evidence[1])
  }

  // MARK: Trends and noise

  /// A trend is no reason to believe that values which stray do so together.
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func aSteadyFallIsSeenInNoise(seed: UInt64) {
    var state = seed
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 52) - 1
    }
    let rows = (0..<60).map { row in
      let noise = 0.02 * (random() + random() + random())
      return RunRecord.Row(
        step: 10 * (row + 1),
        [
          ("reward", 0.6 + 0.45 * Double(row) / 59), ("rewards/right/mean", 0.41 - 0.32 * Double(row) / 59 + noise),
          ("rewards/form/mean", 0.2 + 0.77 * Double(row) / 59),
        ])
    }
    let report = RunReport(of: RunRecord(name: "r", source: "s", total: 600, rows: rows), traces: false)
    #expect(report.findings.map { $0.name } == ["reward-split"])
  }

  // MARK: Kinds of runs

  /// On-policy distillation samples, and learns by a loss.
  @Test func aDistillationHasALossAndNoReward() {
    let sampled: Curves = [("completions/clipped_ratio", { _ in 0.1 }), ("completions/mean_length", { 600 + $0 })]
    let lost: Curves = [("loss", { 0.12 + max(0, 0.01 * ($0 - 40)) })]
    #expect(names(lost, with: sampled) == ["diverged"])
    let learned: Curves = [("loss", { 0.5 - $0 / 300 }), ("entropy", { 2 / (1 + $0 / 5) })]
    let healthy = report(learned + sampled)
    #expect(healthy.findings.isEmpty)
    let text = healthy.text.plain
    #expect(!text.contains("  reward") && !text.contains("frac_reward") && !text.contains("kl_coef"))
    #expect(text.contains("sampling_logp_difference"))
  }
}
