import Debugging
import Documents
import Foundation
import Graphviz
import Notebooks
import Objectives
import Simulation
import Testing

@testable import gradus

/// The transcripts and tables of these pages are what the program prints; `GRADUS_RECORD=1` writes them anew.
@Suite struct ReadmeGoldenTests {
  @Test(arguments: [
    "README.md", "Documentation/debugger.md", "Documentation/options.md", "Documentation/training.md",
    "Documentation/training-options.md", "Documentation/runs.md", "Documentation/run-doctor.md",
    "Documentation/scaling.md",
    "Documentation/other-trainers.md", "lessons/README.md", "integrations/trl/README.md",
  ])
  func everyTranscriptAndTableIsCurrent(page: String) throws {
    let path = PagesTests.root.appending(path: page)
    let text = try String(contentsOf: path, encoding: .utf8)
    let current = try TrainingTables.current(
      withOptions(try withTranscripts(text, pictures: path.deletingLastPathComponent())))
    if isRecording {
      try Data(current.utf8).write(to: path, options: .atomic)
    } else {
      #expect(text == current, "\(page) is out of date: make record")
    }
  }

  @Test func theLessonsAreCounted() throws {
    let text = try String(contentsOf: PagesTests.root.appending(path: "README.md"), encoding: .utf8)
    #expect(text.contains("# \(BuiltInPage.lessons.count) short lessons:"))
  }

  private var isRecording: Bool { ProcessInfo.processInfo.environment["GRADUS_RECORD"] == "1" }

  // MARK: Transcripts

  /// The text with the answer after each command of its `console` blocks; what they draw is in the folder `pictures`.
  private func withTranscripts(_ text: String, pictures: URL) throws -> String {
    var lines: [String] = []
    var block: [String]?
    // A command finds what those above it have made, and the files that pages speak of.
    let program = try Program()
    for folder in ["Documentation", "notebooks-md"] {
      try FileManager.default.createSymbolicLink(
        at: program.file(folder), withDestinationURL: PagesTests.root.appending(path: folder))
    }
    for line in text.components(separatedBy: "\n") {
      if line == "```console" {
        block = []
        lines.append(line)
      } else if line == "```", let commands = block {
        lines += try transcript(of: commands, program, pictures: pictures)
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

  private func transcript(of commands: [String], _ program: Program, pictures: URL) throws -> [String] {
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
        guard let answer = session?.run(typed) else {
          Issue.record("no session was begun before \(typed)")
          continue
        }
        lines += output(answer.text.plain)
        for file in answer.files {
          try draw(try #require(file.picture, "\(typed) draws no SVG"), in: pictures)
          lines.append("wrote \(file.path)")
        }
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

  /// Compares a picture by the diagram that it shows, or draws it anew.
  private func draw(_ picture: Picture, in folder: URL) throws {
    let file = folder.appending(path: picture.path)
    if isRecording {
      try Data(NotebookFolder.svg(picture).utf8).write(to: file, options: .atomic)
    } else {
      let drawn = try? Data(contentsOf: file)
      #expect(picture.isCurrent(in: drawn.map { Array($0) }), "\(file.path) is out of date: make record")
    }
  }

  // MARK: Options

  /// A list of all algorithms that have options, and a section for each, where the text has places for them.
  private func withOptions(_ text: String) -> String {
    var contents = ""
    var sections = ""
    for algorithm in Algorithm.all {
      contents += "- [`\(algorithm.name)`](#\(algorithm.name))\n"
      sections += "## `\(algorithm.name)`\n\n| option | standard | what it does | source |\n| --- | --- | --- | --- |\n"
      for option in Option.all(for: algorithm) {
        let row = option.description
        sections += "| `\(row.name)` | \(row.standard.text) | \(row.sentence) | \(row.source) |\n"
      }
      sections += "\n"
    }
    return replacing("contents", in: replacing("options", in: text, by: "\n" + sections), by: contents)
  }

  private func replacing(_ name: String, in text: String, by new: String) -> String {
    guard let start = text.range(of: "<!-- \(name) -->\n"),
      let end = text.range(of: "<!-- /\(name) -->", range: start.upperBound..<text.endIndex)
    else { return text }
    return text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: new)
  }
}
