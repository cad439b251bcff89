import Autodiff
import Objectives
import Recording

extension LanguageEnvironment {
  /// How responses are rewarded.
  ///
  /// - Parameter policy: `log π`, by state and token.
  func model(of policy: [[Double]]) -> ExactOracle.Model {
    let weights = rewardWeights.map { $0.value }
    let scratch = Tape()
    let settings = settings
    return ExactOracle.Model(
      policy: policy, reference: reference.table, beta: klCoefficient.value, states: StateSpace(world),
      responseLength: settings.integer(.responseLength), temperature: settings.number(.temperature),
      score: { $0.reduce(0) { $0 + weights[$1] } },
      adjusted: { score, _, hasEOS in
        scratch.truncate(to: 0)
        return adjustedScore(scratch.leaf(score), hasEOS: hasEOS, settings: settings).value
      })
  }
}

extension Trace {
  /// Records the exact values of a policy that writes, and gives the exact gradient of its objective.
  func recordExactValues(of model: ExactOracle.Model, klCoefficient: Scalar, world: World) -> [[Double]] {
    let oracle = ExactOracle(model, startingAfter: world.prompts.map { $0.last ?? 0 })
    begin(.oracle)
    beat()
    _ = term(.exactReward, tape.leaf(oracle.reward))
    _ = term(.exactKL, tape.leaf(oracle.kl))
    let objective = term(.exactObjective, tape.leaf(oracle.objective))
    if let optimum = oracle.optimum {
      beat()
      _ = term(.optimumReward, tape.leaf(optimum.reward))
      let best = term(.optimumObjective, tape.leaf(optimum.objective))
      _ = term(.optimumKL, (best - objective) / klCoefficient)
    }
    return oracle.gradient
  }
}
