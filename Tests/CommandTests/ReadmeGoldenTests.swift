import Debugging
import Foundation
import Objectives
import Simulation
import Testing

/// The transcripts and tables of these pages are what the program prints; `GRADUS_RECORD=1` writes them anew.
@Suite struct ReadmeGoldenTests {
  @Test(arguments: [
    "README.md", "Documentation/training.md", "Documentation/runs.md", "Documentation/scaling.md",
    "Documentation/other-trainers.md", "integrations/trl/README.md",
  ])
  func everyTranscriptAndTableIsCurrent(page: String) throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(page)").standardized
    let text = try String(contentsOf: path, encoding: .utf8)
    let current = try TrainingTables.current(withOptions(try withTranscripts(text)))
    if ProcessInfo.processInfo.environment["GRADUS_RECORD"] == "1" {
      try Data(current.utf8).write(to: path, options: .atomic)
    } else {
      #expect(text == current, "\(page) is out of date: make record")
    }
  }

  // MARK: Transcripts

  /// The text with the answer after each command of its `console` blocks.
  private func withTranscripts(_ text: String) throws -> String {
    var lines: [String] = []
    var block: [String]?
    // A command finds what those above it have made, and the files that pages speak of.
    let program = try Program()
    let documentation = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Documentation")
    try FileManager.default.createSymbolicLink(
      at: program.file("Documentation"), withDestinationURL: documentation.standardized)
    for line in text.components(separatedBy: "\n") {
      if line == "```console" {
        block = []
        lines.append(line)
      } else if line == "```", let commands = block {
        lines += try transcript(of: commands, program)
        lines.append(line)
        block = nil
      } else if block != nil {
        if line.hasPrefix("$ ") || line.hasPrefix("(gradus ") { block?.append(line) }
      } else {
        lines.append(line)
      }
    }
    return lines.joined(separator: "\n")
  }

  private func transcript(of commands: [String], _ program: Program) throws -> [String] {
    var lines: [String] = []
    var session: Session?
    for command in commands {
      if command.hasPrefix("$ gradus step ") {
        session = Session(
          source: .scenario(try #require(Scenario.builtIn.first { "$ gradus step \($0.name)" == command })))
        lines.append(command)
      } else if command.hasPrefix("(gradus ") {
        let typed = String(command.drop { $0 != ")" }.dropFirst(2))
        lines.append((session?.prompt ?? "") + typed)
        lines += output(session?.run(typed).text.plain ?? "")
      } else {
        lines.append(command)
        let line = String(command.dropFirst(2)).replacing("gradus ", with: "$GRADUS ", maxReplacements: 1)
        let result = try program.shell(line)
        lines += output(result.errors + result.output)
      }
    }
    return lines
  }

  private func output(_ text: String) -> [String] {
    text.isEmpty ? [] : text.trimmingCharacters(in: .newlines).components(separatedBy: "\n")
  }

  // MARK: Options

  private func withOptions(_ text: String) -> String {
    var text = text
    for algorithm in Algorithm.all {
      guard let start = text.range(of: "<!-- options \(algorithm.name) -->\n"),
        let end = text.range(of: "<!-- /options -->", range: start.upperBound..<text.endIndex)
      else { continue }
      var table = "| option | standard | what it does | source |\n| --- | --- | --- | --- |\n"
      for option in Option.all(for: algorithm) {
        let row = option.description
        table += "| `\(row.name)` | \(row.standard.text) | \(row.sentence) | \(row.source) |\n"
      }
      text.replaceSubrange(start.upperBound..<end.lowerBound, with: table)
    }
    return text
  }
}
