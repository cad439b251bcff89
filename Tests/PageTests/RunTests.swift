import Foundation
import Testing

extension PageTests {
  /// A run's folder opens on what the doctor finds in its curves, and its recorded steps are opened from there.
  @Suite struct RunTests {
    private static let log = Command.repository.appending(path: "Tests/DiagnosisTests/Runs/grpo-rate-high.jsonl")
    private static let batch = Command.repository.appending(
      path: "Tests/SimulationTests/Oracles/grpo-larger.batch.json")

    private static func names() throws -> [String] {
      let report = try JSONSerialization.jsonObject(with: try Command.output(["doctor", log.path, "--json"]))
      let findings = (report as? [String: Any])?["findings"] as? [[String: Any]] ?? []
      return findings.compactMap { $0["name"] as? String }
    }

    @Test(.enabled(if: PageFiles.isEngineExpected)) func aDroppedFolderOpensOnTheDoctorsFindings() throws {
      let reader = try Reader()
      let batch = try String(contentsOf: Self.batch, encoding: .utf8)
      try reader.page.dropFolder(
        "grpo-9",
        [
          "metrics.jsonl": String(contentsOf: Self.log, encoding: .utf8), "config.yaml": "trainer: grpo\n",
          "model/config.json": "{}", "batches/step-000020.batch.json": batch, "batches/step-000040-1.batch.json": batch,
          "batches/step-000040-2.batch.json": "{}",
        ])
      try reader.page.wait(until: "document.getElementById('run-name').textContent === 'grpo-9'")
      #expect(try reader.isVisible("#panel-run"))
      #expect(try reader.text("#run-source").hasPrefix("a run of gradus train grpo, "))
      let kinds = try reader.texts("#run-findings .finding-kind:nth-child(2)")
      #expect(try kinds.map { $0.split(separator: " ").last.map(String.init) } == Self.names().map { $0 })
      #expect(try reader.texts("#run-steps button") == ["20", "40"])
      #expect(try reader.count("#run-findings .curve-chart") >= kinds.count)
      try reader.page.click("#run-steps button:last-child")
      try reader.page.wait(until: "document.getElementById('source-name').textContent === 'step-000040-1.batch'")
      #expect(try reader.isVisible("#panel-findings"))
      // The run stays where it was.
      try reader.open("run")
      #expect(try reader.text("#run-name") == "grpo-9")
      reader.expectQuiet()
    }

    @Test(.enabled(if: PageFiles.isEngineExpected)) func aLogAloneIsARun() throws {
      let reader = try Reader()
      let text = try String(contentsOf: Self.log, encoding: .utf8)
      try reader.page.dropFile("other.jsonl", text)
      try reader.page.wait(until: "document.getElementById('run-name').textContent === 'other.jsonl'")
      #expect(try !reader.isVisible("#run-recorded"))
      try reader.page.dropFile("broken.jsonl", "{\"step\": 1, \"loss\": \n" + text)
      try reader.page.wait(until: "!document.getElementById('notice').hidden")
      #expect(try reader.notice().contains("broken.jsonl:1:"))
      reader.expectQuiet()
    }

    @Test(
      .enabled(if: PageFiles.isEngineExpected),
      arguments: [
        (["notes.txt": "no run"], "neither metrics.jsonl"),
        (["a/metrics.jsonl": "{}", "b/metrics.jsonl": "{}"], "runs/a, runs/b"),
        (["metrics.jsonl": ""], "there are no metrics"),
      ])
    func whatIsWrongWithAFolderIsSaid(files: [String: String], message: String) throws {
      let reader = try Reader()
      try reader.page.dropFolder("runs", files)
      try reader.page.wait(until: "!document.getElementById('notice').hidden")
      #expect(try reader.notice().contains(message))
      #expect(try !reader.isVisible("#panel-run"))
      reader.expectQuiet()
    }
  }
}
