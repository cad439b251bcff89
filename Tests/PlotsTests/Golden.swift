import Foundation
import Testing

/// Compares a text with the file `Golden/<file>`; `GRADUS_RECORD=1` writes the file instead.
func expectGolden(_ text: String, _ file: String, sourceLocation: SourceLocation = #_sourceLocation) {
  let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  let url = directory.appending(path: file)
  if ProcessInfo.processInfo.environment["GRADUS_RECORD"] == "1" {
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url, options: .atomic)
    } catch {
      Issue.record("cannot write \(url.path): \(error)", sourceLocation: sourceLocation)
    }
    return
  }
  guard let golden = try? String(contentsOf: url, encoding: .utf8) else {
    Issue.record("Golden/\(file) is missing; record it with GRADUS_RECORD=1", sourceLocation: sourceLocation)
    return
  }
  guard golden != text else { return }
  let (expected, actual) = (golden.split(separator: "\n"), text.split(separator: "\n"))
  let line = zip(expected, actual).enumerated().first { $1.0 != $1.1 }?.offset ?? min(expected.count, actual.count)
  func show(_ lines: [Substring]) -> Substring { line < lines.count ? lines[line] : "(nothing)" }
  Issue.record(
    "Golden/\(file) differs, first here:\n  expected \(show(expected))\n  found    \(show(actual))",
    sourceLocation: sourceLocation)
}
