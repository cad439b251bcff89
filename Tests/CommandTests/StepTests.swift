import Testing

@Suite struct StepTests {
  @Test func readsCommandsFromStandardInput() throws {
    let result = try Program()(["step", "ppo"], input: "goto clip\nprint kl_coef\nquit\nprint nonsense\n")
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    #expect(result.output.contains("0.05"))
    #expect(!result.output.contains("\u{1b}"))
  }

  @Test func aFailedCommandIsToldAtTheEndByTheExitCode() throws {
    let result = try Program()(["step", "ppo"], input: "print nonsense\ngoto end\nprint kl_coef\n")
    #expect(result.exitCode == 65)
    #expect(result.errors.hasPrefix("there is no term nonsense"))
    #expect(result.output.contains("0.05"))
  }

  @Test func writesWhatTheSessionWants() throws {
    let program = try Program()
    let result = try program(["step", "ppo"], input: "diagram pipeline p.dot\ndiagram pipeline p.svg\ntrace t.md\n")
    #expect(result.errors == "")
    #expect(try program.read("p.dot").contains("digraph"))
    #expect(try program.read("p.svg").hasPrefix("<svg"))
    #expect(try program.read("t.md").hasPrefix("#"))
  }

  @Test func whatCannotBeWrittenEndsTheSession() throws {
    let result = try Program()(["step", "ppo"], input: "trace no/such/t.md\n")
    #expect(result.exitCode == 74)
    #expect(result.errors == "Error: no/such/t.md: cannot be written: No such file or directory\n")
  }
}
