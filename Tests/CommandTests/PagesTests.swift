import Foundation
import Notebooks
import Testing

/// The lessons and notebooks, as texts; `Scripts/pages.sh` runs their cells.
@Suite struct PagesTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

  static func pages(in folder: String) -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
    return files.filter { $0.hasSuffix(".md") && $0 != "README.md" }.sorted().map { "\(folder)/\($0)" }
  }

  @Test func theProgramHasAllLessonsInTheirOrder() throws {
    let files = Self.pages(in: "lessons").map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
    #expect(BuiltInPage.lessons.map { $0.name } + [BuiltInPage.interview.name] == files)
    for lesson in BuiltInPage.lessons {
      #expect(
        lesson.text == (try String(contentsOf: Self.root.appending(path: "lessons/\(lesson.name).md"), encoding: .utf8))
      )
      #expect(try lesson.notebook().title == "\(lesson.number). \(lesson.title)")
    }
  }

  /// The interview and the list of lessons count its questions.
  @Test func questionsAreCounted() throws {
    let count = try BuiltInPage.interview.notebook().sections.filter { $0.title != nil }.count
    let words = NumberFormatter()
    words.numberStyle = .spellOut
    words.locale = Locale(identifier: "en")
    let spelt = try #require(words.string(from: NSNumber(value: count)))
    #expect(BuiltInPage.interview.text.lowercased().contains("\(spelt) open questions"))
    let list = try String(contentsOf: Self.root.appending(path: "lessons/README.md"), encoding: .utf8)
    #expect(list.contains("[\(count) questions with model answers]"))
  }

  /// A file of the project that a page names is there.
  @Test(arguments: pages(in: "lessons") + pages(in: "lessons/derivations") + pages(in: "notebooks-md"))
  func namedFilesExist(page: String) throws {
    let text = try String(contentsOf: Self.root.appending(path: page), encoding: .utf8)
    for part in text.split(separator: "`") where part.hasPrefix("Sources/") && part.hasSuffix(".swift") {
      #expect(FileManager.default.fileExists(atPath: Self.root.appending(path: String(part)).path), "\(page): \(part)")
    }
  }

  /// A lesson asks, predicts, shows, warns and refers.
  @Test(arguments: BuiltInPage.lessons.map { $0.name })
  func everyLessonHasItsParts(name: String) throws {
    let lesson = try #require(BuiltInPage.lessons.first { $0.name == name })
    let notebook = try lesson.notebook()
    let titles = notebook.sections.compactMap { $0.title }
    for part in ["Predict", "Common mistakes", "Exercises", "Read on"] {
      #expect(titles.contains(part), "\(name) has no section \(part)")
    }
    let answers = notebook.parts.count { part in
      if case .answer = part { true } else { false }
    }
    #expect(answers >= 3)
    #expect(lesson.text.contains("![") && lesson.text.contains("```math"))
  }

  /// Links between the pages lead somewhere.
  @Test(
    arguments: ["README.md"] + pages(in: "lessons") + pages(in: "lessons/tours")
      + pages(in: "lessons/derivations") + pages(in: "notebooks-md")
      + pages(in: "Documentation"))
  func everyLinkLeadsToAFile(page: String) throws {
    let file = Self.root.appending(path: page)
    let text = try String(contentsOf: file, encoding: .utf8)
    for match in text.matches(of: /\]\(([^)#\s]+)[^)\s]*\)/) where !match.1.hasPrefix("http") {
      let target = file.deletingLastPathComponent().appending(path: String(match.1))
      #expect(FileManager.default.fileExists(atPath: target.path), "\(page) links to \(match.1)")
    }
  }
}
