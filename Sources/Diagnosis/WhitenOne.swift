import Objectives
import Recording

extension Puzzle {
  /// Whitening over one token: its variance has n − 1 = 0 below the line.
  static let whitenOne = Puzzle(name: "whiten-one") { patient in
    let settings = patient.settings
    guard patient.batch != nil, patient.algorithm.credit != .group, patient.all(.rawAdvantage).count == 1,
      settings.flag(.whitenAdvantages) || settings.flag(.whitenRewards)
    else { return nil }
    let whitened = settings.flag(.whitenAdvantages) ? "advantage" : "reward"
    let outcome =
      settings.flag(.whitenAdvantages)
      ? "its advantage, less its own mean, is 0: the signal is gone"
      : "the reward is divided by nothing but the ε below the root, or by 1"
    return Finding(
      name: "whiten-one", verdict: .caution, title: "One valid token is whitened: its deviation is not defined",
      explanation: """
        Whitening divides by a deviation with n − 1 below the line, which is 0 for a single \(whitened). PyTorch's \
        variance is NaN there, and so is then the whole loss; here it counts as 0, and \(outcome).
        """,
      evidence: patient.evidence(
        ["reward[0,0]", "raw_advantage[0,0]", "advantage_std", "advantage[0,0]", "max(abs(grad(logp)))"],
        at: patient.updates.first?.beat ?? patient.end),
      advice: """
        Take more than one valid token into a batch, and whiten over the whole batch and not over a part of it: one \
        answer of one token on one process is enough for this.
        """,
      topic: .advantage)
  }
}
