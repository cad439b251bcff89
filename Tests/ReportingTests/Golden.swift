import Foundation
import Testing

/// A text that is compared with a file in `Tests/ReportingTests/Golden`.
///
/// `make record` (`GRADUS_RECORD=1 swift test --filter Golden`) writes the files anew; look at the difference before
/// committing it.
enum Golden {
  private static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

  static func check(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if ProcessInfo.processInfo.environment["GRADUS_RECORD"] == "1" {
      try Data(text.utf8).write(to: directory.appending(path: name), options: .atomic)
      return
    }
    let file = try #require(Bundle.module.resourceURL).appending(path: "Golden").appending(path: name)
    let expected = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    guard text != expected else { return }
    Issue.record("\(name): \(firstDifference(text, expected))", sourceLocation: sourceLocation)
  }

  private static func firstDifference(_ text: String, _ expected: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let number = zip(lines, expectedLines).prefix { $0 == $1 }.count
    func line(_ lines: [Substring]) -> Substring { number < lines.count ? lines[number] : "the end" }
    return "line \(number + 1) is\n\(line(lines))\nnot\n\(line(expectedLines))"
  }
}
