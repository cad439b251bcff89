import Objectives
import Simulation

extension Puzzle {
  /// The loss is 0 although the gradient is not: the ratio is 1, and the advantages sum to 0.
  ///
  /// Asked in TRL #2703 and #3452, open-r1 #239; «exp(x − x.detach()) has zero gradient?» in TRL #2608.
  static let zeroLoss = Puzzle(name: "zero-loss") { patient in
    let found = patient.updates.filter { isZeroWithGradient($0, patient) }
    guard let first = found.first else { return nil }
    let ratio = patient.ratioName(of: first)
    return Finding(
      name: "zero-loss", verdict: .harmless,
      title: "The policy loss is 0, and the gradient is not" + patient.share(found.count),
      explanation: """
        Every ratio is 1, because the policy has not moved since the rollout, and the advantages balance each other. So \
        the loss, minus their mean, is 0. Its derivative is another matter: the derivative of exp(logp - old_logp) is \
        1 there, and each \(patient.trace.words.step) is pushed up or down by its own advantage.
        """,
      evidence: patient.evidence(
        ["policy_loss", "min(\(ratio))", "max(\(ratio))", "mean(advantage)", "max(abs(grad(logp)))"], at: first.beat),
      advice: """
        Nothing. Do not judge this training by its loss, which may even rise: watch the reward, the KL and the \
        gradient's norm.
        """,
      topic: .ratio)
  }

  private static func isZeroWithGradient(_ update: Examination.Update, _ patient: Examination) -> Bool {
    let ratios = patient.ratios(of: update)
    guard let loss = patient.values(.policyLoss, of: update).last, !ratios.isEmpty else { return false }
    let gradient = patient.largestGradient(of: update)
    // In single precision the advantages of a batch balance to about this.
    let scale = gradient * Double(patient.values(.logp, of: update).count)
    return gradient > 0 && loss.magnitude <= 1e-5 * scale && ratios.allSatisfy { ($0 - 1).magnitude < 1e-6 }
  }
}
