import Documents
import Objectives
import Recording
import Simulation
import Testing

/// The conventions in which implementations differ, each seen in the numbers.
@Suite struct ConventionTests {
  private func trace(_ options: (String, String)...) throws -> Trace {
    try PPOSimulationTests.scenario(options + [("num_total_batches", "1")], seed: 3).record()
  }

  private func rewards(_ trace: Trace, _ i: Int) -> [Double] {
    (0..<8).compactMap { trace.value(.reward, i, $0, at: trace.beats.count - 1) }
  }

  private func tokens(_ trace: Trace, _ i: Int) -> Int {
    (0..<8).count { trace.value(.token, i, $0, at: trace.beats.count - 1) != nil }
  }

  @Test func theScoreLandsWhereItIsToldTo() throws {
    let last = try trace(("score_position", "last_token"), ("kl_coef", "0"))
    let after = try trace(("score_position", "after_last"), ("kl_coef", "0"))
    let column = try trace(("score_position", "last_column"), ("kl_coef", "0"))
    for i in 0..<6 {
      let count = tokens(last, i)
      let score = try #require(last.value(.score, i, at: last.beats.count - 1))
      #expect(rewards(last, i).count == count && rewards(last, i).last == score)
      #expect(rewards(after, i).count == min(4, count + 1) && rewards(after, i).last == score)
      #expect(rewards(column, i).count == 4 && rewards(column, i).last == score)
      #expect(rewards(column, i).dropLast().allSatisfy { $0 == 0 })
    }
  }

  @Test func aMissingEndCostsOrReplacesTheScore() throws {
    let options = [("response_length", "2"), ("missing_eos_penalty", "1")]
    let subtracted = try trace(options[0], options[1])
    let replaced = try trace(options[0], options[1], ("missing_eos", "replace"))
    let end = subtracted.beats.count - 1
    var cut = 0
    for i in 0..<6 {
      let last = try #require(subtracted.value(.token, i, tokens(subtracted, i) - 1, at: end))
      let score = try #require(subtracted.value(.score, i, at: end))
      let adjusted = subtracted.value(.adjustedScore, i, at: end)
      guard last != 7 else {
        #expect(adjusted == nil)
        continue
      }
      cut += 1
      #expect(adjusted == score - 1)
      #expect(replaced.value(.adjustedScore, i, at: replaced.beats.count - 1) == -1)
    }
    #expect(cut > 0)
  }

  @Test func theScoreIsClipped() throws {
    let trace = try trace(("reward_clip_range", "0.5"))
    for i in 0..<6 {
      let value = try #require(trace.value(.adjustedScore, i, at: trace.beats.count - 1))
      #expect(abs(value) <= 0.5)
    }
  }

  @Test(arguments: ["batch", "minibatch"])
  func whitenedAdvantagesHaveMeanZero(scope: String) throws {
    let trace = try trace(("whiten_scope", scope), ("num_ppo_epochs", "1"))
    let stage = try #require(trace.stages.first { $0.name == "whiten" })
    let advantages = stage.beats.flatMap { trace.beats[$0].terms }.filter { trace.quantity(of: $0) == .advantage }
    let values = advantages.map { trace.value($0) }
    #expect((stage.loops.minibatch == nil) == (scope == "batch"))
    #expect(abs(values.reduce(0, +)) < 1e-9)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / Double(values.count - 1) - 1) < 1e-6)
  }

  @Test func theKLCanBePartOfTheLoss() throws {
    let trace = try trace(("use_kl_loss", "true"), ("kl_estimator", "k3"))
    #expect(trace.occurrences(of: TermKey(.klPenalty, 0, 0)).isEmpty)
    #expect(!trace.occurrences(of: TermKey(.klLoss)).isEmpty)
  }

  @Test func theCoefficientAdapts() throws {
    let trace = try PPOSimulationTests.scenario([("adap_kl_ctrl", "true"), ("kl_horizon", "60")]).record()
    let values = PPOSimulationTests.series(.klCoefficient, in: trace)
    #expect(values.count == 4)
    // The KL is far below its target of 6: the coefficient falls by 0.2 · 6 / 60 each time.
    for (old, new) in zip(values, values.dropFirst()) { #expect(abs(new / old - 0.98) < 1e-12) }
  }

  @Test(arguments: Preset.allCases)
  func everyPresetRunsAndSaysWhatItChanged(preset: Preset) throws {
    var source = Source.scenario(.builtIn[0])
    let changes = try source.apply(preset)
    #expect(!changes.isEmpty)
    for change in changes {
      #expect(source.settings[change.option] == change.value)
      #expect(!change.source.isEmpty)
    }
    let trace = source.record()
    for term in trace.terms.indices { #expect(trace.value(term).isFinite, "\(trace.text(term))") }
  }

  /// A preset says how a loss is computed, not which one.
  @Test(
    arguments: Scenario.builtIn.filter { $0.algorithm.comparesPairs || $0.algorithm.credit == .group }.map { $0.name })
  func aPresetKeepsTheLoss(name: String) throws {
    let scenario = try #require(Scenario.builtIn.first { $0.name == name })
    let isGroup = scenario.algorithm.credit == .group
    let losses = isGroup ? GroupLoss.all.map { ($0.name, $0.isPlain) } : PreferenceLoss.all.map { ($0.name, false) }
    let option = isGroup ? Option.groupLoss : .preferenceLoss
    for preset in Preset.allCases where preset.title(for: scenario.algorithm) != nil {
      for (name, isPlain) in losses {
        var settings = scenario.settings
        try settings.set(option, to: .choice(name))
        let changes = preset.differences(from: settings, for: scenario.algorithm)
        #expect(isPlain || !changes.contains { $0.option == option }, "\(preset) \(name)")
      }
    }
    let plain = GroupLoss.all.filter { $0.isPlain }.map { $0.name }
    #expect(plain == ["grpo", "dr_grpo", "dapo", "bnpo", "luspo"])
  }

  @Test(arguments: ["sgd", "adamw"])
  func everyOptimizerLearns(name: String) throws {
    let trace = try trace(("optim", name), ("weight_decay", "0.01"), ("learning_rate", "0.5"))
    let reward = PPOSimulationTests.series(.exactReward, in: trace)
    #expect(reward[1] != reward[0])
  }
}

@Suite struct ProbabilityTests {
  @Test func aProbabilityIsNoLogProbability() throws {
    let text = """
      {"format": "gradus.batch/1", "algorithm": "dpo", "pairs": [{"prompt": "p",
       "chosen": {"tokens": ["a"], "logp": [0.7], "ref_logp": [-1]},
       "rejected": {"tokens": ["b"], "logp": [-1], "ref_logp": [-1]}}]}
      """
    let error = #expect(throws: DocumentError.self) { try Batch(JSONReader.read(text)) }
    #expect(
      error?.description
        == "2:39: pairs[0].chosen.logp[0] is 0.7, but a log-probability is never above 0: is it a probability?")
  }
}
