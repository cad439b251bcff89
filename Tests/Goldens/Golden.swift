import Foundation

/// What differs between a text and the file `Golden/<file>` beside a source file; nil if nothing does.
///
/// `GRADUS_RECORD=1` writes the file instead.
public func goldenDifference(_ text: String, _ file: String, beside source: String) -> String? {
  let directory = URL(filePath: source).deletingLastPathComponent().appending(path: "Golden")
  let url = directory.appending(path: file)
  if ProcessInfo.processInfo.environment["GRADUS_RECORD"] == "1" {
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url, options: .atomic)
    } catch {
      return "cannot write \(url.path): \(error)"
    }
    return nil
  }
  guard let golden = try? String(contentsOf: url, encoding: .utf8) else {
    return "Golden/\(file) is missing; record it with GRADUS_RECORD=1"
  }
  guard golden != text else { return nil }
  let (expected, actual) = (golden.split(separator: "\n"), text.split(separator: "\n"))
  let line = zip(expected, actual).enumerated().first { $1.0 != $1.1 }?.offset ?? min(expected.count, actual.count)
  func show(_ lines: [Substring]) -> Substring { line < lines.count ? lines[line] : "(nothing)" }
  return "Golden/\(file) differs, first here:\n  expected \(show(expected))\n  found    \(show(actual))"
}
