import Foundation
import Notebooks
import Testing

@testable import gradus

/// The derivations as pages: a number beside each line, the same number on both sides.
@Suite struct DerivationTests {
  private static let names = BuiltInPage.derivations.map { $0.name }

  private func page(_ name: String) throws -> BuiltInPage {
    try #require(BuiltInPage.derivations.first { $0.name == name })
  }

  @Test func theProgramHasAllDerivations() throws {
    let files = PagesTests.pages(in: "lessons/derivations").map {
      URL(filePath: $0).deletingPathExtension().lastPathComponent
    }
    #expect(Set(Self.names) == Set(files) && Self.names.count == files.count)
    for page in BuiltInPage.derivations {
      let file = PagesTests.root.appending(path: "lessons/derivations/\(page.name).md")
      #expect(page.text == (try String(contentsOf: file, encoding: .utf8)))
    }
  }

  @Test(arguments: names)
  func aDerivationHasItsParts(name: String) throws {
    let notebook = try page(name).notebook()
    let titles = notebook.sections.compactMap { $0.title }
    for part in ["Predict", "Where it is misquoted", "Read on"] { #expect(titles.contains(part), "\(name): \(part)") }
    let opening = try page(name).text.prefix(1500)
    #expect(opening.contains("**The claim.**") && opening.contains("**The world.** A prompt is a state"))
    var words = 0
    for case .prose(let prose) in notebook.parts { words += Self.words(of: prose.lines).count }
    #expect(words <= 900, "\(name) has \(words) words")
  }

  /// Each formula is followed by a cell, before the next one, that prints one number at least twice: its two sides.
  @Test(arguments: names)
  func eachLineHasItsNumberOnBothSides(name: String) throws {
    var formula: String?
    var count = 0
    for part in try page(name).notebook().parts {
      switch part {
      case .answer: break
      case .prose(let prose):
        for (line, next) in zip(prose.lines, prose.lines.dropFirst()) where line == "```math" {
          if let formula { Issue.record("\(name): no number beside \(formula)") }
          formula = next
          count += 1
        }
      case .cell(let cell):
        guard let checked = formula else { continue }
        #expect(Self.hasEqualNumbers(cell.output ?? []), "\(name): no two equal numbers beside \(checked)")
        formula = nil
      }
    }
    if let formula { Issue.record("\(name): no number beside \(formula)") }
    #expect(count >= 7)
  }

  /// What is said in decimals is in what is shown.
  @Test(arguments: names)
  func everyDecimalOfTheProseStandsInAnOutput(name: String) throws {
    let page = try page(name)
    var shown: Set<String> = []
    for case .cell(let cell) in try page.notebook().parts {
      for line in cell.commands + (cell.output ?? []) { shown.formUnion(Self.decimals(in: line)) }
    }
    for section in try page.notebook().sections where section.title != "Read on" {
      for case .prose(let prose) in section.parts {
        for decimal in Self.decimals(in: Self.words(of: prose.lines).joined(separator: " ")) {
          #expect(shown.contains(decimal), "\(name) says \(decimal) in \"\(section.title ?? "")\"")
        }
      }
    }
  }

  private static func decimals(in line: String) -> [String] { line.matches(of: /[0-9]+\.[0-9]+/).map { String($0.0) } }

  /// The words of Markdown, without those of formulas.
  private static func words(of lines: [String]) -> [Substring] {
    var isFormula = false
    var words: [Substring] = []
    for line in lines {
      if line.hasPrefix("```") { isFormula.toggle() } else if !isFormula { words += line.split(separator: " ") }
    }
    return words
  }

  /// Whether two of the numbers printed by `p` are the same but for rounding, or for the error of a finite difference.
  private static func hasEqualNumbers(_ output: [String]) -> Bool {
    let numbers = output.compactMap { line -> Double? in
      guard let match = line.firstMatch(of: /\ = (\S+)(?:   (\S+))?(?:   \(.*\))?$/) else { return nil }
      return Double(match.2 ?? match.1)
    }
    return numbers.indices.contains { index in
      numbers[..<index].contains { abs($0 - numbers[index]) <= max(1e-6 * abs($0), 1e-9) }
    }
  }

  // MARK: As one walks through them

  private func lesson(_ arguments: [String], input: String = "") throws -> Program.Result {
    try Program()(["lesson"] + arguments, input: input)
  }

  @Test func theyAreListedBelowTheLessons() throws {
    let output = try lesson([]).output
    let heading = try #require(output.range(of: "Derivations, with a number beside each line\n"))
    for page in BuiltInPage.derivations {
      #expect(output[heading.upperBound...].contains("d\(page.number)  \(page.title)\n"))
    }
  }

  @Test(arguments: BuiltInPage.derivations.map { $0.number })
  func withoutATerminalAWholeDerivationIsPrinted(number: Int) throws {
    let result = try lesson(["d\(number)"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.contains("End of derivation \(number)."))
    let isLast = number == BuiltInPage.derivations.count
    #expect(result.output.contains("gradus lesson d\(number + 1)") != isLast)
    #expect(!result.output.contains("<details>") && !result.output.contains("```") && !result.output.contains("\\"))
  }

  @Test func aNameLeadsToOneAndALessonComesFirst() throws {
    #expect(try lesson(["bradley-terry"], input: "quit\n").output.hasPrefix("Bradley-Terry is logistic regression\n"))
    #expect(try lesson(["gae"], input: "quit\n").output.hasPrefix("3. "))
  }

  @Test func onesPredictionIsCheckedAndOnesPlaceKept() throws {
    let program = try Program()
    let input = String(repeating: "\n", count: 6) + "falls\nquit\n"
    let result = try program(["lesson", "d1"], input: input)
    #expect(result.output.contains("answer> falls\nNo, it is "), "\(result.output)")
    #expect(result.output.contains("To go on from here: gradus lesson d1\n"))
    #expect(try program(["lesson"], input: "").output.contains("… d1  "))
  }

  @Test func anUnknownOneIsAnError() throws {
    let result = try lesson(["d9"])
    #expect(result.exitCode == 64)
    #expect(result.errors.contains("derivations d1 to d\(BuiltInPage.derivations.count)"))
    #expect(try lesson(["bradly-terry"]).errors.hasSuffix("did you mean bradley-terry?\n"))
  }
}
