import Diagnosis
import Documents
import Foundation
import Objectives
import Recording
import Simulation
import Testing

/// Situations of people who train, in the folder `Field`: what somebody in that place must be told, and what not.
@Suite struct FieldTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let file: String
    /// The findings that matter, and what one of them says.
    let findings: [String]
    var says: String?
    var testDescription: String { file }
  }

  static let cases: [Case] = [
    Case(
      file: "01-dapo-truncated-denominator/step", findings: ["logged-loss"],
      says: "the same sum divided by all 30 tokens, masked ones too"),
    Case(
      file: "01-dapo-truncated-denominator/step-tokens30", findings: ["step-tokens"],
      says: "divided by 30 tokens, and 25 are learned from"),
    Case(
      file: "03-dapo-divided-by-ga-again/step", findings: ["logged-loss"],
      says: "the same loss divided by 4, as many as there are batches in the step"),
    Case(
      file: "04-vllm-logprobs/top_p", findings: ["mean-ratio"],
      says: "The mean ratio is 0.841 ± 0.005, 34 standard errors from 1"),
    Case(file: "04-vllm-logprobs/top_p-titled", findings: ["early-ratio", "mean-ratio"]),
    Case(file: "04-vllm-logprobs/with-sampling-logp", findings: ["sampler-drift"], says: "0.841 ± 0.005"),
    Case(file: "05-lora-reference-is-base/grpo-step0", findings: ["first-reference"], says: "not 0 at the first step"),
    Case(file: "08-equal-float-rewards/flat", findings: ["flat-groups"], says: "the gradient of the whole update is 0"),
    Case(file: "08-equal-float-rewards/flat3", findings: ["flat-groups"]),
    Case(file: "08-equal-float-rewards/loo", findings: []),
    Case(
      file: "08-equal-float-rewards/small-spread", findings: ["tiny-spread"],
      says: "0.1364 with TRL's 0.0001, 1.364 with verl's"),
    Case(file: "09-reward-model-same-score/same", findings: ["equal-scores"], says: "each costs ln 2"),
    Case(file: "10-whiten-one-token/one", findings: ["whiten-one", "no-gradient"], says: "NaN there"),
    Case(file: "10-whiten-one-token/one-rewards", findings: ["whiten-one"]),
    Case(file: "10-whiten-one-token/two-equal", findings: ["no-gradient"], says: "whitened to 0"),
    Case(
      file: "11-critic-stuck/step", findings: ["stuck-critic"], says: "20 of 20 values have the gradient 0"),
    Case(
      file: "15-two-rewards/rewards", findings: ["cancelling-rewards"], says: "Being better by correct does not pay"),
    Case(file: "15-two-rewards/sum", findings: []),
    Case(file: "29-logged-metrics/dpo", findings: ["logged-metric", "first-reference"], says: "0.7005, and not ln 2"),
    Case(file: "29-logged-metrics/grpo", findings: ["logged-metric"], says: "Other than computed as well: reward_std"),
    Case(
      file: "29-logged-metrics/grpo-kl", findings: ["logged-metric", "first-reference"],
      says: "The trainer's kl was 2.868, and its numbers give 0.2868"),
    Case(file: "29-logged-metrics/ppo", findings: ["logged-metric"], says: "critic/vf_explained_var"),
    Case(
      file: "31-logged-loss-tolerance/sign", findings: ["logged-loss"], says: "the same loss with the other sign"),
    Case(file: "31-logged-loss-tolerance/times4", findings: ["logged-loss"], says: "4 times the same loss"),
  ]

  private static func report(_ file: String) throws -> DoctorReport {
    let folder = try #require(Bundle.module.resourceURL).appending(path: "Field")
    let text = try String(contentsOf: folder.appending(path: file + ".batch.json"), encoding: .utf8)
    let source = Source.batch(try Batch(JSONReader.read(text)), name: file)
    return DoctorReport(of: source, recorded: source.record())
  }

  @Test(arguments: cases)
  func theDoctorSaysWhatIsWrong(example: Case) throws {
    let report = try Self.report(example.file)
    let serious = report.findings.filter { $0.verdict != .harmless }
    #expect(Set(serious.map { $0.name }) == Set(example.findings))
    let text = serious.map { "\($0.title) \($0.explanation)" }.joined(separator: " ")
    if let says = example.says { #expect(text.contains(says), "\(text)") }
  }

  /// Beside something that is wrong, nobody is told to do nothing.
  @Test(arguments: cases)
  func nothingIsNoAdviceBesideAFault(example: Case) throws {
    let report = try Self.report(example.file)
    guard report.findings.contains(where: { $0.verdict != .harmless }) else { return }
    for finding in report.findings { #expect(!finding.advice.hasPrefix("Nothing"), "\(finding.name)") }
  }

  /// ORPO near a log-probability of 0: nothing is NaN, and nothing is found that is not there.
  @Test(arguments: ["near", "tiny", "zero", "near-noref", "tiny-noref", "zero-noref", "e1e-10", "e1e-16"])
  func theLimitOfORPOIsFinite(name: String) throws {
    let report = try Self.report("07-orpo-nan/" + name)
    #expect(!report.findings.contains { $0.name == "not-a-number" })
  }

  @Test func aNumberThatIsNoneIsFoundWhereItBegins() throws {
    let source = try SmallGroup.source(logps: [[-1e9, -0.2], [-0.5, -0.6]])
    let report = DoctorReport(of: source, recorded: source.record(overrides: []))
    #expect(report.findings.contains { $0.name == "exploding-ratio" })
    #expect(!report.findings.contains { $0.name == "not-a-number" })
  }

  /// Two rewards compared one by one, as GDPO does.
  @Test func rewardsAreComparedOneByOne() throws {
    let folder = try #require(Bundle.module.resourceURL).appending(path: "Field/15-two-rewards/rewards.batch.json")
    var batch = try Batch(JSONReader.read(String(contentsOf: folder, encoding: .utf8)))
    func advantages() -> [Double] {
      let trace = batch.record()
      return (0..<4).compactMap { trace.value(.advantage, $0, at: trace.beats.count - 1) }
    }
    #expect(zip(advantages(), [-0.866, 0.866, -0.866, 0.866]).allSatisfy { abs($0 - $1) < 1e-3 })
    try batch.settings.set(.multiObjective, to: .choice("normalize_then_sum"))
    let trace = batch.record()
    let end = trace.beats.count - 1
    let combined = (0..<4).compactMap { trace.value(.combinedReward, $0, at: end) }
    #expect(zip(combined, [-0.866, 0.359, -0.359, 0.866]).allSatisfy { abs($0 - $1) < 1e-3 })
    // As TRL, over the batch once more.
    let deviation = (combined.reduce(0) { $0 + $1 * $1 } / 3).squareRoot()
    #expect(zip(advantages(), combined).allSatisfy { abs($0 - $1 / deviation) < 1e-3 })
  }

  @Test func aFirstStepIsKnownByItsNumber() throws {
    for (step, isFirst) in [(0, true), (1, true), (2, false), (400, false)] {
      let text = """
        {"format": "gradus.batch/1", "algorithm": "dpo", "title": "first step", "step": \(step), "pairs": [
          {"prompt": "p", "chosen": {"tokens": ["a"], "logp": [-1], "ref_logp": [-1.5]},
            "rejected": {"tokens": ["b"], "logp": [-1], "ref_logp": [-1]}}]}
        """
      let source = Source.batch(try Batch(JSONReader.read(text)), name: "step")
      let report = DoctorReport(of: source, recorded: source.record())
      #expect(report.findings.contains { $0.name == "first-reference" } == isFirst)
    }
  }

  /// The trainer's own arrays, term by term: the first that differs, by its formula.
  @Test func theFirstNumberThatDiffersIsNamed() throws {
    let text = """
      {"format": "gradus.batch/1", "algorithm": "grpo", "title": "arrays", "sequences": [
        {"prompt": "p", "group": "g", "tokens": ["a"], "logp": [-1], "old_logp": [-1], "reward": 1, "advantage": 0.7070},
        {"prompt": "p", "group": "g", "tokens": ["a"], "logp": [-1], "old_logp": [-1], "reward": 0, "advantage": -1.0}]}
      """
    let source = Source.batch(try Batch(JSONReader.read(text)), name: "arrays")
    let report = DoctorReport(of: source, recorded: source.record())
    let finding = try #require(report.findings.first { $0.name == "logged-terms" })
    #expect(finding.title == "The trainer's advantage[1] was -1, and its numbers give -0.7070")
    #expect(finding.explanation.contains("advantage[1] = raw_advantage[1] ÷ (group_std[0] + 0.0001)"))
  }
}

private enum SmallGroup {
  static func source(logps: [[Double]]) throws -> Source {
    let sequences = logps.enumerated().map { n, logp in
      Batch.GroupBatch.Sequence(
        prompt: "p", tokens: logp.map { _ in "t" }, group: 0, reward: Double(n), logp: logp,
        oldLogp: logp.map { _ in -0.5 })
    }
    let group = Batch.GroupBatch(sequences: sequences, groups: [.init(name: "g")])
    return .batch(Batch(title: "small", settings: Settings(), contents: .groups(group)), name: "small")
  }
}
