import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// One of several reward functions is not correlated with the advantages: being better by it does not pay.
  static let cancellingRewards = Puzzle(name: "cancelling-rewards") { patient in
    guard let contents = patient.batch?.contents, case .groups(let batch) = contents, batch.rewardNames.count > 1 else {
      return nil
    }
    let advantages = batch.sequences.indices.map { patient.advantage($0, at: patient.end) ?? 0 }
    for (k, name) in batch.rewardNames.enumerated() {
      let known = batch.sequences.indices.filter { batch.sequences[$0].rewards[k] != nil }
      let rewards = known.map { batch.sequences[$0].rewards[k] ?? 0 }
      let own = known.map { advantages[$0] }
      let (a, b) = (mean(rewards), mean(own))
      let together = zip(rewards, own).reduce(0) { $0 + ($1.0 - a) * ($1.1 - b) }
      let spreads = (rewards.reduce(0) { $0 + ($1 - a) * ($1 - a) } * own.reduce(0) { $0 + ($1 - b) * ($1 - b) })
        .squareRoot()
      guard known.count >= 4, rewards.contains(where: { $0 != rewards[0] }), together <= 0.05 * max(spreads, 1e-12)
      else {
        continue
      }
      let expressions = known.prefix(4).flatMap { ["part_reward[\($0),\(k)]"] }
      let correlation = spreads > 0 ? together / spreads : 0
      return Finding(
        name: "cancelling-rewards", verdict: .caution,
        title: "Being better by \(name) does not pay: its rewards and the advantages do not go together",
        explanation: """
          The rewards of \(batch.rewardNames.joined(separator: ", ")) are added up before they are compared, and what \
          \(name) gives is taken away by the others: its correlation with the advantages is \
          \(NumberText.short(correlation, digits: 2)).
          """,
        evidence: patient.evidence(
          expressions + known.prefix(4).map { "advantage[\($0)]" }, at: patient.end),
        advice: """
          Compare each function within its group first (multi_objective_aggregation normalize_then_sum, GDPO), or give \
          them other reward_weights.
          """,
        topic: .advantage)
    }
    return nil
  }
}
