import Autodiff
import Documents
import Objectives
import Plots
import Recording
import Reporting
import Simulation
import SmallBatches
import Testing

/// Whether a sentence says that a gradient passes, that a KL is part of the loss or that a token is left out is so on the tape.
@Suite struct LearningClaimTests {
  typealias Run = EverySentenceTests.Run

  /// Masks and bounds of every kind, without a KL that would move what they hold.
  static let masks: [[(String, String)]] = [
    [("top_entropy_quantile", "0.3")], [("off_policy_mask_threshold", "0.01")],
    [("rollout_rs", "token"), ("rollout_temperature", "3")],
    [("rollout_rs", "sequence"), ("rollout_temperature", "3")],
    [("rollout_rs", "geometric"), ("rollout_temperature", "3"), ("importance_sampling_level", "sequence")],
    [("rollout_rs", "token"), ("rollout_temperature", "3"), ("importance_sampling_level", "sequence")],
    [("rollout_rs", "token_k3"), ("rollout_temperature", "3"), ("rollout_rs_threshold", "0.1")],
    [("rollout_rs", "seq_max_k2"), ("rollout_temperature", "3"), ("rollout_rs_threshold", "0.3")],
    [("top_entropy_quantile", "0.3"), ("importance_sampling_level", "sequence")],
    [("top_entropy_quantile", "0.3"), ("loss_type", "gmpo")],
    [
      ("vllm_importance_sampling_mode", "token_mask"), ("vllm_importance_sampling_clip_max", "1.1"),
      ("rollout_temperature", "2"),
    ],
    [
      ("vllm_importance_sampling_mode", "sequence_mask"), ("vllm_importance_sampling_clip_max", "1.1"),
      ("rollout_temperature", "2"),
    ],
    [("loss_type", "clip_cov"), ("clip_cov_ratio", "0.3"), ("clip_cov_lb", "0.01")],
    [("mask_truncated_completions", "true")],
    [("delta", "1.1"), ("learning_rate", "10")], [("delta", "1.2"), ("learning_rate", "10")],
    [("delta", "1.1"), ("epsilon", "0.5"), ("learning_rate", "10")],
  ]
  static let runs =
    EverySentenceTests.runs.filter { ["ppo", "ppo-classic", "grpo"].contains($0.name) }
    + [
      Run(name: "ppo", changes: [("vf_coef", "0")]),
      Run(name: "ppo", changes: [("use_kl_loss", "true"), ("kl_coef", "0")]),
    ]
    + masks.map { Run(name: "grpo", changes: [("beta", "0")] + $0) }
    + masks.map { Run(name: "grpo", changes: $0) }

  @Test(arguments: runs)
  func whatPassesAndWhatIsPartOfTheLoss(run: Run) throws {
    let source: Source
    do { source = try run.source() } catch is OptionError { return }  // a combination that is refused
    let trace = source.record()
    let hasKL = trace.stages.contains { $0.name == Stage.klLoss.name }
    for beat in trace.beats.indices {
      switch trace.stage(ofBeat: beat).name {
      case Stage.clip.name: try checkClip(beat, trace, run, hasKL: hasKL)
      case Stage.valueLoss.name:
        try check(beat, trace, run, "the gradient passes", .value, for: .valueObjective)
      case Stage.klLoss.name: checkKL(beat, trace, run)
      default: break
      }
    }
  }

