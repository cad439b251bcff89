import Notebooks
import Testing

@Suite struct NotebookReadingTests {
  @Test func cellsHaveTheirLanguageLineTagsAndOutput() throws {
    let notebook = try Notebook(
      """
      ---
      kernelspec:
        name: gradus
      ---
      # Title

      ```gradus
      open ppo
      ```
      ```output
      one

      two
      ```

      ~~~sh tags=["raises-exception"]
      false
      ~~~

      """)
    #expect(notebook.title == "Title")
    #expect(notebook.cells.map { $0.line } == [7, 16])
    #expect(notebook.cells.map { $0.language } == [.gradus, .sh])
    #expect(notebook.cells.map { $0.commands } == [["open ppo"], ["false"]])
    #expect(notebook.cells.map { $0.output } == [["one", "", "two"], nil])
    #expect(notebook.cells.map { $0.isMeantToFail } == [false, true])
  }

  @Test func aFenceWithinAFenceIsNoCell() throws {
    let notebook = try Notebook(
      """
      ````markdown
      ```gradus
      quit
      ```
      ````
      ```python
      ```
      Text with ``` in it.
      ```gradus
      list
      ```
      """)
    #expect(notebook.cells.map { $0.commands } == [["list"]])
  }

  @Test(arguments: [
    ("```gradus\nlist\n", 1, "the fence that begins here does not end: ``` is missing"),
    ("\n```output\n```\n", 2, "an output without a cell: write it right after a gradus or sh fence"),
    ("---\na: b\n", 1, "the header that begins here does not end: a line --- is missing"),
    ("a\n<!-- answer: 1", 2, "the comment that begins here does not end: --> is missing"),
    ("<!-- answer\nyes: 1\nno\n-->", 3, "write choice: condition, such as zero: grad(logp[5,1]) == 0"),
    (
      "<!-- answer\nyes: 1\n-->", 1,
      "write <!-- answer: expression -->, or a line for each of two or more choices"
    ),
    ("```sh\nls\n```\n```output\nx\n", 4, "the fence that begins here does not end: ``` is missing"),
  ])
  func whatDoesNotEndIsReportedWhereItBegins(text: String, line: Int, message: String) throws {
    let error = #expect(throws: NotebookError.self) { try Notebook(text) }
    #expect(error?.line == line)
    #expect(error?.message == message)
  }

  @Test func answersAreNumbersOrChoices() throws {
    let notebook = try Notebook("<!-- answer: 1 + 2 -->\n<!-- answer\na: b: 1\nno: 0\n-->\n")
    let answers = notebook.parts.compactMap { part in
      if case .answer(let answer) = part { answer } else { nil }
    }
    #expect(answers.map { $0.choices } == [nil, ["a: b", "no"]])
    #expect(answers.map { $0.line } == [1, 2])
  }

  @Test func sectionsBeginAtHeadingsOfTheSecondLevel() throws {
    let notebook = try Notebook("# T\na\n## One\nb\n```gradus\nlist\n```\nc\n## Two\n")
    #expect(notebook.sections.map { $0.title } == [nil, "One", "Two"])
    #expect(notebook.sections.map { $0.parts.count } == [1, 3, 1])
  }
}
