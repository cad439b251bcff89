import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Advantages of the other sign than what they were made of: an estimator that divides by a mean below 0.
  static let turnedAdvantages = Puzzle(name: "turned-advantages") { patient in
    guard patient.algorithm.credit == .group else { return nil }
    let all = patient.all(.advantage).filter { patient.trace.value($0) != 0 }
    let turned = all.filter { patient.trace.divisor(of: $0) < 0 }
    guard !turned.isEmpty else { return nil }
    let estimator = Option.advantageEstimator
    let isWhole = turned.count == all.count
    return Finding(
      name: "turned-advantages", verdict: patient.fault,
      title:
        "\(isWhole ? "All" : "\(turned.count) of \(all.count)") advantages are turned round: what divides them is below 0",
      explanation: """
        \(estimator.name) \(patient.settings[estimator].text) divides each reward less the mean by that mean. Where the mean is \
        negative, the better answers get the negative advantages: the worst are made likelier.
        """,
      evidence: patient.evidence(
        ["min(reward)", "max(reward)", "min(group_mean)", "max(group_mean)", "min(advantage)", "max(advantage)"],
        at: patient.end),
      advice: "Give rewards of 0 and above, as that estimator expects, or take one that divides by a deviation (grpo).",
      topic: .advantage)
  }
}
