import Autodiff
import Documents
import Objectives
import Recording

extension Puzzle {
  /// One token, or one pair, has most of the gradient: the update is about it alone.
  static let carriedByOne = Puzzle(name: "carried-by-one") { patient in
    guard patient.batch != nil else { return nil }
    for update in patient.updates {
      let leaves = [Quantity.logp, .chosenLogp, .rejectedLogp].flatMap { patient.terms($0, of: update) }
      let pushes = leaves.map { update.gradient[patient.trace.scalar($0)].magnitude }
      let total = pushes.reduce(0) { $0 + $1 }
      let isOfPairs = patient.algorithm.comparesPairs
      var ofExamples: [Int: Double] = [:]
      for (leaf, push) in zip(leaves, pushes) { ofExamples[patient.trace.terms[leaf].key.i, default: 0] += push }
      guard total > 0, total.isFinite, ofExamples.count >= 4 else { continue }
      let (name, share): (String, Double)
      if isOfPairs, let top = ofExamples.max(by: { $0.value < $1.value }) {
        (name, share) = ("pair \(top.key)", top.value / total)
      } else if let top = pushes.indices.max(by: { pushes[$0] < pushes[$1] }), leaves.count >= 12 {
        (name, share) = ("the token of \(patient.trace.text(leaves[top]))", pushes[top] / total)
      } else {
        continue
      }
      guard share > 0.6 else { continue }
      return Finding(
        name: "carried-by-one", verdict: .caution,
        title: "\(NumberText.short(100 * share, digits: 2)) % of the gradient is that of \(name)",
        explanation: """
          The gradients of all log-probabilities are added up by their size, and one of \
          \(isOfPairs ? "\(ofExamples.count) pairs" : "\(leaves.count) tokens") has more than the rest together. The update \
          is about it, and clipping the gradient's norm makes the others smaller still.
          """,
        evidence: patient.evidence(["loss", "max(abs(grad(\(isOfPairs ? "chosen_logp" : "logp"))))"], at: update.beat),
        advice: "Look at it first: is it right? A clip, a smaller beta or a bound on the ratio keeps one from ruling.",
        topic: isOfPairs ? .preferences : .ratio)
    }
    return lostPair(patient)
  }

  /// One pair has most of the loss, though a sigmoid bounds its gradient: the number says nothing of the others.
  private static func lostPair(_ patient: Examination) -> Finding? {
    for update in patient.updates where patient.algorithm.comparesPairs {
      let terms = patient.terms(.pairLoss, of: update)
      let losses = terms.map { patient.trace.value($0).magnitude }
      let total = losses.reduce(0) { $0 + $1 }
      guard terms.count >= 8, total.isFinite, let top = losses.indices.max(by: { losses[$0] < losses[$1] }),
        losses[top] > 0.6 * total
      else { continue }
      let i = patient.trace.terms[terms[top]].key.i
      return Finding(
        name: "carried-by-one", verdict: .caution,
        title: "\(NumberText.short(100 * losses[top] / total, digits: 2)) % of the loss is that of pair \(i)",
        explanation: """
          One of \(terms.count) pairs costs more than all the others. Its part of the gradient is smaller, so that it does not rule the update; \
          but the loss that is logged is about it, and not about the batch.
          """,
        evidence: patient.evidence(
          ["loss", "pair_loss[\(i)]", "margin[\(i)]", "chosen_log_ratio[\(i)]", "rejected_log_ratio[\(i)]"],
          at: update.beat),
        advice: "Look at it first: is its label right, is one of its texts cut off or of another format?",
        topic: .preferences)
    }
    return nil
  }
}
