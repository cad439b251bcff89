import Foundation
import Testing

/// The articles' Swift code is that of the tests beside this file, so that it compiles and prints what it says.
@Suite struct ArticleTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let modules = [
    "Autodiff", "Objectives", "Documents", "Recording", "Simulation", "Plots", "Reporting", "Diagnosis", "Quiz",
    "Debugging", "Player", "Graphviz", "Formats", "Notebooks", "JupyterKernel", "WebPage", "Transformers",
    "Distribution", "Training",
  ]
  static let articles = ["Documentation/Gradus.docc/Gradus.md"] + modules.map { "Sources/\($0)/\($0).docc/\($0).md" }

  @Test(arguments: articles)
  func theExampleIsTested(article: String) throws {
    let example = try #require(code(in: try text(article)), "\(article) has no example")
    let imports = example.prefix { $0.hasPrefix("import ") }
    let body = example.dropFirst(imports.count + 1)
    #expect(body.contains { $0.contains("  // ") }, "the example of \(article) prints nothing")
    let wanted = body.map(asTest).joined(separator: "\n")
    let tests = try ["EngineExamples", "EdgeExamples"].map { lines(try text("Tests/DocumentationTests/\($0).swift")) }
    let test = try #require(
      tests.first { $0.joined(separator: "\n").contains(wanted) },
      "no test has the example of \(article), which would be\n\(wanted)")
    #expect(Set(imports).isSubset(of: test))
  }

  /// `print(x)  // 8.0` as a test has it: `#expect(shown(x) == "8.0")`.
  private func asTest(_ line: String) -> String {
    guard let match = line.wholeMatch(of: /print\((try )?(.*)\)  \/\/ (.*)/) else { return line }
    let quoted = match.3.contains("\"") ? "#\"\(match.3)\"#" : "\"\(match.3)\""
    return "#expect(\(match.1 ?? "")shown(\(match.2)) == \(quoted))"
  }

  private func code(in article: String) -> [String]? {
    article.firstMatch(of: /```swift\n((?s).*?)\n```/).map { lines(String($0.1)) }
  }

  /// Lines without their indentation, which is another in a test.
  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
  }
}
