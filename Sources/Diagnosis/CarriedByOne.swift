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
    return nil
  }
}
