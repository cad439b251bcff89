import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// A group's rewards differ by so little that the ε below the line decides how large its advantages are.
  static let tinySpread = Puzzle(name: "tiny-spread") { patient in
    guard patient.algorithm.credit == .group, patient.settings.choice(.advantageEstimator) == "grpo",
      patient.settings.choice(.scaleRewards) != "none"
    else { return nil }
    let epsilon = patient.settings.number(.scaleEpsilon)
    let trace = patient.trace
    let tiny = patient.all(.groupStd).first { term in
      let std = trace.value(term)
      return std > 1e-8 && std < 10 * epsilon
    }
    guard let tiny else { return nil }
    let (g, std) = (trace.terms[tiny].key.i, trace.value(tiny))
    guard let best = patient.largestDistance(inGroup: g) else { return nil }
    func advantage(_ epsilon: Double) -> String { NumberText.short(best / (std + epsilon), digits: 4) }
    return Finding(
      name: "tiny-spread", verdict: .caution,
      title: "Group \(g)'s rewards differ by a deviation of \(NumberText.short(std)), near the ε that is added to it",
      explanation: """
        An advantage is (reward − mean) / (deviation + ε). Where the deviation is as small as ε, it is ε that decides: \
        the largest advantage of this group is \(advantage(1e-4)) with TRL's 0.0001, \(advantage(1e-6)) with verl's \
        0.000001 and \(advantage(1e-9)) with OpenRLHF's 0.000000001. A difference that small may be rounding and not \
        quality.
        """,
      evidence: patient.evidence(
        ["group_std[\(g)]", "group_mean[\(g)]", "max(reward) - min(reward)", "max(abs(advantage))"],
        at: patient.end),
      advice: "Round the rewards to what they can tell, or leave out groups with so little spread.",
      topic: .advantage)
  }
}

extension Examination {
  /// The distance from the mean, with its sign, of the group's reward that is furthest from it.
  fileprivate func largestDistance(inGroup g: Int) -> Double? {
    guard let contents = batch?.contents, case .groups(let batch) = contents else { return nil }
    let rewards = batch.sequences.indices.filter { batch.sequences[$0].group == g }
      .compactMap { trace.value(.reward, $0, at: end) }
    let middle = mean(rewards)
    return rewards.map { $0 - middle }.max { $0.magnitude < $1.magnitude }
  }
}
