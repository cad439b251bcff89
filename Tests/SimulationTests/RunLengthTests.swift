import Objectives
import Simulation
import Testing

/// How long a run may be, which is recorded whole: the longest is accepted, and one more pass is refused with its size.
@Suite struct RunLengthTests {
  private static let longest: [(name: String, options: [(String, String)], more: (String, String), told: String)] = [
    (
      "ppo",
      [
        ("num_total_batches", "500"), ("num_ppo_epochs", "10"), ("num_mini_batches", "2"), ("batch_size", "4"),
        ("response_length", "2"),
      ], ("num_total_batches", "501"), "10020 updates on 40080 tokens"
    ),
    (
      "ppo", [("num_total_batches", "20"), ("num_ppo_epochs", "10"), ("batch_size", "250"), ("response_length", "8")],
      ("batch_size", "251"), "400 updates on 401600 tokens"
    ),
    (
      "grpo",
      [
        ("num_total_batches", "500"), ("num_iterations", "10"), ("num_mini_batches", "2"), ("num_generations", "4"),
        ("generation_batch_size", "4"), ("max_completion_length", "2"),
      ], ("num_total_batches", "501"), "10020 updates on 40080 tokens"
    ),
    (
      "grpo",
      [
        ("num_total_batches", "25"), ("num_iterations", "10"), ("num_generations", "4"),
        ("generation_batch_size", "200"), ("max_completion_length", "8"),
      ], ("generation_batch_size", "204"), "on 408000 tokens"
    ),
    ("dpo", [("num_train_epochs", "1000"), ("batch_size", "3")], ("batch_size", "2"), "4000 updates"),
  ]

  @Test(arguments: longest.indices)
  func theLongestIsAcceptedAndOneMoreIsRefused(row: Int) throws {
    let (name, options, more, told) = Self.longest[row]
    var source = Source.scenario(try DPOSimulationTests.scenario(name))
    try source.set(options)
    let error = #expect(throws: OptionError.self) { try source.set([more]) }
    #expect(error?.message.contains(told) == true, "\(error?.message ?? "nothing is said")")
  }

  @Test func theLargestSeedIsOneThatJSONCanHold() throws {
    var source = Source.scenario(try DPOSimulationTests.scenario("ppo"))
    try source.set("seed", to: "9007199254740992")
    #expect(throws: OptionError.self) { try source.set("seed", to: "9007199254740993") }
  }
}
