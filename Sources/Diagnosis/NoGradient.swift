import Objectives
import Recording
import Simulation

extension Puzzle {
  /// No token has a gradient, so that the update does nothing to the policy; the finding says why.
  static let noGradient = Puzzle(name: "no-gradient") { patient in
    guard patient.algorithm.material == .samples, let update = patient.updates.first(where: { patient.isIdle($0) }),
      let reason = patient.reasonOfIdleness(update)
    else { return nil }
    return Finding(
      name: "no-gradient", verdict: .caution, title: "No \(patient.trace.words.step) has a gradient: \(reason.title)",
      explanation: reason.explanation, evidence: patient.evidence(reason.expressions, at: update.beat),
      advice: reason.advice, topic: reason.topic)
  }
}

extension Examination {
  /// Whether the loss depends on no log-probability; what is left of rounding counts for nothing.
  fileprivate func isIdle(_ update: Update) -> Bool {
    update.tokenCount > 0 && !(largestGradient(of: update) > 1e-9)
  }

  fileprivate struct Idleness {
    let title, explanation: String
    let expressions: [String]
    let advice: String
    let topic: Topic
  }

  fileprivate func reasonOfIdleness(_ update: Update) -> Idleness? {
    let gradient = "max(abs(grad(logp)))"
    if isEverythingMasked(update) {
      return Idleness(
        title: "everything is masked",
        explanation: """
          A mask leaves every token of the update out, so that the loss is an average of nothing. Nothing warns of it: \
          the loss is 0, and so is every gradient.
          """,
        expressions: ["loss", "count(logp)", "sum(loss_mask)", "sum(complete)", gradient],
        advice:
          "Look at the mask: loss_mask, truncated answers with mask_truncated_completions, what rollout_rs rejects.",
        topic: .averaging)
    }
    let advantages = values(.advantage, of: update) + all(.advantage).map { trace.value($0) }
    if !advantages.isEmpty, largest(advantages) < 1e-9 {
      // Groups without spread are a finding of their own.
      if hasFlatGroupsAlone { return nil }
      let raw = rawAdvantages(of: update)
      if !all(.advantageStd).isEmpty, Set(raw).count == 1 {
        return Idleness(
          title: "\(raw.count == 1 ? "one advantage is" : "equal advantages are") whitened to 0",
          explanation: """
            Whitening subtracts the mean and divides by the deviation. Of a single number, or of equal ones, nothing \
            is left: the signal is gone.
            """,
          expressions: ["raw_advantage[0,0]", "advantage_mean", "advantage_std", "max(abs(advantage))", gradient],
          advice: """
            Take more than one valid \(trace.words.step) into a batch, or whiten over the whole batch and not over a part \
            of it.
            """,
          topic: .advantage)
      }
      return Idleness(
        title: "every advantage is 0",
        explanation: expectation + ", so that nothing is pushed up or down.",
        expressions: [
          "max(abs(advantage))", "max(reward) - min(reward)", "score[0]", "baseline_reward[0]", "teacher_logp[0,0]",
          "old_logp[0,0]", gradient,
        ],
        advice: algorithm.credit == .teacher
          ? "Look at what the teacher is: the very model that learns, or a copy of it without the solution in its prompt."
          : "Look at the rewards and what they are compared with: do any two of them differ?", topic: .advantage)
    }
    let clipped = clipped(in: update)
    guard clipped.total > 0, clipped.count == clipped.total else { return nil }
    return Idleness(
      title: "the clip holds all \(clipped.count) of them",
      explanation: """
        Every ratio is beyond the border on the side that its advantage wants, so that each objective is a constant. \
        The policy has moved as far as this batch may move it, or old_logp is not of the policy that learns.
        """,
      expressions: ["count(clipped)", "min(ratio)", "max(ratio)", gradient],
      advice:
        "Take fewer epochs, or a smaller learning rate; at the first update, look at how old_logp was computed.",
      topic: .clip)
  }

  /// Whether a mask leaves no token of an update that learns from groups.
  func isEverythingMasked(_ update: Update) -> Bool {
    guard algorithm.credit == .group else { return false }
    return terms(.tokenLoss, of: update).isEmpty
      || (!terms(.offPolicyMask, of: update).isEmpty && largest(values(.offPolicyMask, of: update)) == 0)
  }

  /// Why advantages are 0, by what they are compared with.
  private var expectation: String {
    switch algorithm.credit {
    case .group: "Every reward is what it is compared with"
    case .returns where !all(.baselineReward).isEmpty: "Every response earned as much as the greedy one to its prompt"
    case .teacher: "The teacher gives every token the probability that the policy gave it"
    default: "Every \(trace.words.step) turned out as it was expected to"
    }
  }

  /// What was whitened in an update's iteration.
  private func rawAdvantages(of update: Update) -> [Double] {
    all(.rawAdvantage).filter { trace.stage(ofBeat: trace.terms[$0].beat).loops.iteration == update.loops.iteration }
      .map { trace.value($0) }
  }
}
