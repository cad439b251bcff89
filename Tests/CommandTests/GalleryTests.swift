import Foundation
import Simulation
import Testing
import WebPage

@testable import gradus

@Suite struct GalleryTests {
  /// The links lead to beats, whatever the recordings become.
  @Test(arguments: Scenario.builtIn)
  func everyScenarioHasAHintAndPlacesThatAreThere(scenario: Scenario) throws {
    let sight = try #require(Sight.all[scenario.name], "Sights.swift says nothing of \(scenario.name)")
    #expect(!sight.hint.isEmpty && !sight.plainWord.isEmpty)
    #expect(sight.places.count >= 2)
    for place in sight.places {
      let link = try place.link(in: .scenario(scenario))
      #expect(link.fragment.contains(/^at=[1-9]/), "\(scenario.name): \(place.text) does not go anywhere")
    }
  }

  /// A place whose text claims something that is not so cannot be written into a page.
  @Test func aPlaceThatClaimsWhatIsNotSoIsAnError() throws {
    let source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == "grpo" }))
    let commands = ["break group_std == 0", "continue"]
    _ = try Sight.Place(text: "all right", claim: "group_mean[0] == 1", commands: commands).link(in: source)
    for claim in ["group_mean[0] == 0", "nothing[0]"] {
      #expect(throws: CommandError.self) {
        try Sight.Place(text: "no", claim: claim, commands: commands).link(in: source)
      }
    }
    // The stories that claim something do.
    #expect(Sight.all.values.flatMap { $0.places }.count { $0.claim != nil } >= 3)
  }

  @Test func anUnknownPlaceIsAnError() {
    for place in [
      Sight.Place(text: "", commands: ["goto nowhere"]), Sight.Place(text: "", settings: [("zzz", "1")], commands: []),
      Sight.Place(text: "", variant: [("beta", "high")], commands: []),
    ] {
      #expect(throws: CommandError.self) { try place.link(in: .scenario(Scenario.builtIn[0])) }
    }
  }

  @Test func theIndexLinksToPagesThatKnowEachOther() throws {
    let program = try Program()
    let scenarios = Scenario.builtIn.filter { ["sft", "reward-model"].contains($0.name) }
    let folder = program.file("site/of")
    try Gallery(engine: WebCommandTests.module, scenarios: scenarios).write(to: folder.path)
    let index = try program.read("site/of/index.html")
    #expect(!index.contains("<script"))
    #expect(!index.contains(/https?:/))
    #expect(index.contains("default-src 'none'; style-src 'sha256-"))
    var files: Set<String> = []
    for match in index.matches(of: /href="([^"#]*)(#[^"]*)?"/) {
      files.insert(String(match.1))
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: String(match.1)).path), "\(match.0)")
    }
    #expect(files == ["sft.html", "reward-model.html"])
    #expect(index.ranges(of: "<svg class=\"plot thumbnail\"").count == 2)
    #expect(index.contains("imitate good examples"))
    for (name, other) in [("sft", "reward-model"), ("reward-model", "sft")] {
      let page = try program.read("site/of/\(name).html")
      #expect(page.contains("\"gallery\":[{\"name\":\"\(other)\",\"file\":\"\(other).html\","))
      #expect(page.utf8.count < PlayerPage.limit)
    }
  }
}
