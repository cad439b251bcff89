import Debugging
import Documents
import Foundation
import Notebooks
import Simulation
import Testing

@testable import gradus

/// The tours as pages: what each scene has, and whether it fits a screen.
@Suite struct TourTests {
  private static let names = BuiltInPage.tours.map { $0.name }

  private func tour(_ name: String) throws -> BuiltInPage {
    try #require(BuiltInPage.tours.first { $0.name == name })
  }

  @Test func theProgramHasAllTours() throws {
    let files = PagesTests.pages(in: "lessons/tours").map {
      URL(filePath: $0).deletingPathExtension().lastPathComponent
    }
    #expect(Set(Self.names) == Set(files))
    for name in ["ppo", "grpo", "grpo-user-groups", "dpo", "reward-model"] { #expect(files.contains(name)) }
    for tour in BuiltInPage.tours {
      let file = PagesTests.root.appending(path: "lessons/tours/\(tour.name).md")
      #expect(tour.text == (try String(contentsOf: file, encoding: .utf8)))
    }
  }

  @Test(arguments: names)
  func aTourHasTwelveToFifteenScenesOfOneKind(name: String) throws {
    let notebook = try tour(name).notebook()
    #expect((12...15).contains(notebook.scenes.count))
    // It opens what it is about.
    #expect(notebook.cells.first?.commands.first == "open \(name)")
    for scene in notebook.sections.dropFirst() {
      let title = scene.title ?? ""
      #expect(scene.parts.contains { part in if case .cell = part { true } else { false } }, "\(title) has no cell")
      guard case .prose(let prose)? = scene.parts.first else {
        Issue.record("\(title) begins with no paragraph")
        continue
      }
      let paragraph = prose.lines.dropFirst(2).prefix { !$0.isEmpty && !$0.hasPrefix("-") }
      #expect(!paragraph.isEmpty, "\(title) begins with no paragraph")
      let words = paragraph.joined(separator: " ").split(separator: " ").count
      #expect(words <= 60, "\(title) begins with \(words) words")
    }
    let questions = notebook.parts.count { part in if case .answer = part { true } else { false } }
    #expect(questions >= 3)
    #expect(try tour(name).text.contains("!["))
  }

  /// A scene fits a screen of 80 by 24 with the line at which one goes on, answers and references to pictures included.
  @Test(arguments: names)
  func everySceneFitsAScreen(name: String) throws {
    let scenes = try tour(name).notebook().scenes
    let kernel = try Kernel(folder: nil, program: Program.executable, limit: 300, opening: Session.opening) { _ in }
    var walk = Walk(scenes, on: kernel)
    // What says how to go on stands below the first scene.
    var lines = 1
    var scene = 0
    while true {
      let (text, stop) = try walk.next()
      let shown = text.plain.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      // Each picture is followed by where it is, and a blank line.
      lines += shown.count + 2 * walk.pictures.count
      for line in shown where NumberText.width(String(line)) > 80 { Issue.record("\(name): \(line)") }
      switch stop {
      case .question: lines += 3  // the answer, the verdict, a blank line
      case .section, .end:
        #expect(lines <= 23, "scene \(scene + 1) of \(name) has \(lines) lines")
        (scene, lines) = (scene + 1, 0)
        if case .end = stop { return #expect(scene == scenes.count) }
      }
    }
  }

  /// What a tour says in numbers is in what it shows, here or before.
  @Test(arguments: names)
  func everyNumberOfTheProseStandsInAnOutput(name: String) throws {
    var shown: Set<Double> = []
    for part in try tour(name).notebook().parts {
      switch part {
      case .answer: break
      case .cell(let cell): for line in cell.commands + (cell.output ?? []) { shown.formUnion(numbers(in: line)) }
      case .prose: break
      }
    }
    for section in try tour(name).notebook().sections {
      for case .prose(let prose) in section.parts {
        for line in prose.lines where !line.hasPrefix("![") {
          // A command to type is no claim.
          let claims = line.replacing(/`gradus [^`]*`/, with: "")
          for number in numbers(in: claims) where !shown.contains(number) {
            Issue.record("\(name) says \(number) in \"\(section.title ?? "")\", and no output has it")
          }
        }
      }
    }
  }

  private func numbers(in line: String) -> [Double] {
    line.replacing("−", with: "-").matches(of: /[A-Za-z0-9._-]+/).compactMap { word in
      Double(word.0.hasSuffix(".") ? word.0.dropLast() : word.0)
    }
  }
}

/// A tour as one walks through it.
@Suite struct TourCommandTests {
  private func tour(_ arguments: [String], input: String = "") throws -> Program.Result {
    try Program()(["tour"] + arguments, input: input)
  }

  /// The headings of the scenes, in the order in which they were shown.
  private func scenes(_ result: Program.Result) -> [Int] {
    result.output.matches(of: /scene ([0-9]+) of [0-9]+ ·/).compactMap { Int($0.1) }
  }

  @Test func itListsTheTours() throws {
    let result = try tour([])
    for tour in BuiltInPage.tours {
      #expect(result.output.contains("\(tour.name) ") && result.output.contains(tour.title))
    }
    #expect(result.output.hasSuffix("gradus tour ppo begins\n"))
  }

  @Test(arguments: BuiltInPage.tours.map { $0.name })
  func withoutATerminalAWholeTourIsPrinted(name: String) throws {
    let result = try tour([name])
    #expect(result.exitCode == 0, "\(result.errors)")
    let count = try #require(BuiltInPage.tours.first { $0.name == name }).notebook().scenes.count
    #expect(scenes(result) == Array(1...count))
    #expect(result.output.contains("End of the tour of \(name).\n"))
    #expect(!result.output.contains("<details>") && !result.output.contains("<!--") && !result.output.contains("```"))
  }

  @Test func oneGoesOnAndBackAndToAnyScene() throws {
    let result = try tour(["ppo"], input: "\n\nb\n1\nb\n3\nquit\n")
    #expect(scenes(result) == [1, 2, 3, 2, 1, 1, 3], "\(result.output)")
    #expect(result.output.contains("(scene 3) b\n"))
    #expect(result.output.hasSuffix("To go on from here: gradus tour ppo, then 3\n"))
  }

  @Test func aSceneThatIsNotThereIsNotGoneTo() throws {
    let result = try tour(["ppo"], input: "99\nquit\n")
    #expect(result.output.contains("The scenes are numbered 1 to 15.\n"))
    #expect(scenes(result) == [1])
    #expect(result.output.hasSuffix("To go on from here: gradus tour ppo\n"))
  }

  @Test func theDebuggerWorksAtAnySceneWithoutConsequences() throws {
    let result = try tour(["ppo"], input: "3\nset score[1] 3\np score[1]\nback\n3\np score[1]\nquit\n")
    #expect(result.output.contains("(scene 3) p score[1]\nscore[1] = 3\n"), "\(result.output)")
    #expect(result.output.contains("(scene 3) p score[1]\nscore[1] = -0.4960 "))
    #expect(scenes(result) == [1, 3, 3])
  }

  @Test func aPredictionIsCheckedAndCounted() throws {
    let result = try tour(["ppo"], input: "4\n\nto become less likely\n6\nb\n6\n2\n")
    #expect(result.output.contains("Type an answer, or skip to see it.\n"), "\(result.output)")
    #expect(result.output.contains("answer> to become less likely\nRight: "))
    #expect(result.output.contains("answer> 2\nNo, it is 1."))
    #expect(scenes(result).starts(with: [1, 4, 6, 5, 6]))
    // The input has ended: the rest is shown at once.
    #expect(scenes(result).suffix(9) == Array(7...15))
    #expect(result.output.contains("End of the tour of ppo. 1 of 2 answers were right.\nNext: gradus tour "))
  }

  @Test(arguments: BuiltInPage.tours.map { $0.name })
  func theDebuggersWelcomeNamesTheTour(name: String) throws {
    let scenario = try #require(Scenario.builtIn.first { $0.name == name })
    let welcome = StepCommand.welcome(to: Session(source: .scenario(scenario))).plain
    #expect(welcome.contains("gradus tour \(name)"))
    #expect(welcome.split(separator: "\n").count <= 23)
  }

  @Test func itBeginsAtTheBeginningEachTime() throws {
    let program = try Program()
    _ = try program(["tour", "ppo"], input: "5\nquit\n")
    #expect(scenes(try program(["tour", "ppo"], input: "quit\n")) == [1])
    #expect(!FileManager.default.fileExists(atPath: program.stateFolder.path))
  }

  @Test func theLastSceneIsOneToStayAt() throws {
    let result = try tour(["ppo"], input: "15\nwhere\nb\n15\n\n")
    #expect(scenes(result) == [1, 15, 14, 15])
    #expect(result.output.contains("End of the tour of ppo.\n"))
  }

  @Test func aFileOfOnesOwnIsATour() throws {
    let program = try Program()
    try program.write("# Mine\n\n## One\n\nA.\n\n## Two\n\nB.\n\n```gradus\nopen dpo\n```\n", to: "mine.md")
    let result = try program(["tour", "mine.md"], input: "\nb\nquit\n")
    #expect(result.output.hasPrefix("Mine\n\nscene 1 of 2 · One\n\nA.\n\n"), "\(result.output)")
    #expect(scenes(result) == [1, 2, 1])
  }

  @Test func anUnknownTourIsAnError() throws {
    let near = try tour(["grop"])
    #expect(near.exitCode == 64)
    #expect(near.errors == "Error: there is no tour 'grop'; did you mean grpo?\n")
    let far = try tour(["xyzzy"])
    #expect(far.exitCode == 64)
    #expect(far.errors.hasPrefix("Error: there is no tour 'xyzzy'; there are ppo, "))
    #expect(try tour(["missing.md"]).exitCode == 66)
  }
}
