import Diagnosis
import Documents
import Foundation
import Player
import Testing

/// What a page asks about a whole run.
@Suite struct RunTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../DiagnosisTests/Runs")
  private static let logs = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

  private func request(
    _ text: String, log: String = "metrics.jsonl", trainer: String? = nil, batches: [Int] = []
  ) -> String {
    var json = JSONWriter()
    json.beginObject()
    for (key, value) in [("do", "examine"), ("name", "a"), ("log", log), ("text", text)] {
      json.key(key)
      json.string(value)
    }
    if let trainer {
      json.key("trainer")
      json.string(trainer)
    }
    json.key("batches")
    json.numbers(batches.map(Double.init))
    json.endObject()
    return json.text
  }

  private func examine(_ request: String) throws -> Fields {
    var asking = Asking()
    return try asking.ask(request)
  }

  /// The findings are those of `gradus doctor`, each with a curve for each of its metrics that has points.
  @Test(arguments: logs) func theFindingsAreTheDoctors(log: String) throws {
    let text = try String(contentsOf: Self.folder.appending(path: log), encoding: .utf8)
    let report = RunReport(of: try RunRecord(name: "a", log: log, text: text, trainer: nil))
    let answer = try examine(request(text, batches: [10, 20]))
    let findings = try answer.required("findings").list()
    #expect(try findings.map { try $0.object().required("name").string() } == report.findings.map(\.name))
    #expect(try answer.required("curves").list().count == report.curves.count)
    for (finding, expected) in zip(findings, report.findings) {
      let fields = try finding.object()
      #expect(try fields.required("batch").integer() == report.nearestStep(of: expected, among: [10, 20]))
      let drawn = try fields.required("curves").list().map { try $0.object().required("metric").string() }
      #expect(Set(drawn).isSubset(of: Set(expected.evidence.map(\.metric))) && Set(drawn).count == drawn.count)
    }
    for curve in try answer.required("curves").list() {
      let points = try curve.object().required("points").list()
      #expect(points.count <= 400 && !points.isEmpty)
    }
  }

  @Test func aTrainersStateIsReadWithItsTotal() throws {
    let text = #"""
      {"max_steps": 4, "global_step": 2, "log_history": [
        {"step": 1, "epoch": 0.5, "loss": NaN}, {"step": 2, "loss": 0.5, "eval_loss": 0.25}, {"step": 2, "eval_loss": 9, "train_runtime": 3}]}
      """#
    let record = try RunRecord(name: "a", log: "trainer_state.json", text: text, trainer: nil)
    #expect(record.total == 4 && record.rows.map(\.step) == [1, 2])
    #expect(record.rows[0].values.map(\.name) == ["loss"] && record.rows[0].values[0].value.isNaN)
    #expect(record.rows[1].values.map(\.name) == ["loss", "eval_loss"] && record.rows[1].values[1].value == 0.25)
    let answer = try examine(request(text, log: "trainer_state.json"))
    #expect(try answer.required("findings").list()[0].object().required("name").string() == "not-finite")
  }

  /// The command that records the step is named where no step was recorded.
  @Test func aStepThatWasNotRecordedHasItsCommand() throws {
    let text = try String(contentsOf: Self.folder.appending(path: "grpo-rate-high.jsonl"), encoding: .utf8)
    let finding = try examine(request(text, trainer: "grpo")).required("findings").list()[0].object()
    #expect(finding.optional("batch") == nil)
    #expect(try finding.required("opening").string().contains("gradus train grpo --config a/config.yaml"))
  }

  @Test(arguments: [
    ("{\"step\": 1, \"loss\": 1}\n{\"step\": 2, \"loss\": \n{\"step\": 3, \"loss\": 1}\n", "metrics.jsonl:2:"),
    ("{\"step\": 1}\n", "metrics.jsonl: there are no metrics"), ("", "metrics.jsonl: there are no metrics"),
  ]) func whatIsWrongIsLocated(text: String, message: String) throws {
    var asking = Asking()
    #expect(try asking.error(request(text)).hasPrefix(message))
  }

  /// What is still being written does not count.
  @Test func anIncompleteLastLineDoesNotCount() throws {
    let record = try RunRecord(
      name: "a", log: "metrics.jsonl", text: "{\"step\": 1, \"loss\": 1}\n{\"step\": 2, \"lo", trainer: nil)
    #expect(record.rows.count == 1)
  }
}

extension RunReport {
  fileprivate func nearestStep(of finding: RunFinding, among steps: [Int]) -> Int? {
    steps.min { ($0 - finding.step).magnitude < ($1 - finding.step).magnitude }
  }
}
