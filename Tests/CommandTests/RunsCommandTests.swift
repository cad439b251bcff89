import Documents
import Foundation
import Testing

/// `gradus runs` over folders as `gradus train` writes them, and over some that it does not.
@Suite struct RunsCommandTests {
  private let program: Program

  /// Two runs, one of them stopped; a damaged one; a folder that is none.
  init() throws {
    program = try Program()
    for (name, values, beta) in [("one", [3.0, 2, 1], "0.1"), ("two", [3, 2.5], "0.2")] {
      try program.write("trainer: dpo\nbeta: \(beta)\nmax_steps: 3\n", to: "runs/\(name)/config.yaml")
      let lines = values.enumerated().map { "{\"step\":\($0 + 1),\"eval_loss\":\($1)}\n" }
      try program.write(lines.joined(), to: "runs/\(name)/metrics.jsonl")
    }
    try program.write("", to: "runs/one/model/config.json")
    try program.write("trainer: dpo\nbeta: \u{1b}[31m\n", to: "runs/bad/config.yaml")
    try program.write("", to: "runs/notes/read.me")
  }

  private let skipped = """
    skipped: runs/bad/config.yaml:2:7: control characters are not allowed
    skipped: runs/notes: there is no run in this folder

    """

  @Test func runsAreListed() throws {
    let result = try program(["runs"])
    #expect(
      result.output == """
        run  trainer  state        first → last        written
        one  dpo      finished 3   eval_loss 3 → 1     just now
        two  dpo      stopped 2/3  eval_loss 3 → 2.50  just now

        """)
    #expect(result.errors == skipped)
    #expect(result.exitCode == 0)
    let whole = try program(["runs", "runs/one", "runs", "--sort", "step"])
    #expect(
      whole.output.split(separator: "\n").map { $0.prefix(8) } == ["run     ", "runs/one", "runs/two"])
  }

  @Test func oneRunShowsWhatItLogged() throws {
    let result = try program(["runs", "runs/one", "--metric", "eval_loss"])
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(
      result.output == """
        step  eval_loss
           1          3
           2          2
           3          1

        """)
    let unknown = try program(["runs", "runs/one", "--metric", "eval_los"])
    #expect(unknown.exitCode == 64)
    #expect(unknown.errors.contains("did you mean 'eval_loss'?"))
  }

  @Test func aLongRunIsThinnedOut() throws {
    let lines = (1...400).map { "{\"step\":\($0),\"eval_loss\":\($0)}\n" }.joined()
    try program.write(lines, to: "runs/one/metrics.jsonl")
    let rows = try program(["runs", "runs/one", "--metric", "eval_loss"]).output.split(separator: "\n")
    #expect(rows.count == 22)
    #expect(rows[1].split(separator: " ") == ["1", "1"] && rows[20].split(separator: " ") == ["400", "400"])
    #expect(rows[21] == "20 of 400 steps; --json has all")
  }

  @Test func runsAreCompared() throws {
    let result = try program(["runs", "runs/one/", "runs/two"])
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(
      result.output == """
        A  runs/one  dpo  finished 3   just now
        B  runs/two  dpo  stopped 2/3  just now

        option  A    B
        beta    0.1  0.2

        eval_loss                                    first  last  best        at 2
        A  ██████▇▇▇▇▇▆▆▆▆▆▅▅▅▅▅▄▄▄▄▃▃▃▃▃▂▂▂▂▂▁▁▁▁▁      3     1     1  at 3     2
        B  ███████████▇▇▇▇▇▇▇▇▇▇                         3  2.50  2.50  at 2  2.50

        """)
  }

  @Test func machinesReadJSON() throws {
    let result = try program(["runs", "--json"])
    let fields = try JSONReader.read(result.output).object()
    let run = try fields.required("runs").list()[1].object()
    #expect(try run.required("name").string() == "two")
    #expect(try run.required("total").integer() == 3)
    #expect(try run.required("options").object().required("beta").string() == "0.2")
    #expect(try run.required("metrics").object().required("eval_loss").object().required("last").number() == 2.5)
    #expect(try fields.required("skipped").list().count == 2)
  }

  @Test func thePageIsThereWholeOrNotAtAll() throws {
    let result = try program(["runs", "--html", "all.html"])
    #expect(result.errors == skipped + "the page is all.html\n")
    #expect(result.exitCode == 0)
    let page = try program.read("all.html")
    #expect(page.contains("<h1>2 runs compared</h1>") && page.hasSuffix("</html>\n"))
    #expect(try program(["runs", "runs/one", "--html", "-"]).output.contains("<h1>1 run</h1>"))
    let failed = try program(["runs", "--html", "none/all.html"])
    #expect(failed.exitCode == 74)
    #expect(failed.errors.hasSuffix("Error: none/all.html: cannot be written: No such file or directory\n"))
  }

  @Test(
    arguments: [
      (["none"], 66, "Error: none: there is no folder of that name; gradus train makes runs below 'runs'\n"),
      (
        ["runs/bad", "runs/notes"], 66,
        "Error: runs/bad, runs/notes: there is no run that can be read\n"
          + "  runs/bad/config.yaml:2:7: control characters are not allowed\n"
      ),
      (
        ["--metric", "eval_los"], 64, "Error: --metric eval_los: no run has such a metric; did you mean 'eval_loss'?\n"
      ),
      (
        ["--sort", "loss"], 64,
        "Error: --sort loss: no metric of these runs; there are name, written, step, eval_loss\n"
      ),
    ] as [([String], Int32, String)])
  func whatIsWrongIsSaid(arguments: [String], exitCode: Int32, errors: String) throws {
    let result = try program(["runs"] + arguments)
    #expect(result.errors == errors)
    #expect(result.exitCode == exitCode)
    #expect(result.output == "")
  }

  @Test func jsonAndHTMLAreTwoThings() throws {
    let result = try program(["runs", "--json", "--html", "a.html"])
    #expect(result.exitCode == 64)
    #expect(result.errors.hasPrefix("Error: --json and --html cannot be combined\n"))
  }

  @Test func aRunIsRunningAsLongAsItsProgram() throws {
    let tiny = [
      "hidden_size=16", "num_hidden_layers=1", "num_attention_heads=2", "num_key_value_heads=2", "intermediate_size=16",
      "batch_size=8", "max_steps=100000", "eval_steps=0", "num_completions_to_print=0",
    ]
    let running = try program.start(["train", "sft", "--output", "live/a"] + tiny.flatMap { ["--set", $0] })
    defer { running.process.terminate() }
    func listed() throws -> String { try program(["runs", "live"]).output }
    while running.process.isRunning, try !listed().contains(/running [1-9]/) { usleep(20_000) }
    #expect(try listed().contains(/a  +sft  +running [0-9]+\/100000/))
    running.process.terminate()
    running.process.waitUntilExit()
    #expect(try listed().contains(/a  +sft  +stopped [0-9]+\/100000/))
  }
}
