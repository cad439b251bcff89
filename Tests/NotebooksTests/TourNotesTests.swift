import Documents
import Notebooks
import Recording
import Reporting
import Simulation
import Testing

/// What a speaker takes from a tour.
@Suite struct TourNotesTests {
  private static let names = BuiltInPage.tours.map { $0.name }

  private func source(_ name: String) throws -> Source {
    .scenario(try #require(Scenario.builtIn.first { $0.name == name }))
  }

  /// Scenes are at the stage that their own output names.
  @Test(arguments: names) func aSceneIsSaidOfTheStageThatItShows(name: String) throws {
    let source = try source(name)
    let trace = source.record()
    let notes = SpeakerNotes(touring: source, recorded: trace)
    let tour = try #require(BuiltInPage.tours.first { $0.name == name })
    #expect(notes.stages.count >= 3)
    for (stage, paragraphs) in notes.stages {
      let place = trace.placeText(of: trace.stages[stage])
      for scene in try tour.notebook().sections where paragraphs.contains(scene.title ?? "") {
        var shown: [String] = []
        for case .cell(let cell) in scene.parts {
          shown += (cell.output ?? []).filter { $0.contains(" · overview of ") || $0.contains(" · beat ") }
        }
        if let last = shown.last { #expect(last.hasPrefix(place + " · "), "\(scene.title ?? "")") }
      }
      for paragraph in paragraphs { #expect(!paragraph.hasPrefix("![") && !paragraph.hasPrefix("<")) }
    }
  }

  /// A tour speaks of numbers, and these are others.
  @Test(arguments: names) func nothingIsSaidOfAnotherRecording(name: String) throws {
    var source = try source(name)
    try source.set("learning_rate", to: "0.0123")
    let notes = SpeakerNotes(touring: source, recorded: source.record())
    #expect(notes.stages.isEmpty)
    #expect(notes.world.isEmpty)
  }

  @Test func withoutATourAStagesNotesAreThoseOfItsOverview() throws {
    let source = try source("ppo")
    let trace = source.record()
    let (own, touring) = (
      Handout(trace, source: source),
      Handout(trace, source: source, notes: SpeakerNotes(touring: source, recorded: trace))
    )
    let clip = try #require(touring.sections.first { $0.title == "clip" })
    #expect(clip.notes.contains("Why no gradient"))
    let entropy = try #require(touring.sections.firstIndex { $0.title == "entropy" })
    #expect(touring.sections[entropy].notes == own.sections[entropy].notes)
    #expect(!own.sections[entropy].notes.isEmpty)
    #expect(!own.sections.contains { $0.notes.contains("Why no gradient") })
  }
}
