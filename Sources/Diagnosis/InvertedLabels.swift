import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Nearly every pair is ranked the wrong way round, and by more than chance does: chosen and rejected are exchanged.
  static let invertedLabels = Puzzle(name: "inverted-labels") { patient in
    if case .judgements(let examples)? = patient.batch?.contents { return invertedJudgements(patient, examples) }
    if let finding = patient.batch.flatMap({ exchangedByScore(patient, $0) }) { return finding }
    guard patient.batch != nil, let update = patient.updates.last, let wrong = patient.wrongPairs(in: update),
      !patient.isDecidedByLength(update)
    else { return nil }
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

extension Puzzle {
  /// Pairs of which the rejected response has the higher score, by which the chosen one was to be preferred.
  private static func exchangedByScore(_ patient: Examination, _ batch: Batch) -> Finding? {
    guard case .pairs(let pairs) = batch.contents else { return nil }
    let leads = pairs.compactMap { pair in pair.chosen.score.flatMap { c in pair.rejected.score.map { c - $0 } } }
    let wrong = leads.filter { $0 < 0 }
    guard !wrong.isEmpty else { return nil }
    return Finding(
      name: "inverted-labels", verdict: .bug,
      title: "In \(wrong.count) of \(leads.count) pairs the rejected response has the higher score",
      explanation: """
        A pair's score says by what one response was preferred to the other; here the rejected one leads by \
        \(NumberText.short(-mean(wrong), digits: 3)) on average. The loss makes the worse response likelier.
        """,
      inference: wrong.count == leads.count
        ? "where lower scores are better, as of a cost, this is right and the score's sign is not" : nil,
      evidence: patient.evidence(
        ["loss", "mean(score)", "mean(margin)", "mean(chosen_log_ratio)", "mean(rejected_log_ratio)"], at: patient.end),
      advice: "Read one of these pairs: are its columns exchanged, or was the score made after the choice?",
      topic: .preferences)
  }
}

extension Examination {
  /// How far each chosen response leads, and in how many pairs it does not, where those are nearly all and far behind.
  func wrongPairs(in update: Update) -> (count: Int, leads: [Double])? {
    let scores = zip(values(.chosenScore, of: update), values(.rejectedScore, of: update)).map { $0 - $1 }
    // Without a reference, the responses of another model may well be less likely from the beginning.
    let leads = comparesPairsWithReference ? values(.margin, of: update) : scores
    let count = leads.count { $0 < 0 }
    guard leads.count >= 8 else { return nil }
    let areNearlyAll = 10 * count >= 9 * leads.count && mean(leads) < -0.1
    // A model that learns ranks no new pairs all rightly, so that exchanged ones are not all wrong. What is rejected has become
    // likelier then, and not less so by as much as the chosen.
    let risen = comparesPairsWithReference ? values(.rejectedLogRatio, of: update) : []
    let isOpposite =
      2 * count > leads.count && mean(leads) < -0.05 && mean(leads) < -3 * standardError(leads)
      && mean(risen) > 3 * standardError(risen)
    return areNearlyAll || isOpposite && !risen.isEmpty ? (count, leads) : nil
  }
}
