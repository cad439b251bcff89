import Testing

@Suite struct CompareTests {
  @Test func anOptionSetSeveralTimesMakesVariants() throws {
    let result = try Program()(["compare", "ppo", "--set", "lam=0", "--set", "lam=1", "--set", "kl_coef=0.1"])
    #expect(result.exitCode == 0)
    #expect(result.output.split(separator: "\n")[0].split(separator: " ") == ["lam", "0", "1"])
    #expect(result.output.contains("  kl_coef "))
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func optionsSetOnceAreComparedWithTheSourceAsItIs() throws {
    let result = try Program()(["compare", "ppo", "--set", "lam=0"])
    #expect(result.output.hasPrefix("first difference"))
    let markdown = try Program()(["compare", "ppo", "--set", "lam=0", "--format", "markdown"])
    #expect(markdown.output.contains("| before and after | as it is | lam=0 |"))
  }

  @Test func severalOptionsMakeEveryCombination() throws {
    let result = try Program()([
      "compare", "ppo", "--set", "lam=0", "--set", "lam=1", "--set", "gamma=1", "--set", "gamma=0.9",
      "--format", "markdown",
    ])
    #expect(result.output.contains("| lam, gamma | 0, 1 | 0, 0.9 | 1, 1 | 1, 0.9 |"))
  }

  @Test func tooManyVariantsAreRefused() throws {
    let result = try Program()(["compare", "ppo"] + (0..<13).flatMap { ["--set", "seed=\($0)"] })
    #expect(result.exitCode == 64)
    #expect(result.errors == "Error: these are 13 variants; compare 12 at most at a time\n")
  }

  @Test func aBadValueIsToldOf() throws {
    let result = try Program()(["compare", "ppo", "--set", "lam=0", "--set", "lam=2"])
    #expect(result.exitCode == 64)
    #expect(result.output == "")
  }

  // MARK: Several sources

  @Test(arguments: [("text", "txt"), ("markdown", "md"), ("json", "json")])
  func sourcesShareAWorld(format: String, ending: String) throws {
    let result = try Program()(["compare", "ppo", "grpo", "dpo", "--format", format])
    #expect(result.exitCode == 0 && result.errors == "")
    if format == "text" { #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 }) }
    try Golden.expect(result.output, "compare-worlds.\(ending)")
  }

  @Test func usersShareAWorldToo() throws {
    let result = try Program()(["compare", "grpo-user-groups", "ppo", "dpo"])
    #expect(result.exitCode == 0)
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    try Golden.expect(result.output, "compare-users.txt")
  }

  @Test func briefIsWhatBecameOfThem() throws {
    let brief = try Program()(["compare", "grpo-user-groups", "ppo", "--brief"])
    #expect(brief.exitCode == 0)
    let whole = try Program()(["compare", "grpo-user-groups", "ppo"]).output
    let blocks = brief.output.split(separator: "\n\n")
    let titles = blocks.map { String($0.prefix { $0 != "\n" }) }
    #expect(
      titles == [
        "grpo-user-groups and ppo in one world", "At the end", "True reward of each kind of users",
        "What became of them",
      ])
    for block in blocks.dropFirst() { #expect(whole.contains(block)) }
    #expect(!brief.output.contains("after each round") && !brief.output.contains("Models in memory"))
    let markdown = try Program()(["compare", "ppo", "dpo", "--brief", "--format", "markdown"]).output
    #expect(markdown.contains("## At the end") && !markdown.contains("## True reward after each round"))
    #expect(try Program()(["compare", "ppo", "--set", "lam=1", "--brief"]).exitCode == 64)
    #expect(try Program()(["compare", "ppo", "dpo", "--brief", "--json"]).exitCode == 64)
  }

  @Test func anOptionAppliesToThoseThatHaveIt() throws {
    let result = try Program()([
      "compare", "ppo", "grpo", "dpo", "--set", "advantage_estimator=grpo", "--set", "advantage_estimator=rloo",
    ])
    #expect(result.exitCode == 0)
    #expect(result.errors == "ppo and dpo have no option advantage_estimator\n")
    #expect(result.output.hasPrefix("ppo, grpo (grpo), grpo (rloo) and dpo in one world\n"))
  }

  @Test(arguments: ["svg", "png", "txt"])
  func thePlotIsAFile(ending: String) throws {
    let program = try Program()
    let result = try program(["compare", "ppo", "dpo", "--plot", "a.\(ending)", "--format", "markdown"])
    #expect(result.exitCode == 0)
    #expect(result.output.contains("(a.\(ending))"))
    #expect(try program.fileNames() == ["a.\(ending)"])
  }

  @Test func aFilesWorldIsEverybodys() throws {
    let program = try Program()
    let film = try program(["scenarios", "ppo"]).output
    try program.write(film.replacing("    great <eos>: 1\n", with: "    great <eos>: 3\n"), to: "keen.yaml")
    try program.write(film.replacing("    great <eos>: 1\n", with: "    great <eos>: 0.5\n"), to: "cool.yaml")
    let together = try program(["compare", "dpo", "keen.yaml"])
    #expect(together.output.contains("The world of keen"))
    let apart = try program(["compare", "cool.yaml", "keen.yaml"])
    #expect(apart.exitCode == 64)
    #expect(
      apart.errors
        == "Error: cool and keen have different worlds: the taste is not the same. Give both files the same world\n")
    let batch = try program(["compare", "ppo", "missing.batch.json"])
    #expect(batch.exitCode == 66)
  }
}
