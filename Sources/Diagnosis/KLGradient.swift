import Objectives
import Recording
import Simulation

extension Puzzle {
  /// k1 in the loss: its gradient is 0 on average, so that a larger coefficient does not hold the policy back.
  ///
  /// Asked in open-instruct #534, where a larger beta gave more KL.
  static let klGradient = Puzzle(name: "kl-gradient") { patient in
    let coefficient = patient.settings.number(.klCoef)
    guard patient.source.options.contains(.useKLLoss), patient.settings.flag(.useKLLoss), coefficient != 0,
      patient.settings.choice(.klEstimator) == "k1", let first = patient.updates.first
    else { return nil }
    return Finding(
      name: "kl-gradient", verdict: .caution, title: "The KL in the loss holds nothing back: it is k1",
      explanation: """
        The derivative of k1 = logp - ref_logp by logp is 1 for every sampled token, wherever the reference is. Under \
        samples from the policy the expected gradient of a log-probability is 0: k1 in the loss is noise.
        """,
      evidence: patient.evidence(["kl_coef", "kl_loss"], at: first.beat),
      advice: """
        In the loss use k2, whose gradient is that of the KL from the reference, or k3, whose gradient is that of the \
        forward KL. k1 belongs in the reward: use_kl_loss false.
        """,
      topic: .klGradient)
  }
}
