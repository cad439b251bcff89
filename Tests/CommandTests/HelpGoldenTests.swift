import Foundation
import Testing

/// The help of every command, whole; `GRADUS_RECORD=1` records it again.
@Suite struct HelpGoldenTests {
  @Test(arguments: [
    "", "step", "print", "trace", "diagram", "plot", "compare", "doctor", "watch", "scenarios", "tour", "lesson",
    "quiz",
    "grade",
    "choose",
    "notebook",
    "web", "slides",
    "models", "sample", "score", "evaluate", "chat", "mask", "runs",
    "kernel",
    "train",
    "plan",
    "manual",
    "export",
    "export trl",
    "export unipo",
  ])
  func helpIsAsRecorded(command: String) throws {
    let arguments = command.split(separator: " ").map(String.init) + ["--help"]
    let result = try Program()(arguments)
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    try Golden.expect(result.output, "help\(command.isEmpty ? "" : "-")\(command.replacing(" ", with: "-")).txt")
  }

  @Test func theBuiltInScenarioIsAsRecorded() throws {
    try Golden.expect(try Program()(["scenarios", "ppo"]).output, "ppo.yaml")
  }
}

/// Recorded texts, beside this file.
enum Golden {
  static func expect(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
    if ProcessInfo.processInfo.environment["GRADUS_RECORD"] == "1" {
      try Data(text.utf8).write(to: file)
    } else {
      #expect(text == (try String(contentsOf: file, encoding: .utf8)), sourceLocation: sourceLocation)
    }
  }
}
