import Objectives
import Plots
import Simulation
import WebPage

/// The pages of all built-in scenarios, and the index of them.
struct Gallery {
  let engine: [UInt8]?
  var scenarios = Scenario.builtIn
  /// The address at which the pages will be; nil where nobody knows it yet.
  var address: String?

  func write(to folder: String) throws {
    try OutputFile.makeFolder(folder)
    let neighbours = scenarios.map {
      PageConfiguration.Neighbour(name: $0.name, file: Self.file(of: $0), title: $0.title)
    }
    var cards: [GalleryPage.Card] = []
    var preview: String?
    for scenario in scenarios {
      var subject = WebSubject(scenario)
      subject.configuration.gallery = neighbours.filter { $0.name != scenario.name }
      let path = "\(folder)/\(Self.file(of: scenario))"
      try subject.drawPreview(beside: path, at: address)
      preview = preview ?? subject.configuration.previewImage
      let written = try subject.page(engine: engine).written(as: path)
      try OutputFile.write(written.bytes, to: path)
      try Output.write(subject.report(on: written, as: path))
      cards.append(try card(scenario, subject))
    }
    // Written last: once it is there, so are the pages that it lists.
    var index = GalleryPage(cards: cards, hasEngine: engine != nil)
    index.previewImage = preview
    try writeIndex(index, to: "\(folder)/index.html")
  }

  private func writeIndex(_ page: GalleryPage, to path: String) throws {
    let html: [UInt8]
    do throws(PageError) {
      html = try page.html()
    } catch {
      throw CommandError(.badData, error.message)
    }
    try OutputFile.write(html, to: path)
    try Output.write("wrote \(path): any static host will do, or open it as a file\n")
  }

  private static func file(of scenario: Scenario) -> String { "\(scenario.name).html" }

  private func card(_ scenario: Scenario, _ subject: WebSubject) throws -> GalleryPage.Card {
    let sight = Sight.all[scenario.name]
    var card = GalleryPage.Card(
      name: scenario.name, title: scenario.title, algorithm: scenario.algorithm.name, file: Self.file(of: scenario),
      hint: sight?.hint ?? "", extent: subject.extent)
    card.plainWord = sight?.plainWord ?? ""
    card.thumbnail = PlotKind.first(of: subject.trace, source: .scenario(scenario))?.plot.thumbnail ?? ""
    card.links = try sight?.links(in: .scenario(scenario), hasEngine: engine != nil) ?? []
    return card
  }
}
