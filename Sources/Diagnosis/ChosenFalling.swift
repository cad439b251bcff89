import Objectives
import Recording
import Simulation

extension Puzzle {
  /// DPO makes the chosen response less likely than the reference did.
  ///
  /// Asked in eric-mitchell/direct-preference-optimization #8 and #32, trl #800.
  static let chosenFalling = Puzzle(name: "chosen-falling") { patient in
    guard let last = patient.updates.last, patient.wrongPairs(in: last) == nil, patient.placeholderOfReference == nil
    else { return nil }
    let ratios = patient.terms(.chosenLogRatio, of: last)
    let falling = ratios.filter { patient.trace.value($0) < 0 }.count
    guard mean(patient.values(.chosenLogRatio, of: last)) < -patient.chanceOfLogRatios(ratios),
      let worst = ratios.min(by: { patient.trace.value($0) < patient.trace.value($1) })
    else { return nil }
    let i = patient.trace.terms[worst].key.i
    return Finding(
      name: "chosen-falling", verdict: .caution,
      title: "The chosen response becomes less likely (in \(falling) of \(ratios.count) pairs)",
      explanation: mean(patient.values(.rejectedLogRatio, of: last)) < mean(patient.values(.chosenLogRatio, of: last))
        ? """
        DPO's loss sees only the difference between the two responses. It falls as well when both become less likely, \
        the rejected one more so; where they share words it often goes that way. The probability goes elsewhere: to other \
        responses that are preferred, or to ones that nobody has judged.
        """
        : """
        The rejected responses have \(mean(patient.values(.rejectedLogRatio, of: last)) > 0 ? "risen" : "not fallen as far"), so that here the loss is higher than at the beginning: on these \
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

extension Examination {
  /// How far below 0 a mean log-ratio of responses may lie by chance: three of its standard errors, and what half precision rounds
  /// a response's to, 0.01 a token. Before the first update it is all rounding; in a tiny world there is none.
  fileprivate func chanceOfLogRatios(_ terms: [Int]) -> Double {
    guard let batch else { return 0.01 }
    if claimOfFirstStep != nil { return .infinity }
    let values = terms.map { trace.value($0) }
    let count = Double(values.count)
    guard case .pairs(let pairs) = batch.contents, count > 0 else { return 0.01 }
    let tokens = mean(pairs.map { Double($0.chosen.logp.count) })
    // Of a few values the spread itself is not sure, and where all of them fall it is no matter.
    let areFew = values.count < 8
    let spread = areFew && !values.contains { $0 >= 0 } ? 0 : (areFew ? 6 : 3) * standardError(values)
    return max(0.01, spread, 3 * 0.01 * (tokens / count).squareRoot())
  }
}
