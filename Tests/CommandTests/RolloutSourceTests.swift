import Testing

/// verl's and OpenRLHF's files, opened as any other source.
@Suite struct RolloutSourceTests {
  private static let lines = """
    {"input": "1+1=", "output": "It is 2.", "gts": "2", "score": 1.0, "step": 7}
    {"input": "1+1=", "output": "3", "gts": "2", "score": 0.0, "step": 7}
    {"input": "1+2=", "output": "3", "gts": "3", "score": 1.0, "step": 7}
    {"input": "1+2=", "output": "It is 3", "gts": "3", "score": 1.0, "step": 7}
    """

  @Test func itOpensWithWhatItHas() throws {
    let program = try Program()
    try program.write(Self.lines, to: "7.jsonl")
    let printed = try program(["print", "7.jsonl", "advantage[0]", "metric(frac_reward_zero_std)"])
    #expect(printed.exitCode == 0)
    #expect(
      printed.errors == """
        7.jsonl: verl wrote texts and numbers, no tokens and no log-probabilities. Here are rewards and advantages; how \
        to record the rest is in Documentation/other-trainers.md

        """)
    #expect(printed.output.contains("0.7070"))
    #expect(try program(["doctor", "7.jsonl"]).output.contains("1 of 2 groups teaches nothing"))
    for command in [["trace", "7.jsonl"], ["web", "7.jsonl", "--output", "7.html"]] {
      #expect(try program(command).exitCode == 0)
    }
    let stepping = try program(
      ["step", "7.jsonl"], input: "next\nnext\nshow advantages\nwhy advantage[0]\nset reward[1] 1\n")
    #expect(stepping.exitCode == 0)
    #expect(stepping.output.contains("No loss is computed from advantage[0]"))
  }

  @Test func aFaultHasItsLine() throws {
    let program = try Program()
    try program.write(Self.lines + "\n{\"input\": 1}\n", to: "7.jsonl")
    let result = try program(["print", "7.jsonl"])
    #expect(result.exitCode == 65)
    #expect(result.errors == "7.jsonl:5:11: input must be a string, found the number 1\n")
  }
}
