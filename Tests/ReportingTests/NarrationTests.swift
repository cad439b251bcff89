import Autodiff
import Objectives
import Recording
import Reporting
import Simulation
import Testing

@Suite struct NarrationTests {
  /// One token of a batch, learned from alone, so that its advantage is the score less the value.
  private func batch(
    logRatio: Double, score: Double, value: Double = 0, changes: (inout Settings) throws -> Void = { _ in }
  ) throws -> Trace {
    var settings = Settings()
    try settings.set(.whitenAdvantages, to: .flag(false))
    try settings.set(.klCoef, to: .number(0))
    try changes(&settings)
    return Batch(
      title: "", settings: settings,
      sequences: [
        Batch.PPOSequence(
          prompt: "say", tokens: ["yes"], logp: [-1 + logRatio], oldLogp: [-1], refLogp: [-1.5], value: [value],
          oldValue: [0], score: score, entropy: nil)
      ]
    ).record()
  }

  private func sentence(_ stage: String, _ trace: Trace, last: Bool = false) throws -> String {
    let run = try #require(trace.stages.first { $0.name == stage })
    return Narration.sentence(for: last ? run.beats.upperBound - 1 : run.beats.lowerBound, in: trace)
  }

  @Test(arguments: [
    (
      0.3, 2.0,
      "\"yes\": ratio 1.350 is above 1.2 and the advantage 2 is positive, so that the clipped objective 2.4 is the "
        + "smaller one, and no gradient passes."
    ),
    (
      0.3, -2.0,
      "\"yes\": ratio 1.350 is above 1.2, but the advantage −2 is negative, so that the unclipped objective −2.700 is "
        + "the smaller one, and the gradient passes."
    ),
    (
      -0.3, 2.0,
      "\"yes\": ratio 0.7408 is below 0.8, but the advantage 2 is positive, so that the unclipped objective 1.482 is the "
        + "smaller one, and the gradient passes."
    ),
    (
      -0.3, -2.0,
      "\"yes\": ratio 0.7408 is below 0.8 and the advantage −2 is negative, so that the clipped objective −1.6 is the "
        + "smaller one, and no gradient passes."
    ),
    (
      0.1, 2.0,
      "\"yes\": ratio 1.105 is within 0.8 … 1.2; the objective is 2.210, clipped or not, and the gradient passes."
    ),
    (
      0, -2.0,
      "\"yes\": ratio 1 leaves the advantage as it is; the objective is −2, clipped or not, and the gradient passes."
    ),
    (
      0.3, 0.0,
      "\"yes\": the advantage is 0, and with it the objective, whatever the ratio, and no gradient passes."
    ),
  ])
  func everySideOfTheClip(logRatio: Double, advantage: Double, expected: String) throws {
    #expect(try sentence("clip", batch(logRatio: logRatio, score: advantage)) == expected)
  }