  private func check(
    _ beat: Int, _ trace: Trace, _ run: Run, _ claim: String, _ quantity: Quantity, for own: Quantity
  ) throws {
    guard let term = trace.beats[beat].terms.first(where: { trace.quantity(of: $0) == own }) else { return }
    let sentence = Narration.sentence(for: beat, in: trace)
    let key = trace.terms[term].key
    let input = try #require(trace.term(TermKey(quantity, key.i, key.j), at: beat))
    let passes = try #require(trace.gradient(of: input, at: beat)) != 0
    if sentence.contains(claim) { #expect(passes, "\(run) beat \(beat): \(sentence)") }
    if passes { #expect(sentence.contains(claim), "\(run) beat \(beat): \(sentence)") }
  }

  /// A token's objective, or that of all tokens of a response.
  private func checkClip(_ beat: Int, _ trace: Trace, _ run: Run, hasKL: Bool) throws {
    let terms = trace.beats[beat].terms
    guard let term = terms.first(where: { [.objective, .sequenceObjective].contains(trace.quantity(of: $0)) }) else {
      return
    }
    let key = trace.terms[term].key
    let sentence = Narration.sentence(for: beat, in: trace)
    let isFlat = trace.value(.advantage, key.i, key.j, at: beat) ?? trace.value(.advantage, key.i, at: beat) == 0
    // What the loss makes of the objective, and the objective of the log-probabilities, apart from any KL.
    let weight = try #require(trace.gradient(of: term, at: beat))
    let ofTokens = key.j >= 0 ? [key.j] : Array(0..<64)
    let slopes = ofTokens.compactMap { trace.term(TermKey(.logp, key.i, $0), at: beat) }
      .filter { trace.stage(ofBeat: trace.terms[$0].beat).loops == trace.stage(ofBeat: beat).loops }
      .map { trace.tape.derivative(of: trace.scalar(term), by: trace.scalar($0)) }
    let passes = weight != 0 && slopes.contains { $0 != 0 }
    #expect(sentence.contains("the gradient passes") == passes, "\(run) beat \(beat): \(sentence)")
    if sentence.contains("a mask leaves it out") { #expect(weight == 0, "\(run) beat \(beat): \(sentence)") }
    if weight == 0 {
      #expect(sentence.contains("left out") || sentence.contains("leaves it out"), "\(run): \(sentence)")
    }
    if !hasKL { #expect(!sentence.contains("KL"), "\(run) beat \(beat): \(sentence)") }
    // The sign of the clip stands where an advantage moves nothing although no mask leaves it out, and only there.
    let isClamped =
      trace.term(TermKey(.logRatio, key.i, key.j), at: beat).map { trace.mark(of: $0) == .clipped } ?? false
    if !isClamped, weight != 0, !isFlat, !sentence.contains("left out") {
      #expect((trace.mark(of: term) == .clipped) == !passes, "\(run): \(trace.text(term)), \(sentence)")
    }
  }

  private func checkKL(_ beat: Int, _ trace: Trace, _ run: Run) {
    guard let kl = trace.beats[beat].terms.first(where: { [.kl, .klTerm].contains(trace.quantity(of: $0)) }) else {
      return
    }
    let sentence = Narration.sentence(for: beat, in: trace)
    let isPart = trace.gradient(of: kl, at: beat) != 0
    #expect(sentence.contains("is part of the loss") == isPart, "\(run) beat \(beat): \(sentence)")
  }

  /// The table of a clip has signs where something moves.
  @Test(arguments: masks)
  func theOverviewPromisesNothingOfWhatIsLeftOut(mask: [(String, String)]) throws {
    let trace = try Run(name: "grpo", changes: [("beta", "0")] + mask).source().record()
    for term in trace.terms.indices where trace.quantity(of: term) == .objective {
      let (key, beat) = (trace.terms[term].key, trace.terms[term].beat)
      let samples = IterationSamples(of: trace, at: beat)
      if trace.gradient(of: term, at: beat) == 0 {
        #expect(samples.isPassedOver(key.i, key.j), "\(mask) \(trace.text(term))")
      }
    }
    for (number, stage) in trace.stages.enumerated() where stage.name == Stage.clip.name {
      let overview = StageOverview(of: number, in: trace)
      let objectives = stage.beats.flatMap { trace.beats[$0].terms }.filter { trace.quantity(of: $0) == .objective }
      let cut = objectives.filter {
        trace.mark(of: $0) == .clipped && trace.gradient(of: $0, at: stage.beats.lowerBound) != 0
      }
      guard !objectives.isEmpty, !cut.isEmpty else { continue }
      let claim = overview.remarks.first { $0.contains("clipped ✂") } ?? ""
      #expect(claim.hasPrefix(cut.count == 1 ? "1 of" : "\(cut.count) of"), "\(mask) \(stage.loops.text): \(claim)")
    }
  }

  /// Three rewards of 0.1 have the mean 0.10000000000000002.
  @Test func whatRoundingLeavesPushesNothing() throws {
    let trace = try SmallBatch.groups(
      [(0, 0.1, [0.1, 0.2]), (0, 0.1, [0.1, 0.1]), (0, 0.1, [-0.1, 0.2])], reference: 0.1
    ).record()
    let sentences = trace.beats.indices.map { Narration.sentence(for: $0, in: trace) }
    #expect(sentences.contains { $0.contains("no spread") })
    #expect(!sentences.contains { $0.contains("likely.") && $0.contains("are to become") })
    #expect(!sentences.contains { $0.contains("below its baseline") || $0.contains("the gradient passes") })
    #expect(!trace.terms.indices.contains { [.positive, .negative].contains(trace.mark(of: $0)) })
  }

  /// ⅓ + ⅓ − ⅓ − ⅓ leaves 2.8e-17, which is no mean to divide by.
  @Test func maxRLDividesByNoRoundingNoise() throws {
    let third = 1.0 / 3
    let rewards = [third, 1 - 2 * third, -third, -third]
    #expect(rewards.reduce(0, +) != 0)
    let trace = try SmallBatch.groups(
      rewards.map { (0, $0, [0.1]) }, options: [("advantage_estimator", "maxrl")]
    ).record()
    for (i, reward) in rewards.enumerated() {
      let advantage = try #require(trace.value(.advantage, i, at: trace.beats.count - 1))
      #expect(abs(advantage - reward) < 1e-15)
    }
  }

  @Test func aMeanThatWasSetIsStillOfItsGroup() throws {
    let source = try Run(name: "grpo", changes: []).source()
    let trace = source.record(overrides: [Override(key: TermKey(.groupMean, 1), occurrence: 0, value: 0.3)])
    let mean = try #require(trace.occurrences(of: TermKey(.groupMean, 1)).first)
    let sentence = Narration.sentence(for: trace.terms[mean].beat, in: trace)
    #expect(sentence.hasPrefix("The rewards of group 1 have mean 0.3"), "\(sentence)")
  }

  /// The log-ratios of masked tokens are in no mean, and a response's sentence is not that of its first token.
  @Test func aMaskedFirstTokenDoesNotStandForItsResponse() throws {
    let trace = try SmallBatch.groups(
      [(0, 1, [0.1, 0.12, 0.14]), (0, 0, [0, 0.02, 0.04]), (0, 0.5, [-0.1, -0.08, -0.06])],
      options: [("importance_sampling_level", "sequence"), ("beta", "0.04")], reference: 0.1,
      masks: [[false, true, true], nil, [false, false, false]]
    ).record()
    func sentences(_ stage: Stage) -> [String] {
      trace.stages.filter { $0.name == stage.name }.flatMap { $0.beats }.map { Narration.sentence(for: $0, in: trace) }
    }
    let (ratios, clips) = (sentences(.ratio), sentences(.clip))
    #expect(ratios[0].hasPrefix("The log-ratios of those tokens that count in \"t0 t1 t2\" have the mean 0.1300"))
    #expect(clips[0].hasSuffix("the gradient passes."))
    #expect(ratios[2] == "No token of \"t0 t1 t2\" counts: the ratio is 1.")
    #expect(clips[2].hasSuffix("a mask leaves it out of the loss."))
  }

  @Test func aCosineWithNothingPointsNowhere() throws {
    let trace = try Run(name: "ppo-classic", changes: [("gamma", "0"), ("num_total_batches", "2")]).source().record()
    for (number, stage) in trace.stages.enumerated() where stage.name == Stage.oracle.name {
      let overview = StageOverview(of: number, in: trace)
      let text = (overview.sentences + overview.remarks).joined(separator: " ")
      #expect(!text.contains("points away"), "\(text)")
    }
  }

  /// A movement names two numbers that differ, and «most» does not hide others that move as far.
  @Test(arguments: [
    ("grpo", "learning_rate", "0.01"), ("ppo", "learning_rate", "1e-05"), ("dpo", "beta", "0.1"), ("sft", "seed", "2"),
  ])
  func movementsAreTold(name: String, option: String, value: String) throws {
    let trace = try Run(name: name, changes: [(option, value)]).source().record()
    for beat in trace.beats.indices {
      let sentence = Narration.sentence(for: beat, in: trace)
      let sides = sentence.components(around: " → ")
      if let sides { #expect(sides.0 != sides.1, "beat \(beat): \(sentence)") }
      let steps = trace.beats[beat].terms.filter { trace.quantity(of: $0) == .policyStep }.map { abs(trace.value($0)) }
      guard let largest = steps.max(), largest > 0, sentence.contains("moves most") else { continue }
      // As far as the digits tell that are printed.
      let isTie = steps.count { NumberText.written($0) == NumberText.written(largest) } > 1
      #expect((sentence.contains("as far)")) == isTie, "beat \(beat): \(sentence)")
    }
  }

  @Test(arguments: [
    ("dpo", "sync_ref_model", "true", "reference follows the policy"),
    ("distill-self", "teacher_model_kind", "ema", "teacher follows the policy"),
    ("distill-self", "teacher_model_kind", "live", "teacher follows the policy"),
    ("distill-self", "teacher_model_kind", "base", "teacher ❄ frozen"), ("dpo", "beta", "0.2", "reference ❄ frozen"),
  ])
  func modelsThatMoveAreNotFrozen(name: String, option: String, value: String, claim: String) throws {
    let source = try Run(name: name, changes: [(option, value)]).source()
    let models = try #require(WorldFacts(source.record(), source).rows(examples: 1).last).1
    #expect(models.contains(claim))
    #expect(!claim.contains("follows") || !models.contains(claim.prefix { $0 != " " } + " ❄"))
  }

  /// The number of chosen responses that are less likely than under the reference, by all of their tokens.
  @Test(arguments: ["0", "0.5", "1"])
  func lessLikelyChosenResponsesAreCounted(alpha: String) throws {
    let trace = try Run(name: "dpo", changes: [("ld_alpha", alpha), ("seed", "2")]).source().record()
    for (number, stage) in trace.stages.enumerated() where stage.name == Stage.logRatio.name {
      let pairs = stage.beats.flatMap { trace.beats[$0].terms }.filter { trace.quantity(of: $0) == .chosenLogRatio }
      let beat = stage.beats.upperBound - 1
      let falling = pairs.count { pair in
        let i = trace.terms[pair].key.i
        let differences = (0..<16).compactMap { t -> Double? in
          guard let logp = trace.value(.chosenLogp, i, t, at: beat) else { return nil }
          return trace.value(.chosenRefLogp, i, t, at: beat).map { logp - $0 }
        }
        return differences.reduce(0, +) < -1e-12
      }
      let remark = StageOverview(of: number, in: trace).remarks.first {
        $0.contains("less likely than under the reference")
      }
      let claimed = remark.map { $0.hasPrefix("All") ? pairs.count : Int($0.prefix { $0.isNumber }) ?? -1 } ?? 0
      #expect(claimed == falling, "\(stage.loops.text): \(remark ?? "nothing")")
    }
  }
}

extension String {
  /// The words at both sides of a separator, up to spaces and punctuation; nil without one.
  fileprivate func components(around separator: String) -> (String, String)? {
    let parts = components(splitBy: separator)
    guard parts.count > 1 else { return nil }
    let left = String(parts[0].reversed().prefix { $0 != " " }.reversed())
    return (left, String(parts[1].prefix { !" ,;(".contains($0) }).trimmingStops)
  }

  private var trimmingStops: String { hasSuffix(".") ? String(dropLast()) : self }

  private func components(splitBy separator: String) -> [String] {
    var (parts, rest) = ([String](), Substring(self))
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
