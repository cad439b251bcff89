import Objectives
import Recording

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
    let shares = patient.updates.map { patient.clipped(in: $0) }
    let count = shares.reduce(0) { $0 + $1.count }
    let total = shares.reduce(0) { $0 + $1.total }
    guard total >= 4, 2 * count >= total,
      let first = patient.updates.first(where: { patient.clipped(in: $0).count > 0 })
    else { return nil }
    let name = patient.ratioName(of: first)
    let parts = name == "ratio" ? "tokens" : "responses"
    let updates = patient.updates.count == 1 ? "" : ", over \(patient.updates.count) updates"
    return Finding(
      name: "busy-clip", verdict: .caution,
      title: "The clip acts on \(count) of \(total) \(parts)\(updates)",
      explanation: """
        Where the ratio is beyond the border on the side that the advantage wants, the objective is a constant and the \
        gradient 0. That is meant for the few that have moved enough; here it is most of them, and the rest steers \
        the update.
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

extension Examination {
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
