import Debugging
import Foundation
import Notebooks
import Testing

@Suite struct NotebookRunTests {
  private func run(_ text: String, limit: Double = 20) throws -> NotebookRun {
    let kernel = try Kernel.forTests(limit: limit)
    return NotebookRun(try Notebook(text), on: kernel)
  }

  private func problems(_ text: String, limit: Double = 20) throws -> [String] {
    try run(text, limit: limit).problems { _ in nil }.map { "\($0.line): \($0.message)" }
  }

  @Test func oneSessionGoesThroughAllCells() throws {
    let run = try run("```gradus\nset cliprange 0.1\n```\n\n```gradus\nshow options\n```\n```gradus\np 1 + 1\n```\n")
    #expect(run.results[1].output.contains { $0.hasPrefix("  cliprange") && $0.contains("0.1") })
    #expect(run.results[2].output == ["1 + 1 = 2"])
    #expect(run.failures.isEmpty)
  }

  @Test func scriptsShareAFolderThatIsGoneAfterwards() throws {
    let run = try run("```sh\npwd; echo x > file\n```\n```sh\ncat file\n```\n")
    #expect(run.results[1].output == ["x"])
    #expect(!FileManager.default.fileExists(atPath: run.results[0].output[0]))
  }

  @Test(arguments: [
    ("a\n```gradus\np 1\n\np nonsense\n```\n", "5: this cell fails: there is no term nonsense"),
    ("```sh\necho so\nexit 3\n```\n", "1: this cell fails: the script fails with exit code 3: so"),
    (
      "```sh tags=[\"raises-exception\"]\ntrue\n```\n",
      "1: this cell is tagged raises-exception and does not fail"
    ),
    ("text\n", "1: there is no cell here: a fence whose language is gradus or sh"),
    ("```sh\n```\n```Gradus\nlist\n```\n", "3: write gradus or sh in small letters"),
    (
      "- a\n<!-- answer\na: 1\nb: 0\n-->\n```gradus\nlist\n```\n",
      "2: the choice «b» is not in the list above: - b"
    ),
    ("```gradus\ngoto clip\ndiagram clip clip.png\n```\n", "1: a notebook's pictures end in .svg, not clip.png"),
    ("```gradus\nlist\n```\n<!-- answer: nonsense -->\n", "4: the answer: there is no term nonsense"),
    (
      "- yes\n- no\n<!-- answer\nyes: 1\nno: 1\n-->\n```gradus\nlist\n```\n",
      "3: the answer: 2 of the 2 choices hold, not 1"
    ),
    ("<!-- answer: logp[*,*] -->\n```gradus\ngoto 0/0/1 clip\n```\n", "1: the answer: logp[*,*] is not one number"),
  ])
  func failuresNameTheirLine(text: String, problem: String) throws {
    let failures = try run(text).failures.map { "\($0.line): \($0.message)" }
    #expect(failures.count == 1)
    #expect(failures[0].hasPrefix(problem), "\(failures)")
  }

  @Test func aFailureThatIsMeantIsNone() throws {
    #expect(try run("```gradus tags=[\"raises-exception\"]\np nonsense\n```\n").failures.isEmpty)
    #expect(try run("```sh tags=[\"raises-exception\"]\nexit 3\n```\n").failures.isEmpty)
  }

  @Test func aScriptThatHangsIsStoppedWithItsChildren() throws {
    let started = Date()
    let found = try problems("```sh\nsleep 60 & sleep 60\n```\n", limit: 0.5)
    #expect(found == ["1: this cell fails: the script still runs after 0.5 s and was stopped"])
    #expect(Date().timeIntervalSince(started) < 20)
  }

  @Test func aScriptThatPrintsWithoutEndIsStopped() throws {
    let failures = try run("x\n\n```sh\nyes\n```\n").failures
    #expect(failures.map { $0.line } == [3])
    #expect(failures[0].message == "this cell fails: the script prints more than 200000 bytes and was stopped")
  }

