import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// One of several reward functions is not correlated with the advantages, since another one takes back what it gives.
  static let cancellingRewards = Puzzle(name: "cancelling-rewards") { patient in
    guard let contents = patient.batch?.contents, case .groups(let batch) = contents, batch.rewardNames.count > 1 else {
      return nil
    }
    let advantages = batch.sequences.indices.map { patient.advantage($0, at: patient.end) ?? 0 }
    let parts = RewardParts(batch, patient.settings)
    let hasAdvantage = advantages.contains { $0.magnitude > 1e-9 }
    for (k, name) in batch.rewardNames.enumerated() {
      guard let opponent = parts.opponent(of: k) else { continue }
      let known = batch.sequences.indices.filter { batch.sequences[$0].rewards[k] != nil }
      let own = pearson(known.map { batch.sequences[$0].rewards[k] ?? 0 }, known.map { advantages[$0] }) ?? 0
      guard (rewardWeight(k, patient.settings) < 0 ? -own : own) <= 0.05 else { continue }
      return Finding(
        name: "cancelling-rewards", verdict: .caution,
        title: "Being better by \(name) does not pay: its rewards and the advantages do not go together",
        explanation: """
          The rewards of \(batch.rewardNames.joined(separator: ", ")) are \(parts.areNormalized
            ? "compared within each group, one by one, and then added up" : "added up before they are compared"), and what \
          \(name) gives is taken away by \(batch.rewardNames[opponent]), which falls where it rises: \(hasAdvantage
            ? "its correlation with the advantages is \(NumberText.short(own, digits: 2))" : "all advantages are 0").
          """,
        evidence: patient.evidence(
          known.prefix(4).map { "part_reward[\($0),\(k)]" } + known.prefix(4).map { "advantage[\($0)]" },
          at: patient.end),
        advice: parts.areNormalized || !patient.learnsWhenNormalized
          ? "Give the one that matters more a larger weight in reward_weights, or mend the other: it pays for what this one takes from."
          : "Compare each function within its group first (multi_objective_aggregation normalize_then_sum, GDPO), or give "
            + "them other reward_weights.",
        topic: .advantage)
    }
    return nil
  }
}

extension Examination {
  /// Whether some advantage is left where each function is compared within its group first: two that are each other's negative
  /// cancel then as well.
  fileprivate var learnsWhenNormalized: Bool {
    guard var changed = batch else { return false }
    do throws(OptionError) {
      try changed.settings.set(.multiObjective, to: .choice("normalize_then_sum"))
    } catch { return false }
    guard changed.problem == nil else { return false }
    let trace = changed.record()
    return trace.terms.indices.contains { trace.quantity(of: $0) == .advantage && trace.value($0).magnitude > 1e-9 }
  }
}

/// The rewards of several functions, as far as one may take back what another gives.
private struct RewardParts {
  /// What each function gave each answer; nil where it did not judge it.
  private let rewards: [[Double?]]
  private let weights: [Double]
  /// Whether each is compared within its group before they are added up.
  let areNormalized: Bool

  init(_ batch: Batch.GroupBatch, _ settings: Settings) {
    rewards = batch.rewardNames.indices.map { k in batch.sequences.map { $0.rewards[k] } }
    weights = batch.rewardNames.indices.map { rewardWeight($0, settings) }
    areNormalized = settings.choice(.multiObjective) == "normalize_then_sum"
  }

  /// The function that falls where this one rises, surely so, and is not much stronger: one that is small beside the others
  /// is not heard by itself, and is meant not to be.
  func opponent(of k: Int) -> Int? {
    rewards.indices.first { other in
      let both = zip(rewards[k], rewards[other]).compactMap { a, b in a.flatMap { a in b.map { (a, $0) } } }
      let (own, others) = (both.map { $0.0 }, both.map { $0.1 })
      guard other != k, both.count >= 4, let raw = pearson(own, others) else { return false }
      let together = weights[k] * weights[other] < 0 ? -raw : raw
      // Student's t of a correlation. Fewer answers than a step has are an example that somebody made: what it shows counts.
      let t = together * (Double(both.count - 2) / max(1e-12, 1 - together * together)).squareRoot()
      let isSure = both.count < 8 ? together <= -0.7 : together <= -0.5 && t <= -4
      return isSure && 2 * part(own, weights[k]) >= part(others, weights[other])
    }
  }

  /// How much a function moves the sum.
  private func part(_ rewards: [Double], _ weight: Double) -> Double {
    weight.magnitude * (areNormalized ? 1 : squaredDistances(rewards).squareRoot())
  }
}
