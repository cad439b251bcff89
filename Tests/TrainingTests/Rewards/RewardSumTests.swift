import Testing

@testable import Training

private final class Constant: RewardFunction {
  let name: String
  let values: [Double?]

  init(name: String, values: [Double?]) { (self.name, self.values) = (name, values) }

  func scores(_ completions: [ScoredCompletion]) -> [Double?] { values }
}

@Suite struct RewardSumTests {
  private let items = ["a", "b"].map { ScoredCompletion($0, of: Example(prompt: "", source: "d", line: 1)) }

  @Test func aSumKeepsItsParts() throws {
    let sum = try RewardSum(
      [Constant(name: "x", values: [1, 3]), Constant(name: "x", values: [0, 1])], weights: [2, -1])
    let scores = try sum.scores(items)
    #expect(scores.totals == [2, 5])
    #expect(scores.components.map(\.name) == ["x", "x_2"])
    #expect(scores.components[0].mean == 2)
    #expect(scores.components[0].std == 2.0.squareRoot())
  }

  @Test func weightsAreOneUnlessGiven() throws {
    #expect(try RewardSum([Constant(name: "x", values: [1, 3])]).scores(items).totals == [1, 3])
    #expect(
      throws: TrainingError(.usage, "reward_weights has 2 numbers for the 1 functions of reward_funcs; give one each")
    ) {
      try RewardSum([Constant(name: "x", values: [])], weights: [1, 2])
    }
  }

  @Test func whatARewardSaysNothingOfCountsNothing() throws {
    let sum = try RewardSum(
      [Constant(name: "x", values: [nil, 3]), Constant(name: "y", values: [2, 1])], weights: [2, 0.5])
    let scores = try sum.scores(items)
    #expect(scores.totals == [1, 6.5])
    #expect(scores.components.map(\.mean) == [3, 1.5])
    #expect(scores.components[0].std == 0)
    #expect(throws: TrainingError.self) { try RewardSum([Constant(name: "x", values: [nil, 3])]).scores(items) }
  }

  @Test func aFunctionMustAnswerEveryCompletionWithANumber() {
    #expect(throws: TrainingError(.badData, "the reward 'x' gave 1 numbers for 2 completions")) {
      try RewardSum([Constant(name: "x", values: [1])]).scores(items)
    }
    #expect(throws: TrainingError(.badData, "the reward 'x' of the completion 'b' is not a finite number")) {
      try RewardSum([Constant(name: "x", values: [1, .nan])]).scores(items)
    }
  }
}
