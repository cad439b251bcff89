import Documents
import Testing

@testable import Diagnosis

/// What a curve means depends on the kind of run, and on how many rows there are.
@Suite struct RunKindTests {
  private typealias Curves = [(name: String, value: @Sendable (Double) -> Double)]

  private func names(_ curves: Curves) -> [String] {
    names(RunReport(of: CurvePuzzleTests.record(curves), traces: false))
  }

  private func names(_ report: RunReport) -> [String] { report.findings.map { $0.name } }

  private static let falling: @Sendable (Double) -> Double = { 2 / (1 + $0 / 5) }
  private static let rising: @Sendable (Double) -> Double = { 1 + $0 / 50 }

  /// TRL logs the entropy of given texts as well: learning them lowers it, and DPO may raise it.
  @Test func theEntropyOfExamplesIsNoPolicys() {
    let loss: Curves = [("loss", { 2 - $0 / 100 })]
    let pairs: Curves = [("loss", { 0.69 - $0 / 300 }), ("rewards/margins", { $0 / 100 })]
    for examples in [loss, pairs] {
      for entropy in [Self.falling, Self.rising] { #expect(names(examples + [("entropy", entropy)]).isEmpty) }
      let report = RunReport(of: CurvePuzzleTests.record(examples + [("entropy", Self.falling)]))
      #expect(!report.examined.contains("entropy-collapse"))
      #expect(!report.text.plain.contains("entropy-collapse"))
    }
    let sampled: Curves = [("reward", { $0 / 100 }), ("entropy", Self.falling)]
    #expect(names(sampled) == ["entropy-collapse"])
  }

  /// A tracker's export of one chart says nothing else of the run.
  @Test func aSingleChartIsLookedAt() {
    let (near, far): (Curves, Curves) = ([("train/kl", { $0 / 1000 })], [("train/kl", { $0 / 10 })])
    #expect(names(far).contains("kl-runaway"))
    #expect(names(near).isEmpty)
    // KTO's point of reference is a KL of whole responses.
    let kto: Curves = [("loss", { 0.5 - $0 / 1000 }), ("rewards/margins", { $0 / 100 }), ("kl", { $0 / 10 })]
    #expect(names(kto).isEmpty)
    let report = RunReport(of: CurvePuzzleTests.record([("train/entropy", Self.falling)]), traces: false)
    #expect(report.findings.first?.inference?.contains("texts that are given") == true)
  }

  private func short(_ rows: Int, every gap: Int, _ values: [(name: String, value: Double)]) -> RunReport {
    RunReport(
      of: RunRecord(name: "r", source: "s", rows: (1...rows).map { .init(step: $0 * gap, values) }))
  }

  /// What never changes needs no course, if the rows stand for enough steps.
  @Test func aShortRunTellsOfConstantsAtOnce() {
    let dead = [("reward", 0.0), ("grad_norm", 0), ("frac_reward_zero_std", 1)].map { (name: $0.0, value: $0.1) }
    #expect(names(short(3, every: 10, dead)) == ["constant-reward", "dead-groups"])
    #expect(names(short(3, every: 1, dead)).isEmpty)
    #expect(names(short(2, every: 50, dead)).isEmpty)
    func cut(_ share: Double) -> [String] {
      names(short(4, every: 10, [(name: "completions/clipped_ratio", value: share)]))
    }
    #expect(cut(1) == ["truncation"] && cut(0.5).isEmpty)
    // Of one group a step, three in a row may have no spread.
    let gradient = short(3, every: 10, [(name: "grad_norm", value: 0), (name: "kl_coef", value: 1)])
    #expect(names(gradient).isEmpty)
  }

  @Test func aShortRunSaysThatItIsShort() {
    let report = short(3, every: 1, [(name: "loss", value: 1)])
    #expect(report.isShort && report.json.contains("\"short\": true"))
    let text = report.text.plain
    #expect(!text.contains("none of") && text.contains("its curves have 3 values at most, too few for most of"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let found = short(3, every: 10, [(name: "reward", value: 0)]).text.plain
    #expect(found.contains("1 found; its curves have 3 values at most"))
    let long = short(8, every: 1, [(name: "loss", value: 1)])
    #expect(!long.isShort && long.json.contains("\"short\": false"))
  }

  @Test func whereAnswersShrinkTheTextSaysSo() throws {
    let curves: Curves = [("reward", { $0 / 100 }), ("response_length", { 300 / (1 + $0 / 20) })]
    let report = RunReport(of: CurvePuzzleTests.record(curves), traces: false)
    let finding = try #require(report.findings.first { $0.name == "length-drift" })
    #expect(finding.title.hasPrefix("The reward rises as answers get shorter"))
    #expect(finding.explanation.contains("brevity") && finding.inference?.contains("shorter answers") == true)
  }
}
