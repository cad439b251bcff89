import Diagnosis
import Documents
import Foundation
import Objectives
import Recording
import Reporting
import Simulation
import SmallBatches
import Testing

/// Each puzzle, in a recording that shows it and in one that does not.
@Suite struct PuzzleTests {
  private func diagnosis(_ source: Source) -> DoctorReport { DoctorReport(of: source, recorded: source.record()) }

  private func finding(_ name: String, _ source: Source) throws -> Finding {
    let trace = source.record()
    let finding = try #require(diagnosis(source).findings.first { $0.name == name }, "\(name) is not found")
    #expect(!finding.evidence.isEmpty)
    for item in finding.evidence {
      let expression = try Expression(parsing: item.expression, glossary: trace.glossary)
      guard case .number(let value) = try expression.evaluate(in: trace, at: item.beat) else {
        Issue.record("\(item.expression) is no number")
        continue
      }
      #expect(value == item.value || value.isNaN)
    }
    return finding
  }

  private func expectNone(_ name: String, _ source: Source, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(!diagnosis(source).findings.contains { $0.name == name }, sourceLocation: sourceLocation)
  }

  private func value(_ expression: String, _ finding: Finding) throws -> Double {
    try #require(finding.evidence.first { $0.expression == expression }).value
  }

  private let untouched: [(group: Int, reward: Double, logRatios: [Double])] = [(0, 1, [0, 0]), (0, 0, [0, 0])]
  private let moved: [(group: Int, reward: Double, logRatios: [Double])] = [
    (0, 1, [0.1, 0.05]), (0, 0, [-0.1, 0.02]),
  ]

  /// Runs in which nothing is computed wrongly, though nothing may be learned.
  private static let sound: [(String, [(name: String, text: String)])] =
    Scenario.builtIn.flatMap { scenario in
      [[], [("learning_rate", "0")], [("sft_steps", "0")], [("reward_steps", "0")], [("batch_size", "1")]].map {
        (scenario.name, $0)
      }
    } + [
      ("grpo", [("num_generations", "1")]), ("online-dpo", [("loss_type", "sigmoid,sft")]),
      ("ppo-classic", [("cliprange", "0")]), ("ppo-classic", [("loss_agg_mode", "seq-mean-token-mean")]),
    ]

