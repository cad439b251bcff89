import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// The loss that the trainer logged differs from the one that its own numbers give under the file's options.
  ///
  /// Looked for only where a batch has `logged.loss`, as those of `integrations/trl` do.
  static let loggedLoss = Puzzle(name: "logged-loss") { patient in
    guard let logged = patient.batch?.loggedLoss, let update = patient.updates.first else { return nil }
    let loss = patient.trace.value(update.loss)
    // A trainer adds in single or in half precision; what differs in kind differs by more than that.
    let scale = max(loss.magnitude, logged.magnitude, largest(patient.all(.advantage).map { patient.trace.value($0) }))
    guard !((loss - logged).magnitude <= 5e-3 * scale) else { return nil }
    return Finding(
      name: "logged-loss", verdict: .bug,
      title: "The trainer's loss was \(NumberText.short(logged)), and its numbers give \(NumberText.short(loss))",
      explanation: """
        The file holds the log-probabilities, rewards and options of one update, and the loss that the trainer itself \
        made of them. Computed again, it is another one: some option of the file is not what the trainer had, or its \
        loss has a part that the file does not tell of.
        """,
      evidence: patient.evidence(["loss", "policy_loss", "mean(ratio)", "mean(advantage)"], at: update.beat),
      advice: """
        Compare config with the trainer's options, step_tokens and minibatch with what it averaged over, and look for \
        masks, weights and penalties that the format has no key for.
        """,
      topic: .averaging)
  }
}
