import Foundation
import Testing
import WebPage

/// The program holds the files of the folder `page` of CEmbedded as they are.
@Suite struct PageFileTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../../Sources/CEmbedded/page"
  ).standardized

  @Test func everyModuleIsInThePageAndNoOther() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: "modules").path)
    let modules = PageFile.modules + PageFile.startModules + PageFile.trainingModules
    #expect(Set(modules.map { $0.name }).sorted() == names.filter { $0.hasSuffix(".js") }.sorted())
    for module in modules { #expect(try text("modules/\(module.name)") == module.text, "\(module.name)") }
  }

  @Test func theOtherFilesAreThoseOfTheFolder() throws {
    for file in [PageFile.page, .style, .gallery, .galleryStyle, .trainingStyle] {
      #expect(try text(file.name) == file.text)
    }
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
  }
}
