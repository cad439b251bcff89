import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Margins that come from the number of tokens alone: per token the policy has changed both responses alike.
  static func lengthDecides(_ patient: Examination) -> Finding? {
    guard let update = patient.updates.last, let lengths = patient.decidingLengths(in: update) else { return nil }
    let isBehind = lengths.margin < 0
    return Finding(
      name: "length-bias", verdict: .caution,
      title: "The margin comes from the lengths: per token both responses have changed alike",
      explanation: """
        A token of a chosen response has changed by \(NumberText.short(lengths.chosen, digits: 2)) nats beside the reference, one of a \
        rejected response by \(NumberText.short(lengths.rejected, digits: 2)). The margin adds them up, over \
        \(NumberText.short(lengths.tokens.chosen, digits: 3)) tokens against \(NumberText.short(lengths.tokens.rejected, digits: 3)) on \
        average, so that chosen responses \(isBehind ? "lie behind" : "lead") by their length.
        """,
      evidence: patient.evidence(
        [
          "mean(margin)", "mean(chosen_log_ratio)", "mean(rejected_log_ratio)", "count(chosen_logp[0,*] <= 0)",
          "count(rejected_logp[0,*] <= 0)",
        ], at: update.beat),
      advice: """
        Take a loss that averages over tokens (sigmoid_norm), or pairs of like lengths; and see why every token becomes \
        \(lengths.chosen < 0 ? "less likely" : "likelier"): a smaller learning rate, or a larger beta, keeps the policy near its reference.
        """,
      topic: .averaging)
  }

  /// A reward model whose scores are the lengths, but for a factor.
  static func scoresByLength(_ patient: Examination) -> Finding? {
    guard case .scoredPairs(let pairs)? = patient.batch?.contents else { return nil }
    let responses = pairs.flatMap { [$0.chosen, $0.rejected] }
    let lengths = responses.map { Double($0.tokens.count) }
    guard responses.count >= 16, let together = pearson(lengths, responses.map { $0.score }),
      together.magnitude > 0.9
    else { return nil }
    return Finding(
      name: "length-bias", verdict: .caution,
      title: "The score follows the length: their correlation is \(NumberText.short(together, digits: 2))",
      explanation: """
        Over \(responses.count) responses of \(NumberText.short(lengths.min() ?? 0)) to \(NumberText.short(lengths.max() ?? 0)) tokens the \
        number of tokens all but determines the score. A policy that learns from such a model learns to be \
        \(together > 0 ? "long" : "short").
        """,
      evidence: patient.evidence(
        ["mean(chosen_score)", "mean(rejected_score)", "max(chosen_score)", "min(rejected_score)", "metric(accuracy)"],
        at: patient.end),
      advice:
        "Compare pairs of equal length; take pairs of which the shorter one is chosen as often, or take the length out of the score.",
      topic: .rewardModel)
  }

  /// Rewards of samples that are their lengths, but for a factor.
  static func rewardsByLength(_ patient: Examination) -> Finding? {
    // What a teacher makes of a response is a sum over its tokens, and no reward.
    guard let sampled = patient.batch?.contents.sampled, sampled.count >= 16, patient.algorithm.credit != .teacher
    else {
      return nil
    }
    let lengths = sampled.map { Double(max($0.oldLogp.count, $0.tokens.count)) }
    guard let together = pearson(lengths, patient.outcomes), together.magnitude > 0.95 else { return nil }
    return Finding(
      name: "length-bias", verdict: .caution,
      title: "What answers earn follows their length: the correlation is \(NumberText.short(together, digits: 2))",
      explanation: """
        Over \(sampled.count) answers of \(NumberText.short(lengths.min() ?? 0)) to \(NumberText.short(lengths.max() ?? 0)) tokens the \
        number of tokens all but determines the reward: what is learned is to be \(together > 0 ? "long" : "short").
        """,
      inference: "a reward for a length that is wanted looks the same",
      evidence: patient.evidence(
        ["max(reward)", "min(reward)", "max(score)", "min(score)", "metric(completions/mean_length)"], at: patient.end),
      advice:
        "Compare the rewards of answers of equal length; take the length out of the reward, or bound what it adds.",
      topic: .rewardModel)
  }
}

extension Examination {
  fileprivate struct DecidingLengths {
    let margin, chosen, rejected: Double
    let tokens: (chosen: Double, rejected: Double)
  }

  /// The lengths that all margins come from, in a loss of sums; nil where the tokens themselves differ.
  fileprivate func decidingLengths(in update: Update) -> DecidingLengths? {
    guard comparesPairsWithReference, case .pairs(let pairs)? = batch?.contents, pairs.count >= 8 else { return nil }
    func perToken(_ response: Batch.PairResponse) -> Double {
      mean(zip(response.logp, response.refLogp ?? []).map { $0 - $1 })
    }
    let (chosen, rejected) = (pairs.map { perToken($0.chosen) }, pairs.map { perToken($0.rejected) })
    let sums = pairs.map { perToken($0.chosen) * Double($0.chosen.logp.count) }
    let margins = values(.margin, of: update)
    // A mean over tokens has no lengths left.
    guard margins.count == pairs.count,
      zip(values(.chosenLogRatio, of: update), sums).allSatisfy({ value, sum in
        (value - sum).magnitude <= 1e-6 * max(1, sum.magnitude)
      }), mean(margins).magnitude > 0.1,
      10 * margins.count(where: { ($0 < 0) == (mean(margins) < 0) }) >= 9 * margins.count
    else { return nil }
    let differences = zip(chosen, rejected).map { $0 - $1 }
    let size = mean((chosen + rejected).map { $0.magnitude })
    let tokens = (mean(pairs.map { Double($0.chosen.logp.count) }), mean(pairs.map { Double($0.rejected.logp.count) }))
    guard mean(differences).magnitude <= 2 * standardError(differences) + 0.1 * size,
      max(tokens.0 / tokens.1, tokens.1 / tokens.0) >= 1.5
    else {
      return nil
    }
    return DecidingLengths(margin: mean(margins), chosen: mean(chosen), rejected: mean(rejected), tokens: tokens)
  }

  /// Whether lengths alone put the pairs in their order.
  func isDecidedByLength(_ update: Update) -> Bool { decidingLengths(in: update) != nil }
}
