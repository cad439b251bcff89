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
    return Walk(try Notebook(Self.lesson), on: kernel)
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
