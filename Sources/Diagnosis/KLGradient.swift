import Objectives
import Recording
import Simulation

extension Puzzle {
  /// k1 in the loss: its gradient is 0 on average, so that a larger coefficient does not hold the policy back.
  ///
  /// Asked in open-instruct #534, where a larger beta gave more KL.
  static let klGradient = Puzzle(name: "kl-gradient") { patient in
    guard let first = patient.updates.first, patient.hasPlainK1InLoss(first) else { return nil }
    let isOfGroups = patient.algorithm.credit == .group
    return Finding(
      name: "kl-gradient", verdict: .caution, title: "The KL in the loss holds nothing back: it is k1",
      explanation: """
        The derivative of k1 = logp - ref_logp by logp is 1 for every sampled token, wherever the reference is. Under \
        samples from the policy the expected gradient of a log-probability is 0: k1 in the loss is noise.
        """,
      evidence: patient.evidence(["kl_coef", "kl_loss", "mean(kl)", "metric(kl)", "loss"], at: first.beat),
      advice: """
        In the loss use k2, whose gradient is that of the KL from the reference, or k3, whose gradient is that of the \
        forward KL. k1 belongs in the reward\(isOfGroups ? "." : ": use_kl_loss false.")
        """,
      topic: .klGradient)
  }
}

extension Examination {
  /// Whether the loss has k1 as it is; times the ratio, its gradient is right.
  fileprivate func hasPlainK1InLoss(_ update: Update) -> Bool {
    if algorithm.credit == .group {
      return settings.number(.groupBeta) != 0 && settings.choice(.groupKLEstimator) == "k1"
        && !terms(.kl, of: update).isEmpty && terms(.correctedKL, of: update).isEmpty
    }
    return source.options.contains(.useKLLoss) && settings.flag(.useKLLoss) && settings.number(.klCoef) != 0
      && settings.choice(.klEstimator) == "k1"
  }
}
