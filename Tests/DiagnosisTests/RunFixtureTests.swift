import Diagnosis
import Documents
import Foundation
import Testing

/// Logs of runs that `gradus train` made, of the zoo's second seed: what was broken is named, and nothing in a healthy one.
@Suite struct RunFixtureTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let file: String
    /// The findings of which one must be there; of a healthy run none.
    let right: [String]
    var testDescription: String { file }
  }

  static let cases: [Case] = [
    Case(file: "sft", right: []), Case(file: "dpo", right: []), Case(file: "grpo", right: []),
    Case(file: "ppo-penalty-0.2", right: []), Case(file: "sft-rate-500-times", right: ["diverged"]),
    Case(file: "sft-few-texts", right: ["evaluation-falling"]),
    Case(file: "sft-resumed-at-another-rate", right: ["resume-jump"]),
    Case(file: "sft-resumed-too-early", right: ["steps-repeated"]),
    Case(file: "sft-a-hole-in-the-log", right: ["steps-missing"]),
    Case(file: "sft-never-warm", right: ["schedule", "learning-rate-low"]),
    Case(file: "dpo-rate-tiny", right: ["stuck-loss"]),
    Case(file: "dpo-few-pairs", right: ["evaluation-falling"]),
    Case(file: "grpo-rate-high", right: ["reward-collapse"]),
    Case(file: "grpo-constant-reward", right: ["constant-reward"]),
    Case(file: "grpo-epsilon-tiny", right: ["clip-always"]),
    Case(file: "grpo-too-short", right: ["truncation"]), Case(file: "grpo-wrong-sign", right: ["reward-split"]),
    Case(file: "grpo-temperature-low", right: ["dead-groups"]),
    Case(file: "ppo-no-penalty", right: ["reward-hacking", "kl-runaway"]),
    Case(file: "ppo-entropy-bonus", right: ["high-entropy"]),
  ]

  private static func record(_ file: String) throws -> RunRecord {
    let folder = try #require(Bundle.module.resourceURL).appending(path: "Runs")
    let text = try String(contentsOf: folder.appending(path: file + ".jsonl"), encoding: .utf8)
    let rows = try text.split(separator: "\n").map { line in
      let members = try JSONReader.read(String(line)).object().members
      let values = members.map { member in
        (name: member.key, value: member.value.isNull ? Double.nan : (try? member.value.number()) ?? .nan)
      }
      return RunRecord.Row(step: Int(values[0].value), values.filter { $0.name != "step" })
    }
    return RunRecord(name: file, source: "a run", rows: rows)
  }

  @Test(arguments: cases)
  func whatIsBrokenIsNamed(example: Case) throws {
    let report = RunReport(of: try Self.record(example.file))
    let names = report.findings.map { $0.name }
    if example.right.isEmpty {
      #expect(names.isEmpty, "\(report.findings.map { $0.title })")
    } else {
      #expect(!Set(names).isDisjoint(with: example.right), "found \(names)")
    }
  }

  /// A trouble is seen before the run is over, and the step to open lies before it is seen.
  @Test(arguments: cases.filter { !$0.right.isEmpty })
  func itIsSeenInTime(example: Case) throws {
    let record = try Self.record(example.file)
    let report = RunReport(of: record)
    let last = try #require(record.rows.last).step
    for finding in report.findings where example.right.contains(finding.name) {
      #expect(try #require(finding.seenAt) <= last)
      #expect(finding.step <= last)
    }
  }
}