  /// No such run has a number that is none, a finding speaks of what the run has, and none stands in for others.
  @Test(arguments: sound.indices)
  func whatIsSoundIsNotCalledWrong(number: Int) throws {
    let (name, changes) = Self.sound[number]
    var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name }))
    do { try source.set(changes) } catch { return }
    let trace = source.record()
    for finding in DoctorReport(of: source, recorded: trace).findings {
      #expect(finding.name != "not-a-number", "\(name) \(changes): \(finding.title)")
      let text = [finding.title, finding.explanation, finding.advice].joined(separator: " ")
        .replacing("token-mean", with: "")  // a value of an option
      let words =
        (trace.glossary.hasActions ? ["token", "response", "answer"] : [])
        + (trace.isRecorded(.oldLogp) ? [] : ["old_logp"]) + (trace.isRecorded(.klPenalty) ? [] : ["the penalty"])
      for word in words { #expect(!text.contains(" " + word), "\(name) \(changes): \(text)") }
    }
  }

  /// Of a run nothing is wrong before the loss, however far its options drive it.
  @Test(arguments: Scenario.builtIn.map { $0.name }) func aRunThatDivergesIsNoFault(name: String) throws {
    var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name }))
    try source.set([("learning_rate", "1000")])
    for finding in diagnosis(source).findings { #expect(finding.verdict != .bug, "\(name): \(finding.title)") }
  }

  /// An update that moves nothing is told from a batch that is learned from once.
  @Test func aPolicyThatStandsStill() throws {
    var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == "ppo" }))
    try source.set([("learning_rate", "0")])
    let finding = try finding("idle-clip", source)
    #expect(finding.verdict == .caution)
    #expect(finding.explanation.contains("learning_rate is 0"))
  }

  @Test func aLossOfZeroWithAGradient() throws {
    let finding = try finding("zero-loss", SmallBatch.groups(untouched))
    #expect(finding.verdict == .harmless)
    #expect(try value("policy_loss", finding).magnitude < 1e-12)
    #expect(try value("max(abs(grad(logp)))", finding) > 0.1)
    expectNone("zero-loss", try SmallBatch.groups(moved))
    // A gradient of 0 is another puzzle.
    expectNone("zero-loss", try SmallBatch.groups([(0, 1, [0]), (0, 1, [0])]))
  }

  @Test func aGroupWithoutSpread() throws {
    let some = try finding("flat-groups", SmallBatch.groups(moved + [(1, 1, [0.1]), (1, 1, [0.2])]))
    #expect(some.title == "1 of 2 groups teaches nothing")
    #expect(try value("grad(logp[2,0])", some) == 0)
    let all = try finding(
      "flat-groups", SmallBatch.groups([(0, 1, [0.1]), (0, 1, [0.2]), (1, 0, [0]), (1, 0, [0])]))
    #expect(try value("max(abs(grad(logp)))", all) == 0)
    expectNone("flat-groups", try SmallBatch.groups(moved))
    // Where groups are compared with each other, a flat one teaches all the same.
    let across = try SmallBatch.groups(
      moved + [(1, 1, [0.1]), (1, 1, [0.2])], options: [("advantage_baseline", "across_groups")])
    expectNone("flat-groups", across)
  }

  @Test func aRatioBesideOneBeforeTheFirstUpdate() throws {
    let ratios = [[0.3, 0.1], [-0.2, 0.1]]
    let critic = try finding("early-ratio", SmallBatch.ppo(logRatios: ratios, valueStep: 0))
    #expect(critic.verdict == .bug)
    #expect(try #require(critic.inference).contains("old_value"))
    #expect(try value("ratio[0,0]", critic) > 1.3)
    let reference = try finding("early-ratio", SmallBatch.groups(moved, reference: 0))
    #expect(try #require(reference.inference).contains("ref_logp"))
    _ = try finding("early-ratio", SmallBatch.groups(moved, title: "run 7, step 0"))
  }

  @Test func aRatioBesideOneLaterIsRight() throws {
    expectNone("early-ratio", try SmallBatch.ppo(logRatios: [[0.3, 0.1], [-0.2, 0.1]]))
    expectNone("early-ratio", try SmallBatch.groups(moved))
    expectNone("early-ratio", try SmallBatch.groups(moved, reference: 0.2, title: "step 10"))
    expectNone("early-ratio", try SmallBatch.ppo(logRatios: [[0, 0], [0, 0]], valueStep: 0))
    expectNone("early-ratio", .scenario(.builtIn[0]))
  }

  @Test func aClipThatNeverActs() throws {
    _ = try finding("idle-clip", SmallBatch.groups(untouched))
    let far = try finding("idle-clip", SmallBatch.ppo(logRatios: [[0.001, 0.002], [-0.001, 0]]))
    #expect(far.title.contains("no ratio comes near"))
    expectNone("idle-clip", try SmallBatch.groups(moved))
    expectNone("idle-clip", try SmallBatch.groups(untouched, options: [("loss_type", "cispo")]))
  }

  @Test func aClipThatActsOnMost() throws {
    let busy: [(group: Int, reward: Double, logRatios: [Double])] = [(0, 1, [0.5, 0.4]), (0, 0, [-0.5, -0.4])]
    let tokens = try finding("busy-clip", SmallBatch.groups(busy))
    #expect(try value("count(clipped)", tokens) == 4)
    #expect(try value("grad(logp[0,0])", tokens) == 0)
    let responses = try SmallBatch.groups(
      busy + busy.map { (1, $0.reward, $0.logRatios) }, options: [("importance_sampling_level", "sequence")])
    #expect(try finding("busy-clip", responses).title.hasSuffix("responses"))
    expectNone("busy-clip", try SmallBatch.groups(moved))
  }

  @Test func aNegativeKL() throws {
    let ratios = [[0.1, 0.2], [0.1, -0.1]]
    let negative = try finding(
      "negative-kl", SmallBatch.ppo(logRatios: ratios, referenceDistance: { _, _ in -0.2 }))
    #expect(try value("metric(objective/kl)", negative) < 0)
    expectNone("negative-kl", try SmallBatch.ppo(logRatios: ratios))
    expectNone(
      "negative-kl",
      try SmallBatch.ppo(
        logRatios: ratios, referenceDistance: { _, _ in -0.2 }, options: [("kl_estimator", "k3")]))
  }

  @Test func aLogRatioThatExplodes() throws {
    let ratio = try finding("exploding-ratio", SmallBatch.ppo(logRatios: [[8, 0.1], [0.1, 0]]))
    #expect(try value("ratio[0,0]", ratio) > 2900)
    let overflow = try finding("exploding-ratio", SmallBatch.ppo(logRatios: [[800, 0.1], [0.1, 0]]))
    #expect(try value("ratio[0,0]", overflow) == .infinity)
    let kl = try finding(
      "exploding-ratio", SmallBatch.groups(moved, options: [("beta", "0.04")], reference: -6))
    #expect(kl.title.contains("KL"))
    expectNone("exploding-ratio", try SmallBatch.ppo(logRatios: [[0.8, 0.1], [0.1, 0]]))
    // A ratio near 0 multiplies nothing; that of a token which the policy calls impossible is another matter.
    expectNone("exploding-ratio", try SmallBatch.ppo(logRatios: [[-3.2, 0.1], [0.1, 0]]))
    let vanishing = try finding("exploding-ratio", SmallBatch.ppo(logRatios: [[-30, 0.1], [0.1, 0]]))
    #expect(!vanishing.explanation.contains("the clip does not help"))
  }

  /// What a tool wrote has any log-probabilities, zeros as a rule.
  @Test func whatAMaskLeavesOutIsNotJudged() throws {
    func batch(_ mask: [Bool]) throws -> Source {
      let answers = (0..<4).map { i in
        (group: 0, reward: Double(i % 2), logRatios: [0, 5, 5, 5] as [Double])
      }
      return try SmallBatch.groups(
        answers, options: [("beta", "0.04")], reference: 0, masks: answers.map { _ in mask }, title: "first step")
    }
    let found = diagnosis(try batch([true, true, true, true])).findings
    let bugs = found.filter { $0.verdict == .bug }.map { $0.name }
    #expect(Set(bugs) == ["early-ratio", "exploding-ratio", "kl-direction"])
    #expect(!diagnosis(try batch([true, false, false, false])).findings.contains { $0.verdict != .harmless })
  }

  /// After an update on them, some samples are likelier under the reference that made them than under the policy.
  @Test func aPolicyThatLearnedFromTheReferencesSamples() throws {
    let answers = (0..<8).map { i in
      (group: 0, reward: Double(i % 2), logRatios: [-0.3, -0.2, -0.25, 0.02] as [Double])
    }
    var source = try SmallBatch.groups(answers, reference: 0)
    guard case .batch(var batch, let name) = source, case .groups(var groups) = batch.contents else { return }
    for i in groups.sequences.indices { groups.sequences[i].refLogp = groups.sequences[i].oldLogp }
    batch.contents = .groups(groups)
    source = .batch(batch, name: name)
    expectNone("kl-direction", source)
    for i in groups.sequences.indices { groups.sequences[i].refLogp = groups.sequences[i].oldLogp.map { $0 + 0.3 } }
    for i in groups.sequences.indices { groups.sequences[i].refLogp?[0] += 0.1 }
    batch.contents = .groups(groups)
    _ = try finding("kl-direction", .batch(batch, name: name))
  }

  /// Whatever rewards are compared with: where none differs, it is said.
  @Test(arguments: [
    ("rloo", "own_group"), ("opo", "own_group"), ("gpg", "own_group"), ("maxrl", "own_group"),
    ("reinforce_plus_plus", "own_group"), ("reinforce_plus_plus_baseline", "own_group"), ("grpo", "across_groups"),
    ("grpo", "pooled"),
  ])
  func rewardsThatAreAllTheSame(estimator: String, baseline: String) throws {
    func batch(_ rewards: [Double]) throws -> Source {
      try SmallBatch.groups(
        rewards.enumerated().map { ($0 / 2, $1, [0.1, 0.05]) },
        options: [("advantage_estimator", estimator), ("advantage_baseline", baseline)])
    }
    let names = diagnosis(try batch([1, 1, 1, 1])).findings.map { $0.name }
    #expect(names.filter { ["flat-groups", "no-gradient"].contains($0) }.count == 1)
    expectNone("flat-groups", try batch([1, 0, 0, 1]))
    expectNone("no-gradient", try batch([1, 0, 0, 1]))
  }

  /// A group of one that is compared with 0 does teach.
  @Test func anAnswerThatIsAloneMayTeach() throws {
    let alone: [(group: Int, reward: Double, logRatios: [Double])] = [(0, 1, [0.1]), (1, 1, [0.2])]
    expectNone("flat-groups", try SmallBatch.groups(alone, options: [("advantage_estimator", "gpg")]))
    _ = try finding("flat-groups", SmallBatch.groups(alone, options: [("advantage_estimator", "maxrl")]))
  }

  @Test func aLoggedKLThatIsInverted() throws {
    let distances: [[Double]] = [[0.5, -0.1], [0.3, 0.2]]
    // Two responses: the mean of their sums.
    func logged(_ estimate: (Double) -> Double) -> Double { distances.joined().map(estimate).reduce(0, +) / 2 }
    let inverted = logged { exp($0) - 1 - $0 }
    let right = logged { exp(-$0) - 1 + $0 }
    func batch(_ logged: Double) throws -> Source {
      try SmallBatch.ppo(
        logRatios: [[0.1, 0], [0, 0.1]], referenceDistance: { distances[$0][$1] }, options: [("kl_estimator", "k3")],
        logged: [Batch.LoggedMetric(.objectiveKL, logged)])
    }
    let found = try finding("kl-direction", batch(inverted))
    #expect(found.title.contains("exp(d) - 1 - d"))
    expectNone("kl-direction", try batch(right))
    expectNone("kl-direction", try batch(0.77))
  }

  @Test func aReferenceThatLikesTheSamplesBetter() throws {
    let ratios = [[Double]](repeating: [0.1, 0.2, 0, -0.1, 0.1], count: 4)
    func batch(_ sign: Double) throws -> Source {
      try SmallBatch.ppo(logRatios: ratios, referenceDistance: { sign * (0.3 + 0.1 * Double(($0 + $1) % 3)) })
    }
    let found = try finding("kl-direction", batch(-1))
    #expect(found.inference != nil)
    expectNone("kl-direction", try batch(1))
    // Nor does old_logp, where all ratios are off by the same: it is not what the tokens were sampled with.
    let shifted = try SmallBatch.ppo(logRatios: ratios.map { $0.map { _ in 0.3 } }, referenceDistance: { _, _ in -0.2 })
    let bugs = diagnosis(shifted).findings.filter { $0.verdict == .bug }
    #expect(bugs.map { $0.title } == ["Every ratio is 1.35, and their mean should be 1"])
    // Two or three tokens prove nothing.
    expectNone("kl-direction", try SmallBatch.ppo(logRatios: [[0.1, 0]], referenceDistance: { _, t in -0.2 }))
  }

  @Test func aKLInTheLossWithoutEffect() throws {
    let ratios = [[0.1, 0.2], [0.1, -0.1]]
    _ = try finding("kl-gradient", SmallBatch.ppo(logRatios: ratios, options: [("use_kl_loss", "true")]))
    expectNone("kl-gradient", try SmallBatch.ppo(logRatios: ratios))
    expectNone(
      "kl-gradient",
      try SmallBatch.ppo(logRatios: ratios, options: [("use_kl_loss", "true"), ("kl_estimator", "k2")]))
    // In GRPO's loss, where a factor of the ratio puts it right.
    func group(_ estimator: String, corrected: String = "false", beta: String = "0.04") throws -> Source {
      try SmallBatch.groups(
        moved, options: [("beta", beta), ("kl_estimator", estimator), ("use_bias_correction_kl", corrected)],
        reference: 0.1)
    }
    _ = try finding("kl-gradient", group("k1"))
    expectNone("kl-gradient", try group("k3"))
    expectNone("kl-gradient", try group("k1", corrected: "true"))
    expectNone("kl-gradient", try group("k1", beta: "0"))
  }

  @Test func aMeanOverEachResponse() throws {
    let answers: [(group: Int, reward: Double, logRatios: [Double])] = [
      (0, 0, [Double](repeating: 0.05, count: 12)), (0, 1, [0.1, 0.05]),
    ]
    let biased = try finding("length-bias", SmallBatch.groups(answers, options: [("loss_type", "grpo")]))
    let (short, long) = (try value("grad(logp[1,0])", biased), try value("grad(logp[0,0])", biased))
    #expect(short.magnitude > 5 * long.magnitude)
    expectNone("length-bias", try SmallBatch.groups(answers, options: [("loss_type", "dapo")]))
    expectNone("length-bias", try SmallBatch.groups(moved, options: [("loss_type", "grpo")]))
    // A response that is masked for having been cut off weighs nothing.
    expectNone(
      "length-bias",
      try SmallBatch.groups(
        answers, options: [("loss_type", "grpo"), ("mask_truncated_completions", "true")], truncated: [true, false]))
    let lengths = [[0.1], [0.1, 0, 0.1, 0, 0]]
    _ = try finding(
      "length-bias", SmallBatch.ppo(logRatios: lengths, options: [("loss_agg_mode", "seq-mean-token-mean")]))
    expectNone("length-bias", try SmallBatch.ppo(logRatios: lengths))
  }

  @Test func aChosenResponseThatFalls() throws {
    let falling = try finding("chosen-falling", SmallBatch.pairs([(-0.5, -1.5), (-0.2, -0.4)]))
    #expect(try value("mean(margin)", falling) > 0)
    expectNone("chosen-falling", try SmallBatch.pairs([(0.5, -1.5), (0.2, -0.4)]))
  }

  @Test func aMarginThatStandsStill() throws {
    let stuck = try finding("stuck-margin", SmallBatch.pairs([(0, 0), (0, 0)]))
    #expect((try value("loss", stuck) - 0.6931471805599453).magnitude < 1e-12)
    #expect(stuck.inference != nil)
    #expect(try finding("stuck-margin", SmallBatch.pairs([(0, 0)], sameTokens: true)).verdict == .bug)
    expectNone("stuck-margin", try SmallBatch.pairs([(0.5, -1.5), (0, 0)]))
    // Every run begins with a margin of 0; this one goes on.
    let dpo = try #require(Scenario.builtIn.first { $0.name == "dpo" })
    expectNone("stuck-margin", .scenario(dpo))
  }

  @Test func anAnswerThatWasCutOffAndRewarded() throws {
    let found = try finding("truncated-rewarded", SmallBatch.groups(moved, truncated: [true, false]))
    #expect(found.inference == nil)
    let inferred = try finding(
      "truncated-rewarded", SmallBatch.groups(moved, options: [("max_completion_length", "2")]))
    #expect(inferred.inference != nil)
    expectNone("truncated-rewarded", try SmallBatch.groups(moved, truncated: [false, true]))
    expectNone("truncated-rewarded", try SmallBatch.groups(moved))
    let masked = try SmallBatch.groups(
      moved, options: [("mask_truncated_completions", "true")], truncated: [true, false])
    expectNone("truncated-rewarded", masked)
    let film = Source.scenario(.builtIn[0])
    _ = try finding("truncated-rewarded", film)
    var paying = film
    try paying.set("missing_eos_penalty", to: "1")
    expectNone("truncated-rewarded", paying)
  }

  @Test func theLongRunsOfTheBuiltInScenariosAreExamined() throws {
    for scenario in Scenario.builtIn {
      let diagnosis = diagnosis(.scenario(scenario))
      for finding in diagnosis.findings { _ = try self.finding(finding.name, .scenario(scenario)) }
      #expect(diagnosis.text.plain.split(separator: "\n").allSatisfy { NumberText.width(String($0)) <= 80 })
      let json = try JSONReader.read(diagnosis.json).object("the diagnosis")
      #expect(try json.required("findings").list().count == diagnosis.findings.count)
    }
  }
}
