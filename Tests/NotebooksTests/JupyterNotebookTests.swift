import Debugging
import Foundation
import Notebooks
import Testing

@Suite struct JupyterNotebookTests {
  private func exported(_ text: String) throws -> [String: Any] {
    let kernel = try Kernel.forTests()
    let run = NotebookRun(try Notebook(text), on: kernel)
    let json = try JupyterNotebook.text(
      run, svg: { picture in "<svg>\(picture.path)</svg>\n" }, content: { $0 == "a.png" ? [1, 2, 3] : nil })
    return try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }

  private func cells(_ text: String) throws -> [[String: Any]] {
    try #require(try exported(text)["cells"] as? [[String: Any]])
  }

  @Test func itHasAFormatAKernelAndNumberedCells() throws {
    let notebook = try exported("# T\n\n```gradus\np 1\n```\n")
    #expect(notebook["nbformat"] as? Int == 4)
    #expect(notebook["nbformat_minor"] as? Int == 5)
    let metadata = try #require(notebook["metadata"] as? [String: [String: String]])
    #expect(metadata["kernelspec"] == ["display_name": "Gradus", "language": "gradus", "name": "gradus"])
    let cells = try #require(notebook["cells"] as? [[String: Any]])
    #expect(cells.map { $0["cell_type"] as? String } == ["markdown", "code"])
    #expect(cells.map { $0["id"] as? String } == ["cell-1", "cell-2"])
  }

  @Test func codeCellsHaveTheirOutputAndScriptsTheirMagic() throws {
    let cells = try cells("```gradus\np 1\np 2\n```\n```sh tags=[\"raises-exception\"]\necho x\nfalse\n```\n")
    #expect(cells[0]["source"] as? [String] == ["p 1\n", "p 2"])
    let output = try #require(cells[0]["outputs"] as? [[String: Any]])
    #expect(output[0]["text"] as? [String] == ["1 = 1\n", "2 = 2\n"])
    #expect(cells[1]["source"] as? [String] == ["%%sh\n", "echo x\n", "false"])
    #expect((cells[1]["metadata"] as? [String: [String]])?["tags"] == ["raises-exception"])
  }

  @Test func picturesAreInside() throws {
    let cells = try cells(
      "```gradus\ndiagram pipeline p.svg\n```\n![drawn](p.svg)\n\n![given](a.png)\n![lost](b.png)\n")
    let output = try #require((cells[0]["outputs"] as? [[String: Any]])?.first)
    #expect(output["output_type"] as? String == "display_data")
    #expect((output["data"] as? [String: Any])?["image/svg+xml"] as? [String] == ["<svg>p.svg</svg>"])
    #expect(cells[1]["source"] as? [String] == ["![given](attachment:a.png)\n", "![lost](b.png)"])
    let attachments = try #require(cells[1]["attachments"] as? [String: [String: String]])
    #expect(attachments == ["a.png": ["image/png": "AQID"]])
  }

  @Test func hiddenAnswersBecomeVisible() throws {
    let cells = try cells(
      "Why?\n\n<!-- answer: 1 -->\n\n<details><summary>Answer</summary>\n\n```gradus\np 1\n```\n\n</details>\n")
    #expect(cells.map { $0["cell_type"] as? String } == ["markdown", "markdown", "code"])
    #expect(cells[1]["source"] as? [String] == ["**Answer**"])
  }
}
