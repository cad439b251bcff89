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
}
