import Objectives
import Simulation

/// One way in which a trainer's batch goes wrong, and the doctor's name for it.
enum BatchDamage: CaseIterable {
  case shiftedOldLogp, invertedKL, equalRewards, truncatedRewarded, none

  /// What the doctor finds then; nil where there is nothing to find.
  var finding: String? {
    switch self {
    case .shiftedOldLogp: "early-ratio"
    case .invertedKL: "kl-direction"
    case .equalRewards: "flat-groups"
    case .truncatedRewarded: "truncated-rewarded"
    case .none: nil
    }
  }

  /// The choice that names it.
  var text: String {
    switch self {
    case .shiftedOldLogp: "old_logp was computed differently from logp"
    case .invertedKL: "the logged KL has its sign or its ratio inverted"
    case .equalRewards: "the rewards within each group do not differ"
    case .truncatedRewarded: "an answer that was cut off is rewarded"
    case .none: "nothing: this batch is as it should be"
    }
  }

  static func possible(for algorithm: Algorithm) -> [BatchDamage] {
    algorithm.credit == .group
      ? [.shiftedOldLogp, .equalRewards, .truncatedRewarded, .none] : [.shiftedOldLogp, .invertedKL, .none]
  }

  /// The damaged batch; nil if it has nothing to damage.
  ///
  /// - Parameter isSubtle: Whether the log-probabilities are off by a temperature instead of by a token.
  func applied(to batch: Batch, isSubtle: Bool) -> Batch? {
    var batch = batch
    switch (self, batch.contents) {
    case (.none, _): return batch
    case (.shiftedOldLogp, .responses(var sequences)):
      for i in sequences.indices { sequences[i].oldLogp = Self.spoilt(sequences[i].oldLogp, isSubtle) }
      batch.contents = .responses(sequences)
      // The trainer logs what it computes: the log must agree with the damage, or there would be a second error.
      batch.logMeanKL()
    case (.shiftedOldLogp, .groups(var groups)):
      for i in groups.sequences.indices {
        groups.sequences[i].oldLogp = Self.spoilt(groups.sequences[i].oldLogp, isSubtle)
      }
      batch.contents = .groups(groups)
    case (.invertedKL, .responses):
      batch.logged = batch.logged.map { Batch.LoggedMetric($0.metric, -$0.value) }
    case (.equalRewards, .groups(var groups)):
      for i in groups.sequences.indices { groups.sequences[i].reward = Double(groups.sequences[i].group % 2) }
      batch.contents = .groups(groups)
    case (.truncatedRewarded, .groups(var groups)):
      guard let best = groups.sequences.indices.max(by: { groups.sequences[$0].reward < groups.sequences[$1].reward })
      else { return nil }
      guard groups.sequences[best].tokens.count > 1 else { return nil }
      groups.sequences[best].cutOff()
      batch.contents = .groups(groups)
    default: return nil
    }
    return batch
  }

  /// One token late, or as at a temperature of about 0.8.
  private static func spoilt(_ logps: [Double], _ isSubtle: Bool) -> [Double] {
    isSubtle || logps.count < 2 ? logps.map { 1.25 * $0 } : [logps[logps.count - 1]] + logps.dropLast()
  }
}

extension Batch.GroupBatch.Sequence {
  /// Takes the last token away, with which it ended.
  fileprivate mutating func cutOff() {
    tokens.removeLast()
    logp.removeLast()
    oldLogp.removeLast()
    refLogp?.removeLast()
    isTruncated = true
  }
}

extension Batch {
  /// Logs PPO's mean KL per token, k1, and returns it; 0 for other algorithms.
  @discardableResult
  mutating func logMeanKL() -> Double {
    guard case .responses(let sequences) = contents else { return 0 }
    let tokens = sequences.flatMap { sequence in zip(sequence.oldLogp, sequence.refLogp).map { $0 - $1 } }
    let kl = tokens.isEmpty ? 0 : tokens.reduce(0) { $0 + $1 } / Double(tokens.count)
    logged = [LoggedMetric(.objectiveKL, kl)]
    return kl
  }
}
