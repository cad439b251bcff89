import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Pairs of twice the same response, from which nothing is learned; where all are, the margin that stands still says so.
  static let identicalPairs = Puzzle(name: "identical-pairs") { patient in
    let isSame: [Bool]
    switch patient.batch?.contents {
    case .pairs(let pairs): isSame = pairs.map { $0.chosen.tokens == $0.rejected.tokens }
    case .scoredPairs(let pairs): isSame = pairs.map { $0.chosen.tokens == $0.rejected.tokens }
    default: return nil
    }
    let count = isSame.count { $0 }
    guard count >= 2, count < isSame.count, 10 * count >= isSame.count, let first = isSame.firstIndex(of: true) else {
      return nil
    }
    return Finding(
      name: "identical-pairs", verdict: .caution,
      title: "Chosen and rejected are the same in \(count) of \(isSame.count) pairs",
      explanation: """
        Such a pair has a margin of 0 whatever the model is, costs ln 2 in a logistic loss, and counts as ranked wrongly. It \
        teaches nothing, and makes the loss and the accuracy look worse than they are.
        """,
      evidence: patient.evidence(
        ["margin[\(first)]", "chosen_score[\(first)]", "rejected_score[\(first)]", "loss", "count(margin == 0)"],
        at: patient.updates.last?.beat ?? patient.end),
      advice:
        "Leave such pairs out; where the texts differ further on, raise max_length, or truncate the prompt instead.",
      topic: patient.algorithm.comparesPairs ? .preferences : .rewardModel)
  }
}
