import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Groups whose answers all earned the same: nothing to compare, advantage 0, no gradient.
  ///
  /// Asked in TRL #3857, #3708, #3973 and #4764; groups of one in TRL PR 3199.
  static let flatGroups = Puzzle(name: "flat-groups") { patient in
    // Where everything is masked that is all there is to say.
    if let update = patient.updates.first, patient.isEverythingMasked(update) { return nil }
    guard patient.comparesWithinGroups, let batch = FlatGroupBatch.first(in: patient) else { return nil }
    // Of answers alone, each to a prompt of its own, it is not known that they are compared with each other at all.
    if patient.updates.isEmpty, patient.hasGroupsOfOneAlone { return nil }
    let title =
      batch.isWhole
      ? (patient.updates.isEmpty ? "No group's rewards differ" : "The gradient is 0: no group's rewards differ")
      : "\(batch.flat.count) of \(batch.count) groups \(batch.flat.count == 1 ? "teaches" : "teach") nothing"
    let rest =
      patient.updates.isEmpty
      ? ""
      : batch.isWhole && !batch.hasGradient
        ? "Here that is so in every group, and the gradient of the whole update is 0."
        : batch.isWhole
          ? "Here that is so in every group: only the KL or the entropy still moves the policy."
          : batch.keepsGradient ? "What gradient is left comes from the KL or the entropy." : ""
    let one = batch.hasGroupOfOne ? "A group of one answer never has a spread. " : ""
    return Finding(
      // One in a few is what binary rewards give.
      name: "flat-groups", verdict: 2 * batch.flat.count < batch.count ? .harmless : .caution, title: title,
      explanation: """
        An answer is compared with the others of its group. Where all of them earned the same, every advantage is 0, \
        whether all were right or all wrong. Rewards that vary from one prompt to the next do not help, and neither \
        do several rewards whose sums tie. \(one)\(rest)
        """,
      evidence: patient.evidence(batch.expressions, at: batch.beat),
      advice: """
        Watch frac_reward_zero_std. Sample more answers, choose prompts that are neither too easy nor too hard, leave \
        such groups out and sample others (DAPO's dynamic sampling), or grade the reward.
        """,
      topic: .advantage)
  }
}

extension Examination {
  /// Whether an answer's baseline is computed from its own group alone, so that a group without spread teaches nothing
  /// whatever the others earned.
  var comparesWithinGroups: Bool {
    guard algorithm.credit == .group else { return false }
    return switch settings.choice(.advantageEstimator) {
    case "grpo": settings.choice(.advantageBaseline) == "own_group"
    case "rloo", "opo", "gpg", "maxrl": true
    default: false
    }
  }

  /// Whether no reward differs from what it is compared with, and `flat-groups` says so.
  var hasFlatGroupsAlone: Bool {
    let stds = all(.groupStd)
    return comparesWithinGroups && !stds.isEmpty && stds.allSatisfy { trace.value($0) <= 1e-8 }
  }

  /// Whether each answer is the only one of its group.
  fileprivate var hasGroupsOfOneAlone: Bool {
    guard case .groups(let batch)? = batch?.contents else { return false }
    return batch.groups.count == batch.sequences.count
  }

  /// Whether the only answer of its group has an advantage all the same, because it is compared with 0.
  fileprivate func isComparedWithZero(group: Int) -> Bool {
    guard case .groups(let batch)? = batch?.contents else { return false }
    let members = batch.sequences.indices.filter { batch.sequences[$0].group == group }
    return members.count == 1 && advantage(members[0], at: end).map { $0 != 0 } ?? false
  }
}

/// The groups of one batch of answers.
private struct FlatGroupBatch {
  /// The groups without spread.
  var flat: [TermKey] = []
  var count = 0
  var beat = 0
  var hasGradient = true
  /// Whether the example's first token has a gradient all the same.
  var keepsGradient = false
  var hasGroupOfOne = false
  var expressions: [String] = []

  var isWhole: Bool { flat.count == count }

  /// The first batch with such a group.
  static func first(in patient: Examination) -> FlatGroupBatch? {
    var batches: [FlatGroupBatch] = []
    var iteration: Int?
    for term in patient.all(.groupStd) {
      let now = patient.trace.stage(ofBeat: patient.trace.terms[term].beat).loops.iteration
      if batches.isEmpty || now != iteration { batches.append(FlatGroupBatch()) }
      iteration = now
      batches[batches.count - 1].count += 1
      // As `torch.isclose(std, 0)`.
      let (key, beat) = (patient.trace.terms[term].key, patient.trace.terms[term].beat)
      if patient.trace.value(term) <= 1e-8, !patient.isComparedWithZero(group: key.i) {
        batches[batches.count - 1].flat.append(key)
      }
      batches[batches.count - 1].beat = beat
    }
    guard var found = batches.first(where: { !$0.flat.isEmpty }) else { return nil }
    found.describe(patient)
    return found
  }

  private mutating func describe(_ patient: Examination) {
    let group = flat[0]
    let std = patient.trace.glossary.text(group)
    expressions = [std, "group_mean" + std.dropFirst("group_std".count)]
    guard let update = patient.updates.first(where: { $0.beat >= beat }) else { return }
    beat = update.beat
    hasGradient = patient.largestGradient(of: update) > 1e-9
    if isWhole { expressions += ["max(abs(advantage))", "max(abs(grad(logp)))"] }
    if let member = member(of: group.i, patient, at: beat), !isWhole {
      expressions += ["advantage[\(member)]", "grad(logp[\(member),0])"]
      keepsGradient = patient.evidence(["grad(logp[\(member),0])"], at: beat).contains { $0.value != 0 }
    }
  }

  /// An answer of a group: of this one in a batch; in a scenario, one without advantage.
  private mutating func member(of group: Int, _ patient: Examination, at beat: Int) -> Int? {
    if let contents = patient.batch?.contents, case .groups(let batch) = contents {
      hasGroupOfOne = batch.sequences.count { $0.group == group } == 1
      return batch.sequences.firstIndex { $0.group == group }
    }
    return patient.trace.prompts.indices.first { patient.advantage($0, at: beat) == 0 }
  }
}
