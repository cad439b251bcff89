import Autodiff
import Testing

@testable import Simulation

@Suite struct ExactOracleTests {
  /// Probabilities add up to 1 but for rounding, of which nothing is left in the optimum.
  @Test(arguments: [0.01, 0.05, 0.3])
  func theOptimumOfAWorldWithoutRewardsIsZero(beta: Double) {
    let table = (0..<8).map { a in
      let weights = (0..<8).map { Double((a * 7 + $0 * 3) % 5 + 1) }
      let total = weights.reduce(0, +)
      return weights.map { Elementary.log($0 / total) }
    }
    let oracle = ExactOracle(
      ExactOracle.Model(
        policy: table, reference: table, beta: beta, states: StateSpace(Scenario.builtIn[0].world),
        responseLength: 3, temperature: 1, score: { _ in 0 }, adjusted: { score, _, _ in score }),
      startingAfter: [0, 3])
    #expect(oracle.objective == 0)
    #expect(oracle.optimum?.objective == 0)
  }
}