  @Test func theDualClipIsAFloor() throws {
    let trace = try batch(logRatio: 2, score: -2) { try $0.set(.dualClip, to: .number(3)) }
    #expect(
      try sentence("clip", trace)
        == "\"yes\": ratio 7.389 is above 1.2, but the advantage −2 is negative, so that the unclipped objective −14.78 "
        + "is the smaller one, but the dual clip's floor −6 is higher and counts, and no gradient passes.")
  }

  @Test func aClampedLogRatioLetsNoGradientPass() throws {
    let trace = try batch(logRatio: 0.3, score: -2) { try $0.set(.logRatioClamp, to: .number(0.1)) }
    #expect(
      try sentence("ratio", trace)
        == "The log-ratio of \"yes\", 0.3000, is clamped to 0.1, and no gradient passes: the ratio is exp(0.1) = 1.105."
    )
    #expect(try sentence("clip", trace).hasSuffix("clipped or not, and no gradient passes."))
  }

  @Test(arguments: [
    (
      0.1, 1.0,
      "\"yes\": the value 0.1 is within −0.2 … 0.2; its squared distance from the return 1 is 0.81, clipped or not, and "
        + "the gradient passes."
    ),
    (
      0.5, 1.0,
      "\"yes\": the value 0.5 has left −0.2 … 0.2; from 0.2 the squared distance from the return 1 is larger, 0.6400 "
        + "instead of 0.25, and no gradient passes."
    ),
    (
      0.5, -1.0,
      "\"yes\": the value 0.5 has left −0.2 … 0.2; its squared distance from the return −1 is 2.25, larger than the 1.44 "
        + "from 0.2, and the gradient passes."
    ),
    (
      0.1, 0.1,
      "\"yes\": the value 0.1 is within −0.2 … 0.2; its squared distance from the return 0.1 is 0, clipped or not, and "
        + "there is no error to correct."
    ),
  ])
  func everySideOfTheValueClip(value: Double, score: Double, expected: String) throws {
    #expect(try sentence("value-loss", batch(logRatio: 0, score: score, value: value)) == expected)
  }

  @Test func aNegativeSampleOfTheKLIsExplained() throws {
    var trace = try batch(logRatio: 0, score: 1) { try $0.set(.klCoef, to: .number(0.1)) }
    #expect(
      try sentence("kl-penalty", trace) == "The KL to the reference has weight kl_coef = 0.1.")
    let beat = try #require(trace.term(TermKey(.kl, 0, 0), at: trace.beats.count - 1)).beat(in: trace)
    #expect(
      Narration.sentence(for: beat, in: trace)
        == "\"yes\" is 1.649 times as likely to the policy as to the reference: k1 is 0.5; times kl_coef = 0.1, the token "
        + "pays 0.05.")
    let sequence = Batch.PPOSequence(
      prompt: "", tokens: ["yes"], logp: [-1], oldLogp: [-1], refLogp: [-0.5], value: [0], oldValue: [0], score: 1,
      entropy: nil)
    trace = Batch(title: "", settings: Settings(), sequences: [sequence]).record()
    #expect(
      Narration.sentence(for: beat, in: trace)
        == "\"yes\" is 0.6065 times as likely to the policy as to the reference: k1 is −0.5, negative as a single sample's "
        + "may be, though the KL itself never is; times kl_coef = 0.05, the token is paid 0.025.")
    #expect(
      try sentence("rollout", trace)
        == "At the start, \"yes\" was sampled with log-probability −1 (probability 0.3679).")
  }

  @Test func aWhatIfIsTold() throws {
    let scenario = Scenario.builtIn[0]
    let plain = scenario.record()
    let rollout = try #require(plain.stages.first { $0.name == "rollout" }).beats.lowerBound
    let now = try #require(plain.value(.token, 0, 0, at: rollout))
    let other = now == 5 ? 4.0 : 5.0
    let trace = scenario.record(overrides: [Override(key: TermKey(.token, 0, 0), occurrence: 0, value: other)])
    let words = scenario.world.vocabulary
    let sentence = Narration.sentence(for: rollout, in: trace)
    #expect(sentence.contains(", yet \"\(words[Int(other)])\" is put here"))
    #expect(
      sentence.hasSuffix(
        "What if: token[0,0] is set to \(words[Int(other)]) instead of \(words[Int(now)])."))
  }

  /// Options that bring out the special cases.
  @Test(arguments: [
    [], ["kl_estimator=k2", "whiten_rewards=true", "score_position=last_column"],
    ["kl_estimator=exact", "use_kl_loss=true", "whiten_advantages=false", "optim=sgd", "cliprange_value=none"],
    [
      "kl_estimator=k3", "score_position=after_last", "missing_eos_penalty=1", "reward_clip_range=1",
      "clip_ratio_c=1.5",
    ],
    ["adap_kl_ctrl=true", "missing_eos=replace", "missing_eos_penalty=1", "response_length=1", "max_grad_norm=none"],
    ["optim=adamw", "weight_decay=0.1", "whiten_scope=minibatch", "kl_coef=0", "loss_agg_mode=seq-mean-token-mean"],
    ["learning_rate=0", "sft_steps=0", "reward_steps=0", "max_grad_norm=0.01", "entropy_coef=0.1"],
  ])
  func everyBeatHasOneSentence(options: [String]) throws {
    var source = Source.scenario(Scenario.builtIn[0])
    for option in options {
      let parts = option.split(separator: "=").map(String.init)
      try source.set(parts[0], to: parts[1])
    }
    let trace = source.record()
    for beat in trace.beats.indices {
      let sentence = Narration.sentence(for: beat, in: trace)
      let isFallback = sentence.hasPrefix(trace.text(trace.beats[beat].terms.lowerBound) + " =")
      #expect(!isFallback, "\(trace.stage(ofBeat: beat).name): \(sentence)")
      #expect(sentence.hasSuffix(".") && !sentence.contains("  ") && !sentence.contains("−0 "), "\(sentence)")
      #expect(sentence.first?.isLowercase == false, "\(sentence)")
    }
  }

  @Test func equalsTheGoldenFile() throws {
    let source = try TraceJSONTests.smallScenario()
    let trace = source.record()
    let lines = trace.beats.indices.map {
      "\($0) \(trace.stage(ofBeat: $0).name): \(Narration.sentence(for: $0, in: trace))"
    }
    expectGolden(lines.joined(separator: "\n") + "\n", "small-scenario-sentences.txt")
  }
}

extension Int {
  /// The beat in which the term with this number appears.
  fileprivate func beat(in trace: Trace) -> Int { trace.terms[self].beat }

  private func sentences(rejectingAbove threshold: String) throws -> [String] {
    var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == "ppo" }))
    try source.set([
      (name: "rollout_temperature", text: "2"), (name: "rollout_rs", text: "token"),
      (name: "rollout_rs_threshold", text: threshold),
    ])
    let trace = source.record()
    return trace.beats.indices.map { Narration.sentence(for: $0, in: trace) }
  }

  /// A token behind which all are rejected has nothing behind it that counts.
  @Test func rejectedTokensArePassedOver() throws {
    let sentences = try sentences(rejectingAbove: "1.5")
    #expect(sentences.contains { $0.contains("; nothing that counts follows, and it is the whole advantage") })
    #expect(sentences.contains { $0.contains("; nothing follows, and it is the whole advantage") })
  }

  /// Means of no tokens at all are no numbers, and are not told as such.
  @Test func whereAllIsRejectedThereIsNoMean() throws {
    let sentences = try sentences(rejectingAbove: "1.01")
    #expect(sentences.contains("No token counts: all were rejected for the engine that sampled them."))
    #expect(sentences.contains { $0.hasSuffix("sampled them: there is no mean ratio.") })
    #expect(!sentences.contains { $0.contains("NaN") })
  }

}
