import Objectives
import Recording

extension Puzzle {
  /// DPO makes the chosen response less likely than the reference did.
  ///
  /// Asked in eric-mitchell/direct-preference-optimization #8 and #32, trl #800.
  static let chosenFalling = Puzzle(name: "chosen-falling") { patient in
    guard let last = patient.updates.last, patient.wrongPairs(in: last) == nil else { return nil }
    let ratios = patient.terms(.chosenLogRatio, of: last)
    let falling = ratios.filter { patient.trace.value($0) < 0 }.count
    guard mean(patient.values(.chosenLogRatio, of: last)) < -0.01,
      let worst = ratios.min(by: { patient.trace.value($0) < patient.trace.value($1) })
    else { return nil }
    let i = patient.trace.terms[worst].key.i
    return Finding(
      name: "chosen-falling", verdict: .caution,
      title: "The chosen response becomes less likely (in \(falling) of \(ratios.count) pairs)",
      explanation: mean(patient.values(.rejectedLogRatio, of: last)) < mean(patient.values(.chosenLogRatio, of: last))
        ? """
        DPO's loss sees only the difference between the two responses. It falls as well when both become less likely, \
        the rejected one more so; where they share words it often goes that way, and the probability goes to \
        responses that nobody has judged.
        """
        : """
        The rejected responses have not fallen as far, so that here the loss is higher than at the beginning: on these \
        pairs the policy has moved against the preferences.
        """,
      evidence: patient.evidence(
        [
          "mean(chosen_log_ratio)", "mean(rejected_log_ratio)", "mean(margin)", "chosen_response_logp[\(i)]",
          "chosen_response_ref_logp[\(i)]",
        ], at: last.beat),
      advice: """
        Watch logps/chosen beside rewards/margins. Train on the chosen responses first (SFT), add their likelihood to \
        the loss, raise beta, which keeps the policy near the reference, or take pairs that differ more.
        """,
      topic: .preferences)
  }
}
