import Autodiff
import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Puzzle {
  /// The policy that sampled is far from its reference, by its tokens and by its responses.
  static let farReference = Puzzle(name: "far-reference") { patient in
    guard patient.batch != nil, patient.algorithm.usesReference(patient.settings),
      patient.placeholderOfReference == nil, patient.claimOfFirstStep == nil
    else { return nil }
    let rows = patient.sampled.filter { !$0.refLogp.isEmpty && $0.oldLogp.count == $0.refLogp.count }
      .map { zip($0.oldLogp, $0.refLogp).map { $0 - $1 } }
    let distances = rows.flatMap { $0 }
    let perResponse = distances.reduce(0) { $0 + $1 } / Double(max(1, rows.count))
    guard distances.count >= 16, perResponse > RunThresholds.klPerResponse,
      mean(distances) > RunThresholds.klPerToken
    else { return nil }
    return Finding(
      name: "far-reference", verdict: .caution,
      title: "The policy is \(NumberText.short(perResponse, digits: 3)) nats per response from its reference",
      explanation: """
        That is the mean of old_logp - ref_logp, summed over a response: \(NumberText.short(mean(distances), digits: 3)) a \
        token. So far from the reference a reward model has never seen such answers, and the policy has forgotten what the \
        reference could.
        """,
      evidence: patient.evidence(
        ["mean(old_logp)", "mean(ref_logp)", "metric(objective/kl)", "metric(kl)", "mean(reward)"], at: patient.end),
      advice: "Raise the KL's coefficient or lower the learning rate, and compare the answers with the reference's.",
      topic: .kl)
  }

  /// The KL in the loss pulls at the tokens several times as hard as their advantages do.
  static let rulingKL = Puzzle(name: "ruling-kl") { patient in
    guard patient.batch != nil, patient.algorithm.credit == .group, patient.placeholderOfReference == nil,
      let update = patient.updates.last
    else { return nil }
    let pulls = patient.pullsOfKL(in: update)
    let advantages = patient.all(.advantage).map { patient.trace.value($0).magnitude }
    guard pulls.count >= 16, mean(advantages) > 0, mean(pulls) > 3 * mean(advantages),
      // A single token is one that explodes.
      largest(pulls) < 20 * mean(pulls)
    else { return nil }
    return Finding(
      name: "ruling-kl", verdict: .caution,
      title: "The KL pulls \(NumberText.short(mean(pulls) / mean(advantages), digits: 2)) times as hard as the rewards",
      explanation: """
        A token is pushed by its advantage, \(NumberText.short(mean(advantages), digits: 2)) on average, and pulled back by \
        beta times the derivative of its KL, \(NumberText.short(mean(pulls), digits: 2)). The update leads back to the reference, \
        whatever was rewarded.
        """,
      evidence: patient.evidence(["mean(kl_term)", "mean(abs(advantage))", "metric(kl)", "loss"], at: patient.end),
      advice: "Lower beta: 0.001 to 0.04 are usual, and many train without it.", topic: .klGradient)
  }

  /// Every response has the same score: what is learned comes from the KL alone.
  static let constantScore = Puzzle(name: "constant-score") { patient in
    guard let batch = patient.batch, batch.stepShare == 1, patient.algorithm.credit == .critic,
      case .responses(let sequences) = batch.contents, sequences.count >= 8,
      sequences.allSatisfy({ $0.score == sequences[0].score })
    else { return nil }
    return Finding(
      name: "constant-score", verdict: .caution,
      title: "All \(sequences.count) responses have the score \(NumberText.short(sequences[0].score))",
      explanation: """
        Nothing says that one response is better than another. What advantages there are come from the KL, from the \
        responses' lengths and from the critic's errors.
        """,
      evidence: patient.evidence(["min(score)", "max(score)", "max(abs(advantage))"], at: patient.end),
      advice: "Look at what the reward reads: the response, or only its beginning, its end, or the prompt?",
      topic: .rewardModel)
  }
}

extension Examination {
  /// How hard the KL in the loss pulls at the log-probability of each token: beta times its estimate's derivative.
  fileprivate func pullsOfKL(in update: Update) -> [Double] {
    let (estimates, corrected) = (terms(.kl, of: update), terms(.correctedKL, of: update))
    let beta = settings.number(.groupBeta)
    return (corrected.isEmpty ? estimates : corrected).compactMap { kl in
      let key = TermKey(.logp, trace.terms[kl].key.i, trace.terms[kl].key.j)
      return trace.term(key, at: trace.terms[kl].beat).map { logp in
        (beta * trace.tape.derivative(of: trace.scalar(kl), by: trace.scalar(logp))).magnitude
      }
    }
  }
}
