import Foundation
import Testing

@Suite struct NotebookCommandTests {
  private static let page = """
    # Page

    ```gradus
    open ppo cliprange=0.1
    goto clip
    diagram clip images/clip.svg
    ```

    ![clip](images/clip.svg)

    ```sh
    gradus print ppo loss
    ```

    """

  @Test func checkFailsUntilUpdateHasRun() throws {
    let program = try Program()
    try program.write(Self.page, to: "page.md")
    let stale = try program(["notebook", "check", "page.md"])
    #expect(stale.exitCode == 65)
    #expect(stale.errors.contains("page.md:3: this cell has no output yet\n+ ppo: PPO as RLHF uses it"))
    #expect(stale.errors.contains("page.md:3: images/clip.svg is missing\n"))
    #expect(stale.errors.contains("page.md:11: this cell has no output yet\n+ loss  -0.01652\n"))
    #expect(try program.fileNames() == ["page.md"])

    #expect(try program(["notebook", "update", "page.md"]).output == "page.md: updated\n")
    #expect(try program.fileNames() == ["page.md", "images"])
    #expect(try program.read("images/clip.svg").contains("<svg"))
    #expect(try program.read("page.md").contains("```output\nloss  -0.01652\n```\n"))
    let current = try program(["notebook", "check", "page.md"])
    #expect(current.exitCode == 0)
    #expect(current.output == "page.md: 2 cells are up to date\n")
    #expect(try program(["notebook", "update", "page.md"]).output == "page.md: was up to date\n")
  }

  @Test func updateLeavesAPageWithAFailingCellAlone() throws {
    let program = try Program()
    try program.write(Self.page + "```gradus\nnonsense\n```\n", to: "page.md")
    let result = try program(["notebook", "update", "page.md"])
    #expect(result.exitCode == 65)
    #expect(result.errors == "page.md:15: this cell fails: there is no command nonsense; `help` lists them\n")
    #expect(try program.read("page.md") == Self.page + "```gradus\nnonsense\n```\n")
  }

  @Test func runPrintsAndWritesNothing() throws {
    let program = try Program()
    try program.write(Self.page, to: "page.md")
    let result = try program(["notebook", "run", "page.md"])
    #expect(result.exitCode == 0)
    #expect(result.output.contains("```output\nloss  -0.01652\n```\n"))
    #expect(try program.fileNames() == ["page.md"])
  }

  @Test func exportWritesANotebookWithItsPictures() throws {
    let program = try Program()
    try program.write(Self.page, to: "page.md")
    #expect(try program(["notebook", "export", "page.md"]).output == "wrote page.ipynb\n")
    let json = try JSONSerialization.jsonObject(with: Data(try program.read("page.ipynb").utf8)) as? [String: Any]
    let cells = try #require(json?["cells"] as? [[String: Any]])
    #expect(cells.map { $0["cell_type"] as? String } == ["markdown", "code", "code"])
    #expect(try program.read("page.ipynb").contains("image/svg+xml"))
  }

  @Test func aCellMayOpenAFileBesideThePage() throws {
    let program = try Program()
    let scenario = try program(["scenarios", "grpo"]).output
    try program.write(scenario, to: "pages/mine.yaml")
    try program.write("```gradus\nopen mine.yaml\n```\n```sh\ngradus print mine.yaml loss\n```\n", to: "pages/page.md")
    let result = try program(["notebook", "run", "pages/page.md"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.contains("mine: "))
  }

  @Test(arguments: [
    (["notebook", "check", "missing.md"], 66, "Error: there is no file 'missing.md', or it cannot be read\n"),
    (["notebook", "check", "latin.md"], 65, "latin.md: is not valid UTF-8 text\n"),
    (["notebook", "check", "open.md"], 65, "open.md:2: the fence that begins here does not end: ``` is missing\n"),
    (
      ["notebook", "check", "hangs.md", "--timeout", "0.5"], 65,
      "hangs.md:1: this cell fails: the script still runs after 0.5 s and was stopped\n"
    ),
    (
      ["notebook", "run", "long.md", "--timeout", "0.2"], 65,
      "long.md:1: this cell still runs after 0.2 s\n"
    ),
  ])
  func whatIsWrongIsToldByFileAndLine(arguments: [String], exitCode: Int32, errors: String) throws {
    let program = try Program()
    try program.write([0xff, 0xfe, 0x0a], to: "latin.md")
    try program.write("a\n```sh\n", to: "open.md")
    try program.write("```sh\nsleep 60\n```\n", to: "hangs.md")
    try program.write("```gradus\nopen ppo num_total_batches=800\n```\n", to: "long.md")
    let result = try program(arguments)
    #expect(result.exitCode == exitCode)
    #expect(result.errors == errors)
  }

  @Test func aBadFileDoesNotHideTheOthers() throws {
    let program = try Program()
    try program.write("```sh\necho x\n```\n```output\nx\n```\n", to: "good.md")
    let result = try program(["notebook", "check", "missing.md", "good.md"])
    #expect(result.exitCode == 65)
    #expect(result.output == "good.md: 1 cell is up to date\n")
    #expect(result.errors.contains("there is no file 'missing.md'"))
  }
}
