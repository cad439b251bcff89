import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// The clip never acts: the ratio is always 1, or stays far from the border.
  ///
  /// Asked in TRL #3120 and #3757: with one update per batch the ratio is 1 whenever a gradient is taken.
  static let idleClip = Puzzle(name: "idle-clip") { patient in
    let clipping = patient.updates.filter { patient.clipped(in: $0).total > 0 }
    guard let range = patient.algorithm.clipWidths(patient.settings), min(range.low, range.high) > 0,
      let first = clipping.first,
      clipping.allSatisfy({ patient.clipped(in: $0).count == 0 })
    else { return nil }
    let name = patient.ratioName(of: first)
    let isOne = clipping.allSatisfy { patient.ratios(of: $0).allSatisfy { ($0 - 1).magnitude < 1e-6 } }
    let isFar = clipping.allSatisfy { update in
      patient.ratios(of: update).allSatisfy { $0 > 1 - 0.1 * range.low && $0 < 1 + 0.1 * range.high }
    }
    guard isOne || isFar else { return nil }
    let batches = Set(clipping.map { $0.loops.iteration ?? 0 }).count
    if isOne, clipping.count > batches { return patient.stillPolicy(clipping, of: batches) }
    let place = clipping.count == 1 ? "in this update" : "in \(clipping.count) updates"
    return Finding(
      name: "idle-clip", verdict: .harmless,
      title: isOne ? "The clip is idle: every ratio is 1" : "The clip is idle: no ratio comes near its border",
      explanation: isOne
        ? """
        The ratio is 1 whenever a gradient is taken \(place). It leaves 1 only when samples are learned from a second \
        time; with one update per batch the clip has nothing to do, and the loss is the plain policy gradient.
        """
        : """
        No ratio goes a tenth of the way to the border \(place): the policy moves little between sampling and the \
        last update, or the range is wide.
        """,
      evidence: patient.evidence(
        ["min(\(name))", "max(\(name))", "metric(policy/clipfrac_avg)", "metric(clip_ratio/region_mean)"],
        at: patient.batch == nil ? first.beat : patient.end),
      advice: isOne
        ? """
        Nothing, if it is meant so. To see the clip at work take several updates per batch: num_ppo_epochs, \
        num_mini_batches, or num_iterations in TRL's GRPO.
        """
        : "Nothing, if training is stable. A larger learning rate or more epochs would use the samples better.",
      topic: .clip)
  }

  /// The clip holds most objectives constant: most tokens teach nothing any more.
  static let busyClip = Puzzle(name: "busy-clip") { patient in
    if let finding = lowCap(patient) { return finding }
    let shares = patient.updates.map { patient.clipped(in: $0) }
    let count = shares.reduce(0) { $0 + $1.count }
    let total = shares.reduce(0) { $0 + $1.total }
    let name = patient.updates.first.map { patient.ratioName(of: $0) } ?? ""
    // The few tokens of a tiny world move far, and ratios of whole responses all but leave their narrow range.
    let isMany = patient.batch != nil && total >= 16 && name == "ratio"
    guard total >= 4, Double(count) >= (isMany ? RunThresholds.clipAlways : 0.5) * Double(total),
      let first = patient.updates.first(where: { patient.clipped(in: $0).count > 0 })
    else { return nil }
    let words = patient.trace.words
    let parts = (name == "ratio" ? words.step : words.example) + "s"
    let updates = patient.updates.count == 1 ? "" : ", over \(patient.updates.count) updates"
    return Finding(
      name: "busy-clip", verdict: .caution,
      title: "The clip acts on \(count) of \(total) \(parts)\(updates)",
      explanation: """
        Where the ratio is beyond the border on the side that the advantage wants, the objective is a constant and the \
        gradient 0. That is meant for the few that have moved enough; here it is \
        \(2 * count >= total ? "most of them" : "a good part"), and the rest steers the update.
        """,
      evidence: patient.evidence(
        (patient.batch == nil ? [] : ["count(clipped)", "count(surrogate)"])
          + patient.clippedExample(in: first) + ["min(\(name))", "max(\(name))"], at: first.beat)
        + patient.evidence(
          ["metric(policy/clipfrac_avg)", "metric(clip_ratio/region_mean)"],
          at: patient.batch == nil ? first.beat : patient.end),
      advice: """
        Lower the learning rate, take fewer epochs or minibatches per batch, or widen the range. If it is so at the \
        first update already, old_logp is not the sampling policy's.
        """,
      topic: .clip)
  }
}

