import Foundation
import Testing

extension PageTests {
  /// A batch opens on what the doctor finds in it.
  @Suite struct FindingsTests {
    fileprivate static func batch(_ name: String) -> URL {
      Command.repository.appending(path: "Tests/SimulationTests/Oracles/\(name).batch.json")
    }

    fileprivate static func names(_ file: URL) throws -> [String] {
      let report = try JSONSerialization.jsonObject(with: try Command.output(["doctor", file.path, "--json"]))
      let findings = (report as? [String: Any])?["findings"] as? [[String: Any]] ?? []
      return findings.compactMap { $0["name"] as? String }
    }

    @Test(.enabled(if: PageFiles.isEngineExpected), arguments: ["grpo-larger", "ppo-tight-clip", "dpo-larger"])
    func aDroppedBatchOpensOnTheDoctorsFindings(name: String) throws {
      let reader = try Reader()
      let file = Self.batch(name)
      try reader.page.dropFile("\(name).json", String(contentsOf: file, encoding: .utf8))
      try reader.page.wait(until: "document.getElementById('source-name').textContent === '\(name)'")
      #expect(try reader.isVisible("#panel-findings"))
      let kinds = try reader.texts(".finding .finding-kind:nth-child(2)")
      #expect(try kinds.map { $0.split(separator: " ").last.map(String.init) } == Self.names(file).map { $0 })
      // What this source has not is not offered.
      for gone in ["#tab-story", "#tab-policy", "#tab-outcome", "#start-tour", "#moments", "#show-world"] {
        #expect(try !reader.isVisible(gone), "\(gone)")
      }
      reader.expectQuiet()
    }

    @Test(.enabled(if: PageFiles.isEngineExpected)) func everyNumberLeadsToItsTerm() throws {
      let reader = try Reader([Self.batch("grpo-larger").path])
      let count = try reader.count("#findings-list .jump, #outliers .jump")
      #expect(count > 8)
      for number in 0..<count {
        try reader.open("findings")
        let term = try reader.page.evaluate(
          """
          (() => {
            const link = document.querySelectorAll("#findings-list .jump, #outliers .jump")[\(number)];
            link.click();
            return [link.dataset.at, link.dataset.term ?? ""];
          })()
          """
        ).strings
        #expect(try "\(reader.beat())" == term.first)
        #expect(try reader.isVisible(".terms-panel"))
        let chosen = try reader.texts(".term.is-chosen .term-name, .cell.is-chosen")
        if term.last != "" { #expect(!chosen.isEmpty, "\(term)") }
      }
      reader.expectQuiet()
    }

    /// The spread of the ratios is drawn by the engine, and each bar counts what the recording has.
    @Test(.enabled(if: PageFiles.isEngineExpected)) func theHistogramsCountTheRecordedNumbers() throws {
      let reader = try Reader([Self.batch("ppo-tight-clip").path])
      #expect(try reader.count(".spread .plot") == 2)
      let bars = try reader.page.evaluate(
        "[...document.querySelectorAll('.spread [data-term]')].map(bar => [bar.dataset.term, bar.dataset.y, bar.dataset.beat])"
      )
      let first = try #require(bars.strings.first ?? bars[0].strings.first)
      let beat = try #require(bars[0].strings.last)
      try reader.goTo(try #require(Int(beat)))
      let answer = try reader.run("print \(first)")
      #expect(answer.contains(try #require(bars[0].strings.dropFirst().first)), "\(answer)")
      reader.expectQuiet()
    }

    @Test(.enabled(if: PageFiles.isEngineExpected)) func anOptionChangesWhatIsFound() throws {
      let reader = try Reader([Self.batch("ppo-tight-clip").path])
      #expect(try reader.texts(".finding-kind").contains { $0.contains("busy-clip") })
      try reader.set("cliprange", "1000")
      try reader.waitForFrame()
      #expect(try !reader.texts(".finding-kind").contains { $0.contains("busy-clip") })
      reader.expectQuiet()
    }

    /// Without the engine the findings are in the page as they were when it was written.
    @Test func aPageWithoutEngineHasTheFindingsToo() throws {
      let file = Self.batch("grpo-larger")
      let reader = try Reader([file.path], hasEngine: false)
      #expect(try reader.isVisible("#panel-findings"))
      #expect(try reader.count(".finding") == Self.names(file).count)
      try reader.page.click(".finding .jump")
      #expect(try reader.isVisible(".terms-panel"))
      reader.expectQuiet()
    }
  }
}
