import Documents
import Foundation
import Testing

@testable import Diagnosis

/// Curves with one trouble each, and the same without it.
@Suite struct CurvePuzzleTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let finding: String
    /// Names and values by step, from 1 to 100, without noise.
    let broken: [(name: String, value: @Sendable (Double) -> Double)]
    let healthy: [(name: String, value: @Sendable (Double) -> Double)]
    var testDescription: String { finding }
  }

  static let cases: [Case] = [
    Case(
      finding: "not-finite", broken: [("loss", { $0 == 60 ? .nan : 2 - $0 / 100 })],
      healthy: [("loss", { 2 - $0 / 100 })]),
    Case(
      finding: "not-finite", broken: [("actor/grad_norm", { $0 > 60 ? .infinity : 1 })],
      healthy: [("actor/grad_norm", { _ in 1 })]),
    // A loss scaler of half precision tries a scale that is too large, now and then.
    Case(
      finding: "not-finite", broken: [("grad_norm", { $0 > 97 ? .infinity : 1 })],
      healthy: [("grad_norm", { $0 < 4 || $0 == 70 ? .infinity : 1 })]),
    Case(
      finding: "not-finite", broken: [("reward", { $0 > 40 ? .nan : $0 / 100 })],
      healthy: [("reward", { $0 == 40 ? .nan : $0 / 100 })]),
    Case(
      finding: "first-reference", broken: [("reward", { $0 / 100 }), ("kl", { 0.3 + $0 / 1000 })],
      healthy: [("reward", { $0 / 100 }), ("kl", { 0.001 + $0 / 1000 })]),
    Case(
      finding: "first-reference",
      broken: [
        ("loss", { 0.3 - $0 / 1000 }), ("rewards/margins", { 3 + $0 / 100 }), ("rewards/chosen", { 2 + wave($0) }),
        ("logps/chosen", { -50 + wave($0 + 7) }),
      ],
      // Without a reference implicit rewards are the log-probabilities times a number.
      healthy: [
        ("loss", { 0.3 - $0 / 1000 }), ("rewards/margins", { 3 + $0 / 100 }),
        ("rewards/chosen", { 0.1 * (-50 + wave($0)) }), ("logps/chosen", { -50 + wave($0) }),
      ]),
    Case(
      finding: "unlearned-start", broken: [("loss", { 12 - $0 / 20 }), ("mean_token_accuracy", { $0 / 200 })],
      healthy: [("loss", { 2 - $0 / 100 }), ("mean_token_accuracy", { 0.5 + $0 / 300 })]),
    Case(
      finding: "zero-gradient", broken: [("reward", { $0 / 100 }), ("grad_norm", { $0 < 60 ? 1 : 0 })],
      // Where a step is one group, every other one may have no gradient.
      healthy: [("reward", { $0 / 100 }), ("grad_norm", { $0 > 94 || wave($0) > 0 ? 0 : 1 })]),
    Case(
      finding: "zero-gradient", broken: [("loss", { 2 - $0 / 100 }), ("grad_norm", { _ in 0 })],
      healthy: [("loss", { 2 - $0 / 100 }), ("grad_norm", { $0 < 50 ? 0 : 1 })]),
    Case(
      finding: "diverged", broken: [("loss", { $0 < 50 ? 2 - $0 / 50 : $0 / 10 })], healthy: [("loss", { 2 - $0 / 60 })]
    ),
    Case(
      finding: "diverged", broken: [("reward", { $0 / 100 }), ("grad_norm", { $0 < 60 ? 1 : 50 })],
      healthy: [("reward", { $0 / 100 }), ("grad_norm", { _ in 1 })]),
    Case(
      finding: "loss-spike", broken: [("loss", { $0 == 50 ? 20 : 2 - $0 / 100 })], healthy: [("loss", { 2 - $0 / 100 })]
    ),
    // One gradient that rules its step, whether the run recovers or not.
    Case(
      finding: "gradient-spike",
      broken: [
        ("reward", { $0 / 100 }), ("grad_norm", { $0 == 40 || $0 == 41 || $0 == 80 ? 900 : 1 + 0.5 * wave($0) }),
      ],
      healthy: [("reward", { $0 / 100 }), ("grad_norm", { $0 == 40 ? 12 : 1 + 0.5 * wave($0) })]),
    Case(
      finding: "gradient-spike",
      broken: [
        ("loss", { $0 < 60 ? 2 - $0 / 100 : 1.6 }), ("actor/grad_norm", { $0 == 60 ? 2e3 : 1 + 0.5 * wave($0) }),
      ],
      // The first gradients are the longest, and a loss scaler tries scales that overflow.
      healthy: [
        ("loss", { 2 - $0 / 100 }),
        ("actor/grad_norm", { $0 == 3 || $0 == 70 ? .infinity : 0.1 + 300 / ($0 * $0 * $0) }),
      ]),
    // Where most groups teach nothing, gradients are 0 and not 0.
    Case(
      finding: "gradient-spike", broken: [("grad_norm", { $0 == 50 ? 500 : wave($0) > 0 ? 0 : 0.3 })],
      healthy: [("grad_norm", { wave($0) > -0.6 ? 0 : 0.3 })]),
    Case(
      finding: "reward-collapse", broken: [("critic/score/mean", { $0 < 50 ? $0 / 50 : max(0, 2 - $0 / 40) })],
      healthy: [("critic/score/mean", { $0 / 100 })]),
    Case(
      finding: "reward-hacking",
      broken: [("objective/scores", { $0 / 100 }), ("eval_gold", { -($0 / 50 - 0.4) * ($0 / 50 - 0.4) })],
      healthy: [("objective/scores", { $0 / 100 }), ("eval_gold", { $0 / 50 })]),
    Case(
      finding: "reward-hacking",
      broken: [("reward", { $0 / 100 }), ("eval_default_pass1", { 0.8 - ($0 / 100 - 0.3) * ($0 / 100 - 0.3) })],
      healthy: [("reward", { $0 / 100 }), ("eval_default_pass1", { 0.3 + $0 / 300 })]),
    Case(
      finding: "reward-split",
      broken: [
        ("reward", { $0 / 100 }), ("rewards/right/mean", { 0.5 - $0 / 250 }), ("rewards/long/mean", { $0 / 50 }),
      ],
      healthy: [("reward", { $0 / 100 }), ("rewards/right/mean", { $0 / 200 }), ("rewards/long/mean", { $0 / 200 })]),
    Case(
      finding: "reward-split",
      broken: [
        ("reward", { min(1, $0 / 10) }), ("rewards/right/mean", { $0 < 5 ? 0.3 : $0 == 60 ? 0.2 : 0 }),
        ("rewards/form/mean", { min(1, $0 / 10) }),
      ],
      healthy: [
        ("reward", { $0 / 100 }), ("rewards/right/mean", { 0.2 + 0.1 * wave($0) }),
        ("rewards/form/mean", { $0 / 100 }),
      ]),
    Case(finding: "constant-reward", broken: [("reward", { _ in 0 })], healthy: [("reward", { $0 / 100 })]),
    Case(
      finding: "constant-reward",
      broken: [
        ("reward", { $0 / 100 }), ("rewards/right/mean", { _ in 0 }), ("rewards/right/std", { _ in 0 }),
        ("rewards/form/mean", { $0 / 100 }),
      ],
      healthy: [
        ("reward", { $0 / 100 }), ("rewards/repetition_penalty/mean", { _ in 0 }), ("rewards/form/mean", { $0 / 100 }),
      ]),
    Case(
      finding: "flat-reward", broken: [("reward", { 0.5 + 0.1 * wave($0) })],
      healthy: [("reward", { $0 / 100 + 0.1 * wave($0) })]),
    Case(
      finding: "dead-groups", broken: [("frac_reward_zero_std", { $0 / 120 })],
      healthy: [("frac_reward_zero_std", { 0.2 + 0.1 * wave($0) })]),
    Case(
      finding: "entropy-collapse", broken: [("policy/entropy_avg", { 2 / (1 + $0 / 5) })],
      healthy: [("policy/entropy_avg", { 2 - $0 / 100 })]),
    Case(
      finding: "high-entropy", broken: [("actor/entropy", { 1 + $0 / 50 })],
      healthy: [("actor/entropy", { 1 - $0 / 300 })]),
    Case(
      finding: "kl-runaway", broken: [("reward", { $0 / 100 }), ("actor/kl_loss", { $0 / 50 })],
      healthy: [("reward", { $0 / 100 }), ("actor/kl_loss", { $0 / 1000 })]),
    Case(
      finding: "kl-runaway", broken: [("objective/scores", { $0 / 100 }), ("objective/kl", { $0 / 2 })],
      healthy: [("objective/scores", { $0 / 100 }), ("objective/kl", { $0 / 20 })]),
    Case(
      finding: "kl-runaway", broken: [("reward", { $0 / 100 }), ("kl", { $0 == 60 ? 5e3 : 0.05 })],
      healthy: [("reward", { $0 / 100 }), ("kl", { $0 == 60 ? 2 : 0.05 })]),
    // Ten nats are much for ten tokens, and little for a thousand.
    Case(
      finding: "kl-runaway",
      broken: [("objective/scores", { $0 / 100 }), ("objective/kl", { $0 / 11 }), ("response_length", { _ in 8 })],
      healthy: [("objective/scores", { $0 / 100 }), ("objective/kl", { $0 / 5 }), ("response_length", { _ in 600 })]),
    // KTO's, of whole responses that do not belong to their prompts.
    Case(
      finding: "kl-runaway",
      broken: [("loss", { 0.5 - $0 / 1000 }), ("rewards/margins", { $0 / 100 }), ("kl", { $0 / 2 })],
      healthy: [("loss", { 0.5 - $0 / 1000 }), ("rewards/margins", { $0 / 100 }), ("kl", { $0 / 50 })]),
    Case(
      finding: "drifting-scores",
      broken: [("loss", { 0.7 - $0 / 300 }), ("accuracy", { 0.5 + $0 / 250 }), ("mean_reward", { -$0 / 4 })],
      healthy: [("loss", { 0.7 - $0 / 300 }), ("accuracy", { 0.5 + $0 / 250 }), ("mean_reward", { wave($0) })]),
    Case(
      finding: "ruling-kl",
      broken: [
        ("objective/scores", { 0.5 + 0.1 * wave($0) }), ("objective/non_score_reward", { -5 - $0 / 50 }),
        ("eval_objective/scores", { 0.5 + $0 / 1000 }),
      ],
      healthy: [
        ("objective/scores", { $0 / 100 + 0.1 * wave($0) }), ("objective/non_score_reward", { -$0 / 200 }),
      ]),
    // A coefficient times a KL per token, over the length.
    Case(
      finding: "ruling-kl",
      broken: [
        ("critic/score/mean", { $0 / 1000 + 0.1 * wave($0) }), ("actor/reward_kl_penalty", { _ in 0.1 }),
        ("actor/reward_kl_penalty_coeff", { _ in 0.1 }), ("response_length/mean", { _ in 400 }),
        ("val-core/x/reward/mean@1", { 0.1 + $0 / 1000 }),
      ],
      healthy: [
        ("critic/score/mean", { $0 / 100 + 0.1 * wave($0) }), ("actor/reward_kl_penalty", { min(0.1, $0 / 100) }),
        ("actor/reward_kl_penalty_coeff", { _ in 0.001 }), ("response_length/mean", { _ in 400 }),
      ]),
    Case(finding: "kl-coefficient", broken: [("kl_coef", { 0.05 * $0 })], healthy: [("kl_coef", { 0.05 + $0 / 1000 })]),
    Case(finding: "large-updates", broken: [("ppo_kl", { _ in 0.3 })], healthy: [("ppo_kl", { _ in 0.01 })]),
    Case(
      finding: "clip-always", broken: [("actor/pg_clipfrac", { _ in 0.5 })],
      healthy: [("actor/pg_clipfrac", { _ in 0.05 })]),
    // Of the tokens that have an advantage, which those of groups without spread have not.
    Case(
      finding: "clip-always",
      broken: [("clip_ratio/region_mean", { _ in 0.18 }), ("frac_reward_zero_std", { _ in 0.5 })],
      healthy: [("clip_ratio/region_mean", { _ in 0.05 }), ("frac_reward_zero_std", { _ in 0.5 })]),
    Case(
      finding: "clip-never", broken: [("ppo_clip_ratio", { _ in 0 }), ("ppo_kl", { _ in 0.05 })],
      healthy: [("ppo_clip_ratio", { _ in 0 }), ("ppo_kl", { _ in 0 })]),
    Case(
      finding: "truncation", broken: [("response_length/clip_ratio", { $0 / 150 })],
      healthy: [("response_length/clip_ratio", { _ in 0.02 })]),
    Case(
      finding: "tools-unused", broken: [("reward", { $0 / 100 }), ("tools/call_frequency", { max(0, 1.8 - $0 / 30) })],
      healthy: [("reward", { $0 / 100 }), ("tools/call_frequency", { 1.8 - $0 / 100 })]),
    // The prompt and the answer are turns as well.
    Case(
      finding: "tools-unused", broken: [("num_turns/mean", { max(2, 6 - $0 / 10) })],
      healthy: [("num_turns/mean", { max(3, 6 - $0 / 10) })]),
    Case(
      finding: "length-drift", broken: [("reward", { $0 / 100 }), ("response_length", { 100 + 3 * $0 })],
      healthy: [("reward", { $0 / 100 }), ("response_length", { 100 + $0 / 5 })]),
    Case(
      finding: "sampler-drift",
      broken: [("training/rollout_probs_diff_mean", { 0.005 * (1 + $0 / 10) + 0.0001 * wave($0) })],
      healthy: [("training/rollout_probs_diff_mean", { 0.005 + 0.001 * wave($0) })]),
    Case(finding: "sampler-drift", broken: [("vllm_kl", { _ in 0.05 })], healthy: [("vllm_kl", { _ in 0.0005 })]),
    Case(
      finding: "sampler-drift", broken: [("sampling/importance_sampling_ratio/mean", { _ in 0.7 })],
      healthy: [("sampling/importance_sampling_ratio/mean", { _ in 0.999 })]),
    Case(
      finding: "critic-lost", broken: [("critic/vf_explained_var", { 0.5 - $0 / 100 })],
      healthy: [("critic/vf_explained_var", { $0 / 150 })]),
    Case(
      finding: "evaluation-falling",
      broken: [("loss", { 2 - $0 / 60 }), ("eval_loss", { 1 + ($0 / 100 - 0.4) * ($0 / 100 - 0.4) * 2 })],
      healthy: [("loss", { 2 - $0 / 60 }), ("eval_loss", { 2 - $0 / 80 })]),
    Case(
      finding: "evaluation-falling",
      broken: [("loss", { 2 - $0 / 60 }), ("eval_rewards/accuracies", { 0.9 - ($0 / 100 - 0.3) * ($0 / 100 - 0.3) })],
      healthy: [("loss", { 2 - $0 / 60 }), ("eval_rewards/accuracies", { 0.5 + $0 / 250 })]),
    Case(
      finding: "evaluation-falling",
      broken: [("loss", { 0.7 - $0 / 200 }), ("eval_rewards/margins", { $0 < 30 ? $0 / 20 : 2.5 - $0 / 40 })],
      healthy: [("loss", { 0.7 - $0 / 200 }), ("eval_rewards/margins", { $0 < 30 ? $0 / 20 : 1.5 + 0.1 * wave($0) })]),
    Case(
      finding: "resume-jump", broken: [("learning_rate", { $0 < 50 ? 1e-5 : 1e-4 })],
      healthy: [("learning_rate", { 1e-5 * (1 - $0 / 101) })]),
    Case(
      finding: "resume-jump",
      broken: [("learning_rate", { 1e-4 * (1.0001 + cos(.pi * ($0 < 38 ? $0 / 50 : ($0 - 38) / 70))) })],
      // A schedule with two restarts.
      healthy: [("learning_rate", { 1e-4 * (1.0001 + cos(.pi * $0.truncatingRemainder(dividingBy: 34) / 34)) })]),
    Case(
      // A schedule that begins anew, with its warm-up.
      finding: "resume-jump",
      broken: [("learning_rate", { 1e-5 * ($0 < 50 ? 1 - $0 / 200 : min(10, $0 - 49) / 10) })],
      healthy: [("learning_rate", { $0 < 50 ? 1e-5 : 1e-6 })]),
    Case(
      finding: "resume-jump", broken: [("num_tokens", { $0 < 50 ? $0 : $0 - 45 })], healthy: [("num_tokens", { $0 })]),
    Case(finding: "learning-rate-zero", broken: [("lr", { _ in 0 })], healthy: [("lr", { _ in 1e-6 })]),
    Case(
      finding: "schedule", broken: [("loss", { 2 - $0 / 100 }), ("learning_rate", { max(0, 1e-4 * (1 - $0 / 50)) })],
      healthy: [("loss", { 2 - $0 / 100 }), ("learning_rate", { 1e-4 * (1 - $0 / 100) })]),
    Case(
      finding: "schedule", broken: [("learning_rate", { $0 * 1e-7 })],
      healthy: [("learning_rate", { min($0, 10) * 1e-6 })]),
    Case(
      finding: "learning-rate-low", broken: [("loss", { 2 + 0.05 * wave($0) })],
      healthy: [("loss", { 2 - $0 / 100 + 0.05 * wave($0) })]),
    Case(
      finding: "stuck-loss",
      broken: [("loss", { 0.6931 + 0.001 * wave($0) }), ("rewards/margins", { 0.001 * wave($0) })],
      healthy: [("loss", { 0.7 - $0 / 300 }), ("rewards/margins", { $0 / 100 })]),
    Case(
      finding: "stuck-loss", broken: [("loss", { 0.693 + 0.001 * wave($0) }), ("acc", { 0.5 + 0.05 * wave($0) })],
      healthy: [("loss", { 1.2 - $0 / 180 }), ("acc", { 0.5 + $0 / 250 })]),
    Case(
      finding: "chosen-falling", broken: [("logps/chosen", { -50 - $0 }), ("rewards/margins", { $0 / 100 })],
      healthy: [("logps/chosen", { -50 - $0 / 20 }), ("rewards/margins", { $0 / 100 })]),
  ]

  /// A repeatable up and down between −1 and 1.
  static func wave(_ step: Double) -> Double {
    let number = UInt64(step) &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(number >> 33) / Double(1 << 30) - 1
  }

  static func record(_ curves: [(name: String, value: @Sendable (Double) -> Double)], steps: ClosedRange<Int> = 1...100)
    -> RunRecord
  {
    let rows = steps.map { step in
      RunRecord.Row(
        step: step,
        curves.filter { !isEvaluation($0.name) || step % 10 == 0 }.map { ($0.name, $0.value(Double(step))) })
    }
    return RunRecord(name: "run", source: "a test", total: steps.upperBound, rows: rows)
  }

  private static func isEvaluation(_ name: String) -> Bool { name.hasPrefix("eval_") }

  @Test(arguments: cases)
  func theTroubleIsNamed(example: Case) {
    let report = RunReport(of: Self.record(example.broken))
    let finding = report.findings.first { $0.name == example.finding }
    #expect(finding != nil, "found \(report.findings.map { $0.name })")
    guard let finding else { return }
    #expect((1...100).contains(finding.step) && !finding.evidence.isEmpty)
    #expect(finding.seenAt.map { (1...100).contains($0) } == true)
    for line in report.text.plain.split(separator: "\n") where !line.hasPrefix("  open") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test(arguments: cases)
  func withoutItNothingIs(example: Case) {
    let report = RunReport(of: Self.record(example.healthy))
    #expect(report.findings.isEmpty, "found \(report.findings.map { $0.title })")
    #expect(report.text.plain.contains("none of the \(report.examined.count) troubles"))
  }

  /// What could be seen is said by what to log for it, once, and nothing of other kinds of runs.
  @Test func whatIsNotLookedForIsSaidByWhatToLog() {
    func wanted(_ names: [String], by trainer: String? = nil) -> [String] {
      var record = Self.record(names.map { name in (name: name, value: { step in 1 + step / 1000 }) })
      if let trainer { record.ran(trainer, in: "run") }
      let lines = RunReport(of: record, traces: false).text.plain.split(separator: "\n").map { String($0) }
      guard let first = lines.firstIndex(of: "log these as well to have more looked for:") else { return [] }
      return Array(lines[(first + 1)...])
    }
    let rewarded = wanted(["reward", "loss", "learning_rate"])
    #expect(rewarded.contains("  entropy: entropy-collapse, high-entropy"), "\(rewarded)")
    #expect(rewarded.contains("  kl: first-reference, kl-runaway"))
    // Neither pairs nor a critic.
    #expect(!rewarded.contains { $0.contains("chosen-falling") || $0.contains("critic-lost") })
    #expect(wanted(["reward", "loss/value_avg"]).contains { $0.contains("critic-lost") })
    let pairs = wanted(["loss", "rewards/margins"])
    #expect(pairs.contains { $0.contains("chosen-falling") })
    #expect(!pairs.contains { $0.contains("reward-") || $0.contains("entropy") || $0.contains("clip") })
    // A trainer that is known has what its algorithm has.
    #expect(!wanted(["loss"], by: "sft").contains { $0.contains("margins") || $0.contains("chosen") })
    #expect(!wanted(["loss"], by: "reward").contains { $0.contains("chosen") })
    #expect(wanted(["loss"], by: "kto").contains { $0.contains("rewards/margins") })
    #expect(!wanted(["loss", "mean_token_accuracy"]).contains { $0.contains("margins") })
    #expect(!wanted(["reward"], by: "remax").contains { $0.contains("zero_std") || $0.contains("clip_ratio") })
    #expect(wanted(["reward"], by: "grpo").contains { $0.contains("zero_std") })
    // Each trouble stands behind one metric, and with what is there already nothing is wanted.
    let names = rewarded.flatMap { $0.split(separator: ":")[1].split(separator: ",") }
    #expect(Set(names).count == names.count && rewarded.count < 16)
    #expect(!wanted(["reward", "entropy"]).contains { $0.contains("entropy-collapse") })
  }

  /// A teacher that is the student has nothing to teach.
  @Test func aTeacherThatIsTheStudentIsNamed() {
    let report = RunReport(
      of: Self.record([("loss", { _ in 0 }), ("grad_norm", { _ in 0 }), ("teacher_kl", { _ in 0 })]))
    let finding = report.findings.first { $0.name == "zero-gradient" }
    #expect(finding?.inference?.contains("the teacher is the model that is trained") == true)
  }

  @Test func everyPuzzleHasACase() {
    let cased = Set(Self.cases.map { $0.finding })
    let missing = RunPuzzle.all.map { $0.name }.filter { !cased.contains($0) && !$0.hasPrefix("steps-") }
    #expect(missing.isEmpty, "\(missing)")
  }

  @Test func missingAndRepeatedStepsAreNamed() throws {
    func report(_ steps: [Int]) -> RunReport {
      RunReport(
        of: RunRecord(name: "r", source: "s", rows: steps.map { .init(step: $0, [("loss", 2 - Double($0) / 100)]) }))
    }
    #expect(report(Array(1...60)).findings.isEmpty)
    #expect(
      report(Array(stride(from: 10, through: 600, by: 10))).findings.filter { $0.name.hasPrefix("steps") }.isEmpty)
    let hole = try #require(report(Array(1...30) + Array(45...80)).findings.first { $0.name == "steps-missing" })
    #expect(hole.title == "Nothing was logged between the steps 30 and 45" && hole.step == 45)
    let twice = try #require(report(Array(1...30) + Array(21...60)).findings.first { $0.name == "steps-repeated" })
    #expect(twice.title == "After step 30 the log has step 21 again: 10 steps are in it twice" && twice.step == 21)
    // A table in another order is no run that went back.
    #expect(report((1...60).reversed()).findings.isEmpty)
    #expect(report((1...60).map { $0 * 7 % 61 }).findings.isEmpty)
  }

  /// Where rows are counted in place of steps, the first one need not be the first step; an infinite gradient spoils the weights
  /// of a trainer that scales no loss.
  @Test func whatIsKnownOfARunCounts() {
    var counted = Self.record([("rewards/margins", { _ in 0.6 }), ("loss", { 0.6 - $0 / 1000 })])
    let step = RunReport(of: counted).findings.map { $0.name }
    counted.countsRows = true
    let row = RunReport(of: counted).findings.map { $0.name }
    #expect(!row.contains("first-reference") && Set(row).isSubset(of: step))
    var ended = Self.record([("loss", { 2 - $0 / 100 }), ("grad_norm", { $0 < 100 ? 1 : .infinity })])
    #expect(RunReport(of: ended).findings.isEmpty)
    ended.ran("sft", in: "run")
    #expect(RunReport(of: ended).findings.map { $0.name } == ["not-finite"])
  }

  /// Python writes numbers by name that JSON has no word for.
  @Test func whatPythonCallsInfinityIsInfinite() throws {
    let text = #"{"log_history": [{"step": 1, "loss": Infinity, "reward": NaN, "kl": null, "lr": -Infinity}]}"#
    let record = try RunRecord(name: "r", log: "trainer_state.json", text: text, trainer: nil)
    let values = record.rows[0].values.map { $0.value }
    #expect(values[0] == .infinity && values[1].isNaN && values[2].isNaN && values[3] == -.infinity)
  }

  /// Three evaluations are enough where the last is worse by more than batches of the training differ.
  @Test func aHeldOutLossThatRisesFromTheBeginningIsSeenAtTheThirdEvaluation() {
    func report(_ rise: Double) -> RunReport {
      RunReport(
        of: Self.record(
          [("loss", { 0.7 - $0 / 200 + 0.02 * Self.wave($0) }), ("eval_loss", { 0.6 + rise * $0 })], steps: 1...30))
    }
    let finding = report(0.01).findings.first { $0.name == "evaluation-falling" }
    #expect(finding?.seenAt == 30)
    #expect(report(0.002).findings.isEmpty)
  }

  /// A reward that wanders, as each step begins where the last one ended, and rises slowly: at no step of it is there a finding.
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func aHealthyRunIsLeftInPeaceAtEachOfItsSteps(seed: UInt64) {
    var (wander, state) = (0.0, seed)
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 52) - 1
    }
    let rows = (1...600).map { step in
      wander = 0.6 * wander + 0.08 * random()
      let reward = 0.65 - 0.4 * exp(-Double(step) / 200) + wander
      return RunRecord.Row(
        step: step, [("reward", reward), ("grad_norm", exp(0.6 * (random() + random() + random())))])
    }
    for count in stride(from: 4, through: 600, by: 4) {
      let record = RunRecord(name: "r", source: "s", total: 600, rows: Array(rows.prefix(count)))
      let findings = RunReport(of: record, traces: false).findings
      #expect(findings.isEmpty, "step \(count): \(findings.map { $0.title })")
    }
    // And where it does collapse, that is seen.
    let fallen = rows + (601...660).map { RunRecord.Row(step: $0, [("reward", 0.1 + 0.02 * random())]) }
    let report = RunReport(of: RunRecord(name: "r", source: "s", total: 660, rows: fallen), traces: false)
    #expect(report.findings.contains { $0.name == "reward-collapse" })
  }

  /// A few evaluations that go down are believed where the steps' rewards say the same.
  @Test func fewEvaluationsProveNothing() {
    func names(_ reward: @escaping @Sendable (Double) -> Double) -> [String] {
      let evaluations = [20: 0.55, 40: 0.525, 60: 0.51, 80: 0.49, 100: 0.48]
      let rows = (1...100).map { step in
        let held = evaluations[step].map { [("eval_reward", $0)] } ?? []
        return RunRecord.Row(step: step, [("reward", reward(Double(step)))] + held)
      }
      return RunReport(of: RunRecord(name: "r", source: "s", total: 100, rows: rows)).findings.map { $0.name }
    }
    #expect(!names { 0.5 + 0.05 * Self.wave($0) + $0 / 1000 }.contains("reward-collapse"))
    #expect(names { 0.55 - $0 / 1000 }.contains("reward-collapse"))
  }

  /// A finding is seen at the very row that shows it.
  @Test func theStepFromWhichAFindingIsSeenIsExact() {
    let record = Self.record([("loss", { 2 - $0 / 1000 }), ("grad_norm", { $0 == 377 ? 1e4 : 1 })], steps: 1...500)
    #expect(RunReport(of: record).findings.first { $0.name == "gradient-spike" }?.seenAt == 377)
  }

  /// What cannot be read off a log is said, and no curve of anything is invented.
  @Test func aLogWithoutKnownMetricsShowsNothing() {
    for rows in [[], [RunRecord.Row(step: 0, [])], [RunRecord.Row(step: 3, [("colour", 7)])]] {
      let report = RunReport(of: RunRecord(name: "r", source: "s", rows: rows))
      #expect(report.findings.isEmpty && report.json.contains("\"findings\": []"))
      #expect(report.impossible.count + report.examined.count == RunPuzzle.all.count)
    }
  }

  /// Numbers of any size, in any order of steps, are no reason to crash.
  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func noiseIsNoReasonToCrash(seed: UInt64) {
    var state = seed
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
    let odd: [Double] = [.nan, .infinity, -.infinity, 0, -0.0, 1e308, -1e308, .leastNonzeroMagnitude]
    let names = RunMetric.allCases.flatMap { $0.names.prefix(1) } + ["rewards/a/mean", "rewards/b/mean"]
    let rows = (0..<Int(random() * 80)).map { _ in
      RunRecord.Row(
        step: Int(random() * 40) - 5,
        names.filter { _ in random() < 0.7 }.map {
          ($0, random() < 0.1 ? odd[Int(random() * 8)] : (random() - 0.3) * 10)
        })
    }
    let report = RunReport(of: RunRecord(name: "r", source: "s", rows: rows))
    #expect(report.text.plain.hasPrefix("r: s"), "seed \(seed)")
  }

  @Test func aMetricIsKnownUnderEveryName() {
    for metric in RunMetric.allCases {
      for name in metric.names { #expect(metric.name(among: ["x", name]) == name) }
    }
    #expect(RunMetric.loss.name(among: ["train/loss"]) == "train/loss")
    #expect(RunMetric.evalLoss.name(among: ["eval/loss"]) == "eval/loss")
    #expect(RunMetric.evalReward.name(among: ["val-core/openai/gsm8k/reward/mean@1"]) != nil)
    let all = RunMetric.allCases.flatMap { $0.names }
    #expect(Set(all).count == all.count, "a name of two metrics")
  }

  @Test func whatIsOpenedIsTheNearestRecordedStep() {
    var record = Self.record(Self.cases[0].broken)
    #expect(RunReport(of: record).opening(59).contains("step 59"))
    record.rerun = "gradus train sft --config c --output o --record "
    #expect(RunReport(of: record).opening(59) == "step 59, after  gradus train sft --config c --output o --record 59")
    record.batches = [(50, "a.json"), (60, "b.json")]
    #expect(RunReport(of: record).opening(59) == "gradus doctor b.json, the recorded step nearest to 59")
    #expect(RunReport(of: record).opening(60) == "gradus doctor b.json")
  }
}
