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
    if case .judgements(let examples)? = patient.batch?.contents { return farReferencePoint(patient, examples) }
    if case .pairs(let pairs)? = patient.batch?.contents { return unlikeReference(patient, pairs) }
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

  /// Both responses of the pairs have become far likelier than under the reference, where learning raises one and lowers the other.
  private static func unlikeReference(_ patient: Examination, _ pairs: [Batch.Pair]) -> Finding? {
    func ratio(_ response: Batch.PairResponse) -> (sum: Double, count: Int) {
      let differences = zip(response.logp, response.refLogp ?? []).map { $0 - $1 }
      return (differences.reduce(0) { $0 + $1 }, differences.count)
    }
    let sides = [pairs.map { ratio($0.chosen) }, pairs.map { ratio($0.rejected) }]
    let ratios = sides.map { side in mean(side.map { $0.sum }) }
    let perToken = sides.map { side in
      side.reduce(0) { $0 + $1.sum } / Double(max(1, side.reduce(0) { $0 + $1.count }))
    }
    guard pairs.count >= 4, ratios.allSatisfy({ $0 > RunThresholds.klPerResponse }),
      perToken.allSatisfy({ $0 > RunThresholds.klPerToken })
    else { return nil }
    let number = { (x: Double) in NumberText.short(x, digits: 3) }
    return Finding(
      name: "far-reference", verdict: .caution,
      title:
        "Both responses are far likelier than under the reference: by \(number(ratios[0])) and \(number(ratios[1])) nats",
      explanation: """
        That is \(number(perToken[0])) and \(number(perToken[1])) a token. Learning from pairs raises the chosen response and \
        lowers the rejected one; what raises both that far was not learned from them, and margins then follow the lengths.
        """,
      evidence: patient.evidence(
        ["mean(chosen_log_ratio)", "mean(rejected_log_ratio)", "metric(rewards/margins)", "loss"], at: patient.end),
      advice: """
        Look at what the reference is: the base in place of the model that training began from, another precision or template, or \
        log-probabilities that were computed for other data.
        """,
      topic: .preferences)
  }

  /// KTO's reference point is an estimate of the same distance.
  private static func farReferencePoint(_ patient: Examination, _ examples: [Batch.JudgedExample]) -> Finding? {
    let tokens = examples.compactMap { $0.klLogp.map { Double($0.count) } }
    guard let term = patient.all(.referencePoint).last, examples.count >= 4, !tokens.isEmpty else { return nil }
    let point = patient.trace.value(term)
    guard point > RunThresholds.klPerResponse, point > RunThresholds.klPerToken * mean(tokens) else { return nil }
    return Finding(
      name: "far-reference", verdict: .caution,
      title: "The reference point is \(NumberText.short(point, digits: 3)) nats: the policy is far from its reference",
      explanation: """
        It is the mean log-ratio of responses that do not belong to their prompts, \(NumberText.short(point / mean(tokens), digits: 3)) a token: \
        the policy has made these likelier, too. Responses are judged by how far they lie above it.
        """,
      evidence: patient.evidence(["reference_point", "mean(response_log_ratio)", "loss"], at: patient.end),
      advice: "Raise beta or lower the learning rate, and compare the answers with the reference's.", topic: .kl)
  }

  /// The KL pulls several times as hard as what is rewarded: in the loss, or in the rewards.
  static let rulingKL = Puzzle(name: "ruling-kl") { patient in
    guard patient.batch != nil, patient.placeholderOfReference == nil else { return nil }
    return rulingLoss(patient) ?? rulingPenalty(patient)
  }

  /// The KL in the loss pulls at the tokens several times as hard as their advantages do.
  private static func rulingLoss(_ patient: Examination) -> Finding? {
    guard let update = patient.updates.last else { return nil }
    let pulls = patient.pullsOfKL(in: update)
    let advantages = patient.all(.advantage).map { patient.trace.value($0).magnitude }
    guard pulls.count >= 16, mean(advantages) > 0, mean(pulls) > 3 * mean(advantages),
      // A single token is one that explodes.
      largest(pulls) < 20 * mean(pulls)
    else { return nil }
    let weight = patient.weightOfKL.name
    return Finding(
      name: "ruling-kl", verdict: .caution,
      title: "The KL pulls \(NumberText.short(mean(pulls) / mean(advantages), digits: 2)) times as hard as the rewards",
      explanation: """
        A token is pushed by its advantage, \(NumberText.short(mean(advantages), digits: 2)) on average, and pulled back by \
        \(weight) times the derivative of its KL, \(NumberText.short(mean(pulls), digits: 2)). The update leads back to the \
        reference, whatever was rewarded.
        """,
      evidence: patient.evidence(["mean(kl_term)", "mean(abs(advantage))", "metric(kl)", "loss"], at: patient.end),
      advice: "Lower \(weight): 0.001 to 0.04 are usual, and many train without it.", topic: .klGradient)
  }

  /// The KL that is taken from the rewards is far larger than the scores.
  private static func rulingPenalty(_ patient: Examination) -> Finding? {
    let penalties = patient.penaltiesOfResponses
    let scores = patient.outcomes
    let size = (scores.reduce(0) { $0 + $1 * $1 } / Double(max(1, scores.count))).squareRoot()
    let taken = mean(penalties.map { $0.magnitude })
    guard penalties.count >= 4, size > 0, taken > RunThresholds.rulingPenalty * size,
      // One response is one that explodes.
      largest(penalties) < Double(penalties.count) / 2 * taken
    else { return nil }
    return Finding(
      name: "ruling-kl", verdict: .caution,
      title: "The KL penalty is \(NumberText.short(taken / size, digits: 2)) times as large as the scores",
      explanation: """
        A response's KL, times kl_coef, takes \(NumberText.short(taken, digits: 3)) from its reward, up or down, and its score is \
        \(NumberText.short(size, digits: 3)) (root mean square). Returns and advantages say how likely a response is under the \
        reference, and next to nothing about what it scored.
        """,
      evidence: patient.evidence(
        [
          "kl_coef", "metric(objective/kl)", "metric(objective/non_score_reward)", "metric(objective/scores)",
          "max(abs(kl_penalty))",
        ], at: patient.end),
      advice: "Lower kl_coef: 0.01 to 0.2 are usual. Are scores of another size than when it was chosen?", topic: .kl)
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
  /// The weight of the KL in the loss.
  fileprivate var weightOfKL: Option { algorithm.credit == .group ? .groupBeta : .klCoef }

  /// How hard the KL in the loss pulls at the log-probability of each token: its weight times its estimate's derivative.
  fileprivate func pullsOfKL(in update: Update) -> [Double] {
    guard algorithm.credit == .group || !terms(.klTerm, of: update).isEmpty else { return [] }
    let ofGroups = terms(.correctedKL, of: update).isEmpty ? terms(.kl, of: update) : terms(.correctedKL, of: update)
    let estimates = algorithm.credit == .group ? ofGroups : terms(.klTerm, of: update)
    let weight = settings.number(weightOfKL)
    return estimates.compactMap { kl in
      let key = TermKey(.logp, trace.terms[kl].key.i, trace.terms[kl].key.j)
      return trace.term(key, at: trace.terms[kl].beat).map { logp in
        (weight * trace.tape.derivative(of: trace.scalar(kl), by: trace.scalar(logp))).magnitude
      }
    }
  }

  /// What the KL takes from each response's rewards.
  fileprivate var penaltiesOfResponses: [Double] {
    var sums: [Int: Double] = [:]
    for term in all(.klPenalty) { sums[trace.terms[term].key.i, default: 0] += trace.value(term) }
    return sums.keys.sorted().map { sums[$0] ?? 0 }
  }
}
