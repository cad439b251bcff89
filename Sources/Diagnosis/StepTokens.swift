import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// `step_tokens` is not the number of tokens that the mask leaves, in a batch that is all of its step.
  ///
  /// Asked in TRL #6369: truncated answers are masked above the line and still counted below it.
  static let stepTokens = Puzzle(name: "step-tokens") { patient in
    guard let batch = patient.batch, let given = batch.stepTokens, batch.stepShare == 1, batch.minibatch == nil,
      let update = patient.updates.first, GroupLoss.chosen(by: patient.settings).dividesByStep,
      patient.algorithm.credit == .group
    else { return nil }
    let counted = patient.terms(.tokenLoss, of: update).count
    guard counted > 0, Double(counted) != given else { return nil }
    let all = update.tokenCount
    let masked = all - counted
    return Finding(
      name: "step-tokens", verdict: .bug,
      title: "The loss is divided by \(NumberText.plain(given)) tokens, and \(counted) are learned from",
      explanation: """
        The batch is the whole step (step_share is 1), \(masked == 0 ? "" : "\(masked) of its \(all) tokens are masked, ")\
        and step_tokens is the number below the line. \(Double(all) == given
          ? "It counts the masked tokens too: they are left out above the line and not below it, and every gradient is "
            + "\(NumberText.short(Double(counted) / given, digits: 3)) of what it should be."
          : "Every gradient is \(NumberText.short(Double(counted) / given, digits: 3)) of what it should be.")
        """,
      evidence: patient.evidence(["loss", "count(token_loss)", "count(logp)"], at: update.beat),
      advice: "Let step_tokens count the tokens that the mask leaves, of all batches and processes of the step.",
      topic: .averaging)
  }
}
