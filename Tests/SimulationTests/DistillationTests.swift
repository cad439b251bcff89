import Autodiff
import Documents
import Foundation
import Objectives
import Recording
import Testing

@testable import Simulation

/// A student and its teacher: TRL's numbers, finite differences, and what is true of a whole run.
@Suite struct DistillationTests {
  /// A case of the oracle, by `Tests/Interop/distillation_oracles.py`.
  struct Case: Decodable {
    let distillationMode, lossAggMode: String
    let beta, temperature: Double
    let distillationTopk: Int
    let distillationAddTail: Bool
    let student, teacher: [[[Double]]]
    let tokens: [[Int]]
    let loss: Double?
    let losses: [Double]?
    let gradient: [[Double]]

    static func all() throws -> [Case] {
      let file = try #require(Oracle.directory).appending(path: "distillation.json")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode([Case].self, from: Data(contentsOf: file))
    }
  }

  @Test(arguments: 0..<18)
  func lossesAndGradientsAreThoseOfTRL(number: Int) throws {
    let cases = try Case.all()
    #expect(cases.count == 18)
    let example = cases[number]
    let tape = Tape()
    var settings = Settings()
    try settings.set(.distillationMode, to: .choice(example.distillationMode))
    try settings.set(.distillationBeta, to: .number(example.beta))
    try settings.set(.aggregation, to: .choice(example.lossAggMode))
    try settings.set(.distillationTopK, to: .integer(example.distillationTopk))
    try settings.set(.distillationAddTail, to: .flag(example.distillationAddTail))
    let leaves = example.student.map { $0.map { $0.map { tape.leaf($0) } } }
    func logps(_ logits: [Scalar]) -> [Scalar] {
      TabularPolicy(logits: [logits], temperature: Constant(example.temperature), on: tape).logps(after: 0)
    }
    let (students, teachers) = (
      leaves.map { $0.map(logps) }, example.teacher.map { $0.map { logps($0.map { tape.leaf($0) }) } }
    )
    let responses = example.tokens.indices.map { i in
      let tokens = example.tokens[i].enumerated()
      return DistilledResponse(
        index: i, oldLogp: tokens.map { stopGradient(students[i][$0][$1]) },
        teacherLogp: tokens.map { stopGradient(teachers[i][$0][$1]) })
    }
    let observer = Unobserved(tape: tape)
    let judged = distillationAdvantages(responses, settings: settings, observer: observer)
    let predictions = judged.indices.map { i in
      DistillationPrediction(
        judged[i], logp: example.tokens[i].enumerated().map { students[i][$0][$1] },
        divergences: zip(students[i], teachers[i]).map {
          distillationDivergence(student: $0, teacher: $1, settings: settings)
        })
    }
    let loss = distillationLoss(predictions, settings: settings, observer: observer)
    if let expected = example.loss { #expect(abs(loss.value - expected) < 1e-12) }
    if let expected = example.losses {
      let own = predictions.flatMap { $0.divergences ?? [] }.map(\.value)
      #expect(own.count == 8 && zip(own, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    }
    let gradient = tape.gradient(of: loss)
    let own = leaves.flatMap { $0 }.map { $0.map { gradient[$0] } }
    #expect(own.count == 8)
    for (mine, theirs) in zip(own, example.gradient) {
      #expect(zip(mine, theirs).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(mine.contains { abs($0) > 1e-4 })
    }
  }

  // MARK: - Batches

  static func text(_ config: String = "", divergence: String = #", "divergence": [0.5, 0.25]"#) -> String {
    """
    {"format": "gradus.batch/1", "algorithm": "distill", "config": {\(config)},
     "sequences": [
      {"prompt": "p", "tokens": ["a", "b"], "logp": [-0.5, -0.25], "old_logp": [-0.75, -0.25],
       "teacher_logp": [-1, -0.125]\(divergence)},
      {"prompt": "q", "tokens": ["a"], "logp": [-1.5], "old_logp": [-1.5], "teacher_logp": [-0.5], "divergence": [1]}]}
    """
  }

  private static let sampled = #""distillation_mode": "sampled_token""#

  private static let byHand: [(String, Double)] = [
    ("", 1.75 / 3), (#""loss_agg_mode": "seq-mean-token-mean""#, (0.375 + 1) / 2),
    (sampled, -(Elementary.exp(0.25) * -0.25 + 0.125 + 1) / 3),
    (sampled + #", "loss_agg_mode": "seq-mean-token-sum""#, -(Elementary.exp(0.25) * -0.25 + 0.125 + 1) / 2),
  ]

  @Test(arguments: byHand)
  func theLossIsThatByHand(config: String, loss: Double) throws {
    let trace = try Batch(JSONReader.read(Self.text(config))).record()
    let end = trace.beats.count - 1
    #expect(abs(try #require(trace.value(.loss, at: end)) - loss) < 1e-12)
    #expect(trace.value(.metric, Metric.teacherKL.rawValue, at: end) == (0.25 - 0.125 - 1) / 3)
  }

  @Test(arguments: ["", sampled])
  func gradientsAreDifferences(config: String) throws {
    let trace = try Batch(JSONReader.read(Self.text(config))).record()
    let end = trace.beats.count - 1
    let loss = try #require(trace.term(TermKey(.loss), at: end))
    var checked = 0
    for term in trace.terms.indices {
      switch trace.quantity(of: term) {
      case .logp where !config.isEmpty, .divergence:
        let gradient = try #require(trace.gradient(of: term, at: end))
        #expect(abs(gradient - trace.finiteDifference(of: loss, by: term).derivative) < 1e-8)
        checked += 1
      case .oldLogp, .teacherLogp: #expect(trace.gradient(of: term, at: end) ?? 0 == 0 || !config.isEmpty)
      default: break
      }
    }
    #expect(checked == 3)
  }

  @Test func writingLosesNothing() throws {
    let batch = try Batch(JSONReader.read(Self.text()))
    #expect(try Batch(JSONReader.read(batch.json)).json == batch.json)
  }

  @Test func whatIsMissingIsSaid() {
    let error = #expect(throws: DocumentError.self) { try Batch(JSONReader.read(Self.text(divergence: ""))) }
    #expect(
      error?.message
        == "distillation_mode full_logits needs the key 'divergence' in every sequence; sampled_token does without")
  }

  // MARK: - Runs

  private static func scenario(_ name: String, _ options: [(String, String)] = []) throws -> Scenario {
    try DPOSimulationTests.scenario(name, options)
  }

  /// Every batch of the simulation, written down as a trainer would, has the same loss when it is replayed.
  private static let replayed: [(String, [(String, String)])] = [
    ("distill", []), ("distill", [("distillation_mode", "sampled_token"), ("num_ppo_epochs", "2")]),
    ("distill", [("beta", "0.3"), ("lmbda", "0.5"), ("temperature", "0.7")]), ("distill-self", [("beta", "0")]),
    ("distill", [("distillation_mode", "topk_logits"), ("distillation_topk", "3")]),
    ("distill-self", [("teacher_model_kind", "ema"), ("distillation_add_tail", "true")]),
  ]

  @Test(arguments: replayed)
  func aReplayedStepHasTheSameLoss(name: String, options: [(String, String)]) throws {
    let scenario = try Self.scenario(name, options)
    let trace = scenario.record()
    var checked = 0
    for update in trace.differentiations where trace.quantity(of: update.term) == .loss {
      let beat = trace.terms[update.term].beat
      func row(_ quantity: Quantity, _ i: Int) -> [Double] { trace.row(quantity, i, ofIterationAt: beat) }
      let sequences = trace.prompts.indices.map { i in
        Batch.DistilledSequence(
          prompt: trace.prompts[i], tokens: row(.logp, i).map { _ in "x" }, logp: row(.logp, i),
          oldLogp: row(.oldLogp, i), teacherLogp: row(.teacherLogp, i),
          divergence: row(.divergence, i).isEmpty ? nil : row(.divergence, i))
      }
      let batch = Batch(title: "", settings: scenario.settings, contents: .distilled(sequences))
      let replayed = try #require(batch.record().value(.loss, at: batch.record().beats.count - 1))
      #expect(abs(replayed - trace.value(update.term)) < 1e-12)
      checked += 1
    }
    #expect(checked >= 3)
  }

  /// Whatever is made small, the exact KL from the teacher falls, and what is truly liked rises with the teacher's taste.
  private static let nearer: [(String, [(String, String)])] = [
    ("distill", []), ("distill", [("beta", "0")]), ("distill", [("beta", "0.5")]), ("distill", [("lmbda", "0.5")]),
    ("distill", [("distillation_mode", "sampled_token"), ("batch_size", "64")]), ("distill-self", []),
    ("distill", [("distillation_mode", "topk_logits"), ("distillation_topk", "3"), ("distillation_add_tail", "true")]),
  ]

  /// A teacher that follows keeps ahead: its student gets further than that of a teacher that stays.
  @Test func aTeacherThatFollowsKeepsAhead() throws {
    func truth(_ kind: String, _ more: [(String, String)] = []) throws -> Double {
      let options = [("teacher_model_kind", kind), ("num_total_batches", "24")] + more
      let trace = try Self.scenario("distill-self", options).record()
      return try #require(DPOSimulationTests.series(.trueReward, in: trace).last)
    }
    let (base, live) = (try truth("base"), try truth("live"))
    let (slow, fast) = (try truth("ema"), try truth("ema", [("teacher_update_rate", "1")]))
    #expect(live > base + 0.02 && slow > base && fast == live, "\(base), \(live), \(slow), \(fast)")
  }

  /// A moving average by hand: after each step, and raised where the solution goes on.
  @Test func aTeacherIsAMovingAverageOfThePolicies() throws {
    let scenario = try Self.scenario(
      "distill-self",
      [("teacher_model_kind", "ema"), ("teacher_update_rate", "0.25"), ("teacher_sync_steps", "2")])
    let trace = scenario.record()
    let syncs = trace.stages.filter { $0.name == Stage.teacherSync.name }
    #expect(syncs.count == 3)
    func values(_ quantity: Quantity, _ a: Int, _ b: Int) -> [Double] {
      trace.occurrences(of: TermKey(quantity, a, b)).map { trace.value($0) }
    }
    for (a, b) in [(0, 1), (2, 0), (3, 2)] {
      let (policies, teachers) = (values(.policyLogit, a, b), values(.teacherLogit, a, b))
      #expect(policies.count == 7 && teachers.count == 4)
      let raised = teachers[0] - policies[0]
      #expect(raised == 0 || abs(raised - 3) < 1e-12)
      var logit = policies[0]
      for n in 1...3 {
        logit = 0.75 * logit + 0.25 * policies[2 * n]
        #expect(abs(teachers[n] - logit - raised) < 1e-12)
      }
    }
  }

  @Test(arguments: nearer)
  func theStudentComesNearer(name: String, options: [(String, String)]) throws {
    let trace = try Self.scenario(name, options + [("num_total_batches", "12")]).record()
    let (kl, truth) = (
      DPOSimulationTests.series(.exactKL, in: trace), DPOSimulationTests.series(.trueReward, in: trace)
    )
    #expect(try #require(kl.last) < 0.55 * kl[0], "\(kl)")
    #expect(try #require(truth.last) > truth[0] + 0.05, "\(truth)")
  }

  /// The two estimates of the same gradient agree on average, and the one of whole distributions varies less.
  @Test func wholeDistributionsSayMoreThanSampledTokens() throws {
    func cosines(_ mode: String) throws -> [Double] {
      try (1...20).map { (seed: UInt64) in
        var scenario = try Self.scenario("distill", [("distillation_mode", mode), ("num_total_batches", "1")])
        scenario.seed = seed
        let trace = scenario.record()
        return try #require(trace.value(.gradientCosine, at: trace.beats.count - 1))
      }
    }
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    let (whole, sampled) = (mean(try cosines("full_logits")), mean(try cosines("sampled_token")))
    #expect(whole > sampled + 0.1, "\(whole) and \(sampled)")
  }

  private static let refused: [(String, [(String, String)], String)] = [
    (
      "distill", [("distillation_mode", "sampled_token"), ("lmbda", "0.5")],
      "distillation_mode sampled_token is a policy gradient, which does not hold for given responses: use lmbda 1 or "
        + "full_logits"
    ),
    (
      "distill", [("teacher_model_kind", "base")],
      "teacher_model_kind base needs answers in its world, and policy_sees_prompt, so that each prompt has a solution"
    ),
  ]

  @Test(arguments: refused)
  func whatCannotBeIsSaid(name: String, options: [(String, String)], message: String) throws {
    var scenario = try Self.scenario(name)
    for (option, value) in options {
      let option = try #require(Option.named(option, for: .distillation))
      try scenario.settings.set(option, to: option == .lmbda ? .number(0.5) : .choice(value))
    }
    #expect(scenario.problem == message)
  }
}
