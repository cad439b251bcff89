import Debugging
import Documents
import Foundation
import Notebooks
import Objectives
import Quiz
import Simulation
import Testing

@Suite struct WalkTests {
  private static let lesson = """
    # A lesson

    The first **section**, with a [link](b.md).

    ## Predict

    Clipped?

    - yes
    - no

    <!-- answer
    yes: count(clipped) > 0
    no: count(clipped) == 0
    -->

    <details><summary>Answer</summary>

    ```gradus
    goto 0/0/1 clip
    ```
    ```output
    old
    ```

    </details>

    ## Formula

    ```math
    \\frac{\\pi_\\theta}{\\pi_{\\text{old}}}
    ```
    """

  private func walk() throws -> Walk {
    let kernel = try Kernel.forTests()
    return Walk(try Notebook(Self.lesson).sections, on: kernel)
  }

  @Test func itStopsAtSectionsAndQuestions() throws {
    var walk = try walk()
    let first = try walk.next()
    #expect(first.text.plain == "A lesson\n\nThe first section, with a link.\n\n")
    guard case .section = first.stop else { return #expect(Bool(false), "\(first.stop)") }

    let second = try walk.next()
    #expect(second.text.plain == "Predict\n\nClipped?\n\n- yes\n- no\n\n")
    guard case .question(let expected) = second.stop else { return #expect(Bool(false), "\(second.stop)") }
    #expect(expected == .choice(right: 0, among: ["yes", "no"]))

    let third = try walk.next().text.plain
    #expect(third.contains("(gradus) goto 0/0/1 clip\nclip 0/0/1 · overview"))
    #expect(!third.contains("old\n"))

    let last = try walk.next()
    #expect(last.text.plain == "Formula\n\n  π_θ / π_old\n")
    guard case .end = last.stop else { return #expect(Bool(false), "\(last.stop)") }
  }

  @Test func whatTheReaderTriesHasNoConsequences() throws {
    var walk = try walk()
    _ = try walk.next()
    #expect(!walk.tryOut("set cliprange 0.001").isError)
    #expect(walk.playground.source.settings.number(.cliprange) == 0.001)
    _ = try walk.next()
    // The question's cell has run already, but not in the playground.
    #expect(walk.playground.beat == 0)
    #expect(walk.playground.source.settings.number(.cliprange) == 0.2)
  }

  @Test func itCanBeResumedAtAnyStop() throws {
    var whole = try walk()
    var texts: [String] = []
    for _ in 0..<4 { texts.append(try whole.next().text.plain) }
    for stop in 0..<4 {
      var resumed = try walk()
      try resumed.resume(at: stop)
      #expect(try resumed.next().text.plain == texts[stop])
    }
  }

  private static let tour = """
    # A tour

    ## Here

    ```gradus
    goto 0/0/1 clip
    set kl_coef 0.5
    ```

    ## There

    ```gradus
    p kl_coef
    ```

    ## Predict

    What?

    <!-- answer: kl_coef -->

    ```gradus
    set kl_coef 2
    p kl_coef
    ```
    """

  private func tour() throws -> Walk { Walk(try Notebook(Self.tour).scenes, on: try Kernel.forTests()) }

  @Test func scenesAreNumberedAndTheTitleOpensTheFirst() throws {
    var walk = try tour()
    #expect(walk.count == 3)
    #expect(
      try walk.next().text.plain.hasPrefix("A tour\n\nscene 1 of 3 · Here\n\n(gradus) goto 0/0/1 clip\nclip 0/0/1"))
    #expect(walk.section == 0)
    #expect(try walk.next().text.plain == "scene 2 of 3 · There\n\n(gradus) p kl_coef\nkl_coef = 0.5000   0.5\n\n")
    #expect(walk.section == 1)
  }

  /// A scene is the same whichever way one comes to it, and whatever was tried or run in others.
  @Test func anySceneCanBeGoneTo() throws {
    var straight = try tour()
    var texts: [[String]] = []
    while texts.count < 3 {
      var parts = [try straight.next()]
      if case .question = parts[0].stop { parts.append(try straight.next()) }
      texts.append(parts.map { $0.text.plain })
    }
    #expect(texts[2].count == 2)

    var walk = try tour()
    for scene in [2, 0, 1, 1, 2, 2, 0] {
      try walk.go(to: scene)
      #expect(try walk.next().text.plain == texts[scene][0], "scene \(scene + 1)")
      #expect(walk.section == scene)
      _ = walk.tryOut("set kl_coef 7")
    }
    // From the middle of a question, whose cell has run ahead.
    try walk.go(to: 2)
    _ = try walk.next()
    try walk.go(to: 1)
    #expect(try walk.next().text.plain == texts[1][0])
  }

  @Test func eachCommandStandsBeforeItsOutput() throws {
    var walk = try tour()
    let lines = try walk.next().text.plain.split(separator: "\n").map { String($0) }
    let second = try #require(lines.firstIndex(of: "(gradus) set kl_coef 0.5"))
    #expect(lines[second - 1].hasPrefix("➤ Enter"))
    #expect(lines[second + 1] == "kl_coef: 0.05 → 0.5")
  }

  @Test(arguments: [
    ("| a | b |\n| --- | ---: |\n| cc | `d` |\n\nx", "a   b\n──  ───\ncc  `d`\n\nx\n"),
    ("- one\n  more\n- two", "- one more\n- two\n"),
    ("*a* **b** `c[*] * d[*]`, 2 * 3 * 4", "a b `c[*] * d[*]`, 2 * 3 * 4\n"),
    (
      "12. " + String(repeating: "word ", count: 20),
      "12. " + String(repeating: "word ", count: 14) + "word\n    word word word word word\n"
    ),
    ("<!-- a\nb -->\nc", "c\n"), ("```\n## x\n```", "  ## x\n"), ("![a\u{20}b](c.svg)", "Picture: a b\n"),
  ])
  func proseIsSetForATerminal(markdown: String, text: String) {
    #expect(TerminalProse.text(markdown.components(separatedBy: "\n")).plain == text)
  }
}
