import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// The margin is 0 in every pair, and the loss is where it began: ln 2 = 0.6931.
  ///
  /// Asked in TRL #1627.
  static let stuckMargin = Puzzle(name: "stuck-margin") { patient in
    let updates = patient.updates
    guard patient.comparesPairsWithReference, let last = updates.last,
      updates.allSatisfy({ patient.isWithoutMargin($0) }) || patient.isMarginRounding(last)
    else { return nil }
    // The only update of a run that Gradus itself makes is its first one.
    if patient.batch == nil, updates.count == 1 { return nil }
    let areSame = patient.hasSameResponses
    let isRounding = !areSame && !patient.isWithoutMargin(last)
    let step = patient.batch?.step
    // Before the first update it must be so.
    if patient.claimOfFirstStep != nil, !areSame { return nil }
    let isLate = step.map { $0 > 10 } ?? false
    let loss = patient.isLogistic ? "ln 2" : "its first value"
    return Finding(
      name: "stuck-margin", verdict: areSame || isLate ? .bug : .caution,
      title: "The margin is 0 in every pair\(isRounding ? ", but for rounding" : ""): the loss stands at \(loss)",
      explanation: areSame
        ? "The chosen and the rejected response are the same tokens: both implicit rewards are equal, whatever the policy says."
        : """
        Policy and reference say the same of every response\(isRounding ? ", as far as half precision tells" : ""), so that both implicit rewards are 0 and sigmoid(0) is a \
        half. So it must be before the first update, and never again after one.
        """,
      inference: patient.batch == nil || areSame || isLate
        ? nil
        : step == nil
          ? "the batch does not say which update it belongs to: at the first one this is right, later it is a fault"
          : "in the first steps of a warm-up, whose learning rate is nearly 0, this may be right",
      evidence: patient.evidence(
        ["loss", "max(abs(margin))", "max(abs(chosen_log_ratio))", "max(abs(grad(chosen_logp)))"], at: last.beat),
      advice: areSame
        ? "Compare how the two columns are made: one that is read twice, or both cut off before they differ, do this."
        : """
        If it stays so: is the reference the very model that is trained (an adapter that is on in both)? Do the \
        parameters get a gradient, and is the learning rate above 0 after the warm-up? Are both responses cut off \
        before they differ?
        """,
      topic: .preferences)
  }

  /// Every pair is ranked rightly by so much that none has a gradient.
  static let saturatedPairs = Puzzle(name: "saturated-pairs") { patient in
    guard patient.batch != nil, patient.comparesPairsWithReference, let update = patient.updates.last,
      let least = patient.values(.margin, of: update).min(), least > 10,
      patient.largestGradient(of: update) < 1e-6
    else { return nil }
    return Finding(
      name: "saturated-pairs", verdict: .caution,
      title: "No pair has a gradient: every margin is at least \(NumberText.short(least, digits: 3))",
      explanation: """
        The sigmoid of such a margin is 1 but for rounding, and its derivative 0: these pairs are learned, and what the policy \
        does beside them no longer counts.
        """,
      evidence: patient.evidence(
        ["loss", "min(margin)", "max(abs(grad(chosen_logp)))", "mean(chosen_log_ratio)", "mean(rejected_log_ratio)"],
        at: update.beat),
      advice:
        "Compare with held-out pairs, and take an earlier checkpoint; fewer epochs, or a loss with a target (ipo).",
      topic: .preferences)
  }
}

extension Examination {
  /// Whether margins are no more than what half precision leaves of two equal models, long after the beginning.
  fileprivate func isMarginRounding(_ update: Update) -> Bool {
    guard let step = batch?.step, step > 50, case .pairs(let pairs)? = batch?.contents else { return false }
    let responses = pairs.flatMap { [$0.chosen, $0.rejected] }
    return largest(values(.margin, of: update)) < 0.01
      && Rounding(responses.flatMap { $0.logp }, responses.flatMap { $0.refLogp ?? [] }) != nil
  }

  fileprivate func isWithoutMargin(_ update: Update) -> Bool {
    let margins = values(.margin, of: update)
    return !margins.isEmpty && largest(margins) < 1e-6
  }

  /// Whether a pair's loss is −log σ(margin), so that a tie costs ln 2.
  var isLogistic: Bool { PreferenceLoss.isLogistic(settings) && !trace.isRecorded(.wantedMargin) }

  fileprivate var hasSameResponses: Bool {
    guard let contents = batch?.contents, case .pairs(let pairs) = contents else { return false }
    return pairs.allSatisfy { $0.chosen.tokens == $0.rejected.tokens }
  }
}