  @Test func theAnswerIsThatAfterTheNextCell() throws {
    let text =
      "- high\n- low\n<!-- answer\nhigh: ratio[5,1] > 1.2\nlow: ratio[5,1] <= 1.2\n-->\n```gradus\ngoto 0/0/1 clip\n```\n"
    #expect(try run(text).failures.isEmpty)
  }

  // MARK: Outputs

  @Test func aChangedOutputIsShownAsADifference() throws {
    let run = try run("```sh\nprintf 'a\\nb\\nc\\nd\\ne\\n'\n```\n```output\na\nb\nx\nd\ne\n```\n")
    let problem = try #require(run.problems { _ in nil }.first)
    #expect(problem.message == "the output of this cell has changed")
    #expect(problem.difference == ["  a", "  b", "- x", "+ c", "  d", "  e"])
  }

  @Test(arguments: [
    ("a\n...\nc", true), ("...", true), ("a\n...", true), ("...\nb\n...\nc\n...", true), ("a\nb\nc\n...", true),
    ("a\n...\nb", false), ("...\nx\n...", false), ("a\nb", false), ("a\n...b\nc", true), ("a\nb...\n...c...", true),
    ("a\nb...b\nc", false),
  ])
  func dotsStandForAnything(expected: String, isCurrent: Bool) throws {
    let run = try run("```sh\nprintf 'a\\nb\\nc\\n'\n```\n```output\n\(expected)\n```\n")
    #expect(run.problems { _ in nil }.isEmpty == isCurrent)
    #expect((run.updatedText == "```sh\nprintf 'a\\nb\\nc\\n'\n```\n```output\n\(expected)\n```\n") == isCurrent)
  }

  @Test(arguments: [
    // An output is added, replaced, taken away; all else stays, also at the end of the file and with carriage returns.
    ("a\n\n```sh\necho x\n```\n\n b  \n", "a\n\n```sh\necho x\n```\n```output\nx\n```\n\n b  \n"),
    ("```sh\necho x\n```\n\n```output\ny\n```\nb", "```sh\necho x\n```\n\n```output\nx\n```\nb"),
    ("```sh\ntrue\n```\n```output\ny\n```\nb\n", "```sh\ntrue\n```\nb\n"),
    ("```sh\necho x\n```", "```sh\necho x\n```\n```output\nx\n```"),
    ("t\r\n```sh\r\necho x\r\n```\r\nu\r\n", "t\r\n```sh\r\necho x\r\n```\r\n```output\r\nx\r\n```\r\nu\r\n"),
    ("```sh\necho '```'\n```\n", "```sh\necho '```'\n```\n````output\n```\n````\n"),
  ])
  func updateTouchesNothingButOutputs(text: String, updated: String) throws {
    #expect(try run(text).updatedText == updated)
    #expect(try run(updated).updatedText == updated)
  }

  @Test func picturesAreKnownByTheirMarkAndMustBeShown() throws {
    let run = try run("```gradus\ndiagram pipeline p.svg\n```\n![a pipeline](p.svg)\n")
    let picture = try #require(run.pictures.first)
    #expect(run.results[0].output.isEmpty)
    #expect(run.problems { _ in nil }.map { $0.message } == ["p.svg is missing"])
    #expect(run.problems { _ in Array(picture.marked("<svg/>").utf8) }.isEmpty)
    #expect(!picture.isCurrent(in: Array("<svg/>".utf8)))
    #expect(run.problems { _ in Array("<svg/>".utf8) }.map { $0.message } == ["p.svg is out of date"])
    let hidden = try self.run("```gradus\ndiagram pipeline p.svg\n```\n")
    #expect(
      hidden.problems { _ in Array(picture.marked("").utf8) }.map { $0.message } == ["p.svg is not shown: ![…](p.svg)"])
  }
}
