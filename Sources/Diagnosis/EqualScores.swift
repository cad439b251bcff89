import Documents
import Objectives
import Recording
import Simulation

extension Examination {
  /// Whether it is a batch that a reward model learns from: losses of pairs with a divergence have scores of another kind.
  fileprivate var learnsScores: Bool { batch?.algorithm.trains(.rewardModel, settings) ?? false }
}

extension Puzzle {
  /// A reward model gives both responses of every pair the same score, and its loss stands at ln 2.
  static let equalScores = Puzzle(name: "equal-scores") { patient in
    guard patient.learnsScores, let update = patient.updates.last else { return nil }
    let (chosen, rejected) = (patient.values(.chosenScore, of: update), patient.values(.rejectedScore, of: update))
    guard chosen.count > 1, chosen.count == rejected.count else { return nil }
    let ties = zip(chosen, rejected).count { ($0 - $1).magnitude <= 1e-6 * max(1, $0.magnitude) }
    guard ties == chosen.count else {
      return ties >= 4 && 4 * ties >= chosen.count
        ? someTies(patient, update, ties, of: chosen.count) : hardlyDiffering(patient, update, chosen, rejected)
    }
    return Finding(
      name: "equal-scores", verdict: .bug,
      title: "Both responses have the same score in all \(chosen.count) pairs: each costs ln 2",
      explanation: """
        The margin is 0 in every pair, or as good as 0, so that each costs −log σ(0) = 0.6931, whatever the model thinks of the \
        responses; which of them counts as ranked rightly is left to rounding. Different texts do not have equal scores by chance: the score is read where both are \
        the same.
        """,
      evidence: patient.evidence(
        ["loss", "chosen_score[0]", "rejected_score[0]", "max(abs(grad(chosen_score)))", "metric(accuracy)"],
        at: update.beat),
      advice: """
        Look at which token the score is read from: a padding token (left or right padding, a pad token that is the end \
        of text), the prompt's last one, or one that both responses share; and whether both were cut off alike.
        """,
      topic: .rewardModel)
  }

  /// Scores that differ from pair to pair, and within none: the model reads what both responses share.
  private static func hardlyDiffering(
    _ patient: Examination, _ update: Examination.Update, _ chosen: [Double], _ rejected: [Double]
  ) -> Finding? {
    let spread = deviation(chosen)
    let margin = largest(zip(chosen, rejected).map { $0 - $1 })
    guard chosen.count >= 8, margin < 0.05 * spread else { return nil }
    let number = { (x: Double) in NumberText.short(x, digits: 2) }
    return Finding(
      name: "equal-scores", verdict: .caution, title: "Scores differ from prompt to prompt, and hardly within a pair",
      explanation: """
        The chosen responses' scores have a deviation of \(number(spread)), and no pair's two scores differ by more than \
        \(number(margin)). Such a model says how good a prompt is, and nothing of the response to it.
        """,
      evidence: patient.evidence(
        ["loss", "max(abs(margin))", "max(chosen_score)", "min(chosen_score)", "metric(accuracy)"], at: update.beat),
      advice: """
        Look at which token the score is read from, and at what the model is given: the prompt's last token, a text that was cut \
        off before the response, or padding on the wrong side.
        """,
      topic: .rewardModel)
  }

  /// A good part of the pairs has equal scores, the others have not.
  private static func someTies(
    _ patient: Examination, _ update: Examination.Update, _ ties: Int, of count: Int
  ) -> Finding {
    Finding(
      name: "equal-scores", verdict: .caution, title: "Both responses have the same score in \(ties) of \(count) pairs",
      explanation: """
        Such a pair costs ln 2 and counts as wrong, and its two gradients are opposite. Two different texts seldom have equal \
        scores: they were cut off before they differ, or scores are rounded so coarsely that small margins are gone.
        """,
      evidence: patient.evidence(
        ["loss", "count(margin == 0)", "max(abs(margin))", "metric(accuracy)"], at: update.beat),
      advice: "Look at one of these pairs: are its texts the same up to max_length? Compute the score in 32 bits.",
      topic: .rewardModel)
  }

  /// The scores have become large or their mean has drifted, which Bradley-Terry hardly sees.
  static let driftingScores = Puzzle(name: "drifting-scores") { patient in
    guard patient.learnsScores, let update = patient.updates.last else { return nil }
    let scores = patient.values(.chosenScore, of: update) + patient.values(.rejectedScore, of: update)
    guard scores.count >= 4, mean(scores).magnitude > 10 || largest(scores) > 50 else { return nil }
    let hasDrifted = mean(scores).magnitude > 10
    let centering = patient.settings.number(.centerRewards)
    // A penalty on their sum knows more than their differences.
    let knows =
      centering == 0
      ? "The loss knows differences of scores alone: adding 100 to all of them changes nothing."
      : "Differences of scores do not hold it, and the penalty on their sums, center_rewards_coefficient = \(NumberText.short(centering)), has not yet."
    return Finding(
      name: "drifting-scores", verdict: .caution,
      title: hasDrifted
        ? "The scores are about \(NumberText.short(mean(scores), digits: 3)): their zero has drifted"
        : "Scores are as large as \(NumberText.short(largest(scores), digits: 3)): their scale has grown",
      explanation: hasDrifted
        ? """
        \(knows) A policy that learns from such a model has returns of that size, and its critic must find them first.
        """
        : """
        The loss falls as long as scores move apart, and far apart nothing is left to learn: a pair that is ranked \
        rightly has no gradient any more. A policy that learns from such a model has returns of that size.
        """,
      evidence: patient.evidence(
        [
          "mean(chosen_score)", "mean(rejected_score)", "max(chosen_score)", "min(rejected_score)", "metric(margin)",
          "max(abs(grad(chosen_score)))",
        ], at: patient.end),
      advice: hasDrifted
        ? "\(centering == 0 ? "Set center_rewards_coefficient to about 0.01" : "Raise center_rewards_coefficient"), or subtract the mean score before the policy learns."
        : "Train for fewer epochs or at a lower rate, or divide the scores by their deviation before the policy learns.",
      topic: .rewardModel)
  }
}
