import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// A ratio other than 1 before the first update: old and new log-probabilities were not computed alike.
  ///
  /// Asked in trlx #107 and #508, trl #454. A batch need not say which update it belongs to, and every later update
  /// rightly has ratios other than 1, so there must be a sign that nothing has been updated yet.
  static let earlyRatio = Puzzle(name: "early-ratio") { patient in
    for update in patient.updates {
      guard let sign = patient.signOfFirstUpdate(update), let worst = patient.furthestToken(in: update),
        !(worst.logRatio.magnitude <= 1e-3)
      else { continue }
      let place = "[\(worst.i),\(worst.t)]"
      if let rounding = patient.roundingOfRatios { return rounded(patient, update, rounding, place) }
      return Finding(
        name: "early-ratio", verdict: .bug, title: "A ratio is not 1, although nothing has been updated",
        explanation: """
          Until the first update the policy is the one that sampled, so logp and old_logp must be equal and every \
          ratio 1. Here the two were computed differently.\(patient.unequalTokens.map { " \($0.text)" } ?? "")
          """,
        inference: sign.inference,
        evidence: patient.evidence(
          ["ratio\(place)", "logp\(place)", "old_logp\(place)"] + sign.terms.map { $0 + place }
            + ["min(ratio)", "max(ratio)"],
          at: update.beat),
        advice: patient.unequalTokens?.advice ?? """
          Compare how the two were computed: the temperature (logits divided by it in one of them alone), dropout or \
          train mode, padding and position ids, an offset by one token, the precision, another engine for sampling.
          """,
        topic: .ratio)
    }
    return nil
  }
}

extension Puzzle {
  /// The two were computed alike, in a precision that rounds them differently.
  private static func rounded(
    _ patient: Examination, _ update: Examination.Update, _ rounding: Rounding, _ place: String
  ) -> Finding {
    Finding(
      name: "early-ratio", verdict: .harmless, title: "Ratios are 1 but for rounding, before anything has been updated",
      explanation: """
        logp and old_logp differ by \(NumberText.short(rounding.size, digits: 2)) a token on average, and their mean difference is \
        \(NumberText.short(rounding.shift, digits: 1)) ± \(NumberText.short(rounding.error, digits: 1)): neither up nor down, \
        and no more for unlikely tokens than for likely ones. So far apart are two computations in half precision, where the \
        padding, the batch or the engine is another one.
        """,
      evidence: patient.evidence(
        ["ratio\(place)", "logp\(place)", "old_logp\(place)", "mean(log_ratio)", "mean(abs(log_ratio))"],
        at: update.beat),
      advice: """
        Compute the logits' softmax in 32 bits, or take the first forward pass as old_logp, if the clip should not see it. If \
        old_logp is what the engine said, give it as sampling_logp: what it is off by is another matter.
        """,
      topic: .ratio)
  }
}

/// Why an update must be the first one on its samples.
private struct FirstUpdateSign {
  /// Nil where the recording itself knows.
  var inference: String?
  /// Quantities that show it, beside the token's log-probabilities.
  var terms: [String] = []
}

extension Examination {
  fileprivate func signOfFirstUpdate(_ update: Update) -> FirstUpdateSign? {
    if let step = batch?.step, step > 1 { return nil }
    if batch?.step != nil, !isLaterPart { return FirstUpdateSign() }
    guard let batch else {
      return update.loops.epoch == 0 && update.loops.minibatch == 0 ? FirstUpdateSign() : nil
    }
    if case .responses(let sequences) = batch.contents, isCriticUntouched(sequences) {
      return FirstUpdateSign(
        inference: """
          that nothing has been updated follows from value being old_value at every token; if this batch was recorded \
          later, with a frozen critic, ratios other than 1 are right
          """, terms: ["value", "old_value"])
    }
    if isPolicyTheReference {
      return FirstUpdateSign(
        inference: """
          that nothing has been updated follows from logp being ref_logp at every token; if the samples come from \
          another policy on purpose, ratios other than 1 are right
          """, terms: ["ref_logp"])
    }
    return isLaterPart ? nil : claimOfFirstUpdate.map { FirstUpdateSign(inference: $0.inference) }
  }

  /// Whether a batch's ratios are 1 but for rounding.
  fileprivate var roundingOfRatios: Rounding? {
    let rows = sampled.filter { $0.logp.count == $0.oldLogp.count }
    return Rounding(rows.flatMap { $0.logp }, rows.flatMap { $0.oldLogp })
  }

  /// Whether it is the second part, or a later one, of what PPO learns from the same samples in one step: TRL counts the batches
  /// that are sampled, and takes several updates on each. It is told by the title alone: «step 1, batch 2 of 4».
  private var isLaterPart: Bool {
    guard let batch, algorithm.credit == .critic else { return false }
    let words = batch.title.lowercased().split { !($0.isLetter || $0.isNumber) }
    return words.indices.contains { i in
      words[i...].first == "batch" && words[i...].dropFirst(2).first == "of"
        && words[i...].dropFirst().first.flatMap { Int($0) }.map { $0 > 1 } ?? false
    }
  }

  /// Whether there is a critic, and its values are those from the time of sampling.
  private func isCriticUntouched(_ sequences: [Batch.PPOSequence]) -> Bool {
    let values = sequences.flatMap { $0.value }
    let isSame = zip(values, sequences.flatMap { $0.oldValue }).allSatisfy { ($0 - $1).magnitude < 1e-6 }
    // A batch without a critic may be filled up with a number.
    return isSame && values.contains { $0 != values[0] }
  }

  /// Whether the policy being trained is still the reference.
  private var isPolicyTheReference: Bool {
    let responses = sampled
    return responses.contains { !$0.logp.isEmpty }
      && responses.allSatisfy { response in
        response.logp.count == response.refLogp.count
          && zip(response.logp, response.refLogp).allSatisfy { ($0 - $1).magnitude < 1e-6 }
      }
  }
}