extension Puzzle {
  /// CISPO's cap lies below the ratios themselves: it is the weight, and not, as DAPO's epsilon_high, a distance from 1.
  private static func lowCap(_ patient: Examination) -> Finding? {
    guard patient.batch != nil, patient.algorithm.credit == .group,
      GroupLoss.chosen(by: patient.settings).boundsWeight, let update = patient.updates.first
    else { return nil }
    let option: Option = patient.settings.optionalNumber(.epsilonHigh) == nil ? .epsilon : .epsilonHigh
    let cap = patient.settings.optionalNumber(.epsilonHigh) ?? patient.settings.number(.epsilon)
    let ratios = patient.ratios(of: update)
    let held = ratios.count { $0 > cap }
    guard ratios.count >= 4, 2 * held >= ratios.count else { return nil }
    let name = patient.ratioName(of: update)
    return Finding(
      name: "busy-clip", verdict: .caution,
      title: "The cap of \(NumberText.short(cap)) holds \(held) of \(ratios.count) weights",
      explanation: """
        In \(GroupLoss.chosen(by: patient.settings).name) \(option.name) is the largest weight itself. \(cap <= 1
          ? "Ratios are near 1, so that a cap below it holds nearly all of them"
          : "Most ratios are above it"): the weight is the constant \(NumberText.short(cap)), which scales the gradient and corrects \
        nothing for samples of an older policy.
        """,
      evidence: patient.evidence(
        ["min(\(name))", "max(\(name))", "max(ratio_weight)", "min(ratio_weight)", "max(abs(grad(logp)))"],
        at: update.beat) + patient.evidence(["metric(cispo_clip_ratio)"], at: patient.end),
      advice: "Set epsilon_high to a weight well above 1, such as 5; DAPO's 0.28 would be 1.28 here.", topic: .clip)
  }
}

extension Examination {
  /// A clip that is idle because updates do not move the policy, although batches are learned from more than once.
  fileprivate func stillPolicy(_ updates: [Update], of batches: Int) -> Finding {
    let isStopped = settings.number(.learningRate) == 0
    return Finding(
      name: "idle-clip", verdict: .caution,
      title: "The policy does not move: every ratio is 1 in all \(updates.count) updates",
      explanation: """
        The ratio leaves 1 as soon as an update has moved the policy, and \
        \(batches == 1 ? "the batch is" : "the \(batches) batches are") learned from more than once: what was learned the \
        first time would show the second time. \
        \(isStopped ? "learning_rate is 0." : "The gradient is 0, or the steps are too small to be seen.")
        """,
      evidence: evidence(["min(\(ratioName(of: updates[0])))", "max(\(ratioName(of: updates[0])))"], at: end)
        + evidence(["max(abs(grad(logp)))"], at: updates[0].beat),
      advice: isStopped ? "Set learning_rate." : "Look at the gradient, and at learning_rate.", topic: .clip)
  }

  /// An objective that the clip holds constant, by its terms.
  fileprivate func clippedExample(in update: Update) -> [String] {
    let ofTokens = zip(terms(.surrogate, of: update), terms(.clippedSurrogate, of: update))
    if let (term, _) = ofTokens.first(where: { trace.value($1) < trace.value($0) }) {
      let (i, t) = (trace.terms[term].key.i, trace.terms[term].key.j)
      return ["ratio[\(i),\(t)]", "clipped_ratio[\(i),\(t)]", advantageName(i, t), "grad(logp[\(i),\(t)])"]
    }
    let ofResponses = zip(terms(.sequenceSurrogate, of: update), terms(.clippedSequenceSurrogate, of: update))
    guard let (term, _) = ofResponses.first(where: { trace.value($1) < trace.value($0) }) else { return [] }
    let i = trace.terms[term].key.i
    return ["sequence_ratio[\(i)]", "clipped_sequence_ratio[\(i)]", "advantage[\(i)]"]
  }
}
