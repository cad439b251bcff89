import Autodiff
import Objectives
import Recording

extension Trace {
  /// Records the exact values of a policy that writes, and gives the exact gradient of its objective.
  func recordExactValues(
    of policy: TabularPolicy, reference: TabularPolicy, rewardWeights: [Scalar], klCoefficient: Scalar, world: World,
    settings: Settings
  ) -> [[Double]] {
    let weights = rewardWeights.map { $0.value }
    let scratch = Tape()
    let oracle = ExactOracle(
      ExactOracle.Model(
        policy: policy.table, reference: reference.table, beta: klCoefficient.value, states: StateSpace(world),
        responseLength: settings.integer(.responseLength), temperature: settings.number(.temperature),
        score: { $0.reduce(0) { $0 + weights[$1] } },
        adjusted: { score, _, hasEOS in
          scratch.truncate(to: 0)
          return adjustedScore(scratch.leaf(score), hasEOS: hasEOS, settings: settings).value
        }),
      startingAfter: world.prompts.map { $0.last ?? 0 })

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
