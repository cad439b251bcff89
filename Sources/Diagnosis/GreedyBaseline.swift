import Documents
import Recording
import Simulation

extension Puzzle {
  /// ReMax's baselines that are no greedy responses' rewards: the responses' own, or of another scale.
  static let greedyBaseline = Puzzle(name: "greedy-baseline") { patient in
    guard case .baselined(let responses)? = patient.batch?.contents, responses.count >= 4 else { return nil }
    let (scores, baselines) = (responses.map { $0.score }, responses.map { $0.baselineReward })
    guard let least = scores.min(), let most = scores.max(), least < most else { return nil }
    if scores == baselines {
      return finding(
        patient, verdict: .bug, title: "Each baseline_reward is the response's own score",
        """
        The difference is 0 for every response, whatever it earned: the scores have no part in the loss. The baseline is what the \
        greedy response to the same prompt earns.
        """,
        advice: "Score a response decoded with temperature 0 for each prompt, and not the sample once more.")
    }
    let outside =
      baselines.allSatisfy { $0 > most + (most - least) } || baselines.allSatisfy { $0 < least - (most - least) }
    guard outside else { return nil }
    return finding(
      patient, verdict: .caution, title: "Every baseline_reward lies far outside the scores",
      """
      Scores go from \(NumberText.short(least)) to \(NumberText.short(most)), so that every difference has the same sign: all responses are \
      pushed the same way, and what tells them apart is lost beside it.
      """,
      advice: "See that greedy and sampled responses are scored by the same reward, on one scale, after the same rules."
    )
  }

  private static func finding(
    _ patient: Examination, verdict: Finding.Verdict, title: String, _ explanation: String, advice: String
  ) -> Finding {
    Finding(
      name: "greedy-baseline", verdict: verdict, title: title, explanation: explanation,
      evidence: patient.evidence(
        [
          "min(score)", "max(score)", "min(baseline_reward)", "max(baseline_reward)", "min(advantage)",
          "max(advantage)",
        ],
        at: patient.end),
      advice: advice, topic: .advantage)
  }
}
