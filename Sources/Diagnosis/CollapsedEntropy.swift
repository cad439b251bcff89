import Documents
import Objectives
import Recording

extension Puzzle {
  /// The policy is all but certain at every token: there is nothing left to explore.
  static let collapsedEntropy = Puzzle(name: "collapsed-entropy") { patient in
    guard patient.batch != nil, let update = patient.updates.last else { return nil }
    let entropies = patient.values(.entropy, of: update)
    let known = entropies.isEmpty ? patient.surprises : entropies
    guard known.count >= (entropies.isEmpty ? 100 : 8), mean(known) < 0.02 else { return nil }
    // A column that was filled up is a finding of its own.
    if entropies.isEmpty, known.allSatisfy({ $0 == known[0] }) { return nil }
    return Finding(
      name: "collapsed-entropy", verdict: .caution,
      title: "The policy is all but certain: its mean entropy is \(NumberText.short(mean(known)))",
      explanation: """
        At nearly every token one choice has all the probability: answers to one prompt come out alike, and where they earn the \
        same, nothing is learned from comparing them.
        """,
      inference: entropies.isEmpty
        ? "the entropy is not in the batch; it is the expectation of -old_logp over what was sampled, whose mean this is"
        : nil,
      evidence: patient.evidence(
        ["mean(entropy)", "max(entropy)", "mean(old_logp)", "min(old_logp)", "metric(frac_reward_zero_std)"],
        at: patient.end),
      advice: """
        Go back to a checkpoint from before the collapse: an entropy bonus, a KL to the reference, a higher \
        epsilon_high or temperature keep it from happening, and bring little back once it has.
        """,
      topic: .entropy)
  }
}

extension Examination {
  /// −log π of what the policy sampled itself, whose expectation is the entropy.
  fileprivate var surprises: [Double] {
    algorithm.credit == .teacher ? [] : sampled.flatMap { $0.oldLogp.map { -$0 } }
  }
}
