import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Nearly every pair is ranked the wrong way round, and by more than chance does: chosen and rejected are exchanged.
  static let invertedLabels = Puzzle(name: "inverted-labels") { patient in
    guard patient.batch != nil, let update = patient.updates.last, let wrong = patient.wrongPairs(in: update) else {
      return nil
    }
    return Finding(
      name: "inverted-labels", verdict: .bug,
      title: "\(wrong.count) of \(wrong.leads.count) pairs are ranked the wrong way round",
      explanation: """
        The chosen response lies behind the rejected one by \(NumberText.short(-mean(wrong.leads), digits: 3)) on average. A \
        model that has learned nothing ranks about half of the pairs rightly, and one that learns from them more: so many \
        wrong ones have been learned from elsewhere, or from the opposite labels.
        """,
      inference: "that labels or columns are exchanged does not follow from one batch, but it is the commonest cause",
      evidence: patient.evidence(
        [
          "loss", "mean(margin)", "mean(chosen_log_ratio)", "mean(rejected_log_ratio)", "mean(chosen_score)",
          "mean(rejected_score)",
        ], at: update.beat),
      advice:
        "Read a pair: is the chosen response the better one? Compare with the data that the model was trained on before.",
      topic: patient.algorithm.comparesPairs ? .preferences : .rewardModel)
  }
}

extension Examination {
  /// How far each chosen response leads, and in how many pairs it does not, where those are nearly all and far behind.
  func wrongPairs(in update: Update) -> (count: Int, leads: [Double])? {
    let scores = zip(values(.chosenScore, of: update), values(.rejectedScore, of: update)).map { $0 - $1 }
    // Without a reference, the responses of another model may well be less likely from the beginning.
    let leads = comparesPairsWithReference ? values(.margin, of: update) : scores
    let count = leads.count { $0 < 0 }
    return leads.count >= 8 && 10 * count >= 9 * leads.count && mean(leads) < -0.1 ? (count, leads) : nil
  }
}
