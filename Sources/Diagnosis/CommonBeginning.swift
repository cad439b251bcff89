import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Pairs that begin alike, under a loss that divides by lengths: what both responses have gets a gradient all the same.
  static func commonBeginning(_ patient: Examination) -> Finding? {
    guard case .pairs(let pairs)? = patient.batch?.contents, let update = patient.updates.last else { return nil }
    func gradient(_ quantity: Quantity, _ i: Int, _ t: Int) -> Double {
      patient.gradient(of: TermKey(quantity, i, t), in: update)
    }
    var (common, own, count) = (0.0, 0.0, 0)
    for (i, pair) in pairs.enumerated() {
      let (chosen, rejected) = (pair.chosen.tokens, pair.rejected.tokens)
      let shared = pair.sharedTokens
      // Equal pushes, each divided by a length: other losses push one of the two more on purpose, as by its likelihood.
      let pushes = (
        gradient(.chosenLogp, i, 0) * Double(chosen.count), gradient(.rejectedLogp, i, 0) * Double(rejected.count)
      )
      if (pushes.0 + pushes.1).magnitude <= 1e-6 * pushes.0.magnitude {
        count += shared
        for t in 0..<shared { common += (gradient(.chosenLogp, i, t) + gradient(.rejectedLogp, i, t)).magnitude }
      }
      for t in shared..<chosen.count { own += gradient(.chosenLogp, i, t).magnitude }
      for t in shared..<rejected.count { own += gradient(.rejectedLogp, i, t).magnitude }
    }
    guard pairs.count >= 2, own > 0, common > 0.3 * (common + own) else { return dilutedMargin(patient, update, pairs) }
    return Finding(
      name: "length-bias", verdict: .caution,
      title:
        "\(NumberText.short(100 * common / (common + own), digits: 2)) % of the gradient is that of tokens that chosen and rejected share",
      explanation: """
        The pairs begin alike, for \(NumberText.short(Double(count) / Double(pairs.count), digits: 3)) tokens on average. Where each response \
        is divided by its own length, a token that both have counts differently in the two, and goes the way of the \
        shorter one; in a difference of sums it would count nothing.
        """,
      evidence: patient.evidence(
        [
          "grad(chosen_logp[0,0])", "grad(rejected_logp[0,0])", "count(chosen_logp[0,*] <= 0)",
          "count(rejected_logp[0,*] <= 0)",
        ],
        at: update.beat),
      advice: "Move what is common into the prompt, or take a loss of sums (sigmoid, ipo_agg_mode sum).",
      topic: .averaging)
  }

  /// Responses of equal length that begin alike: the gradients of what is common cancel, but the mean is over it as well.
  private static func dilutedMargin(_ patient: Examination, _ update: Examination.Update, _ pairs: [Batch.Pair])
    -> Finding?
  {
    let shared = pairs.map { Double($0.sharedTokens) }
    let lengths = pairs.map { Double($0.chosen.tokens.count + $0.rejected.tokens.count) / 2 }
    let share = mean(zip(shared, lengths).map { $0 / max(1, $1) })
    guard patient.dividesByLengths(update, pairs), pairs.count >= 2, share >= 0.5, share < 1 else { return nil }
    return Finding(
      name: "length-bias", verdict: .caution,
      title: "\(NumberText.percent(share)) of the tokens are the same in chosen and rejected, and the mean counts them",
      explanation: """
        The pairs begin alike, for \(NumberText.short(mean(shared), digits: 3)) of \(NumberText.short(mean(lengths), digits: 3)) tokens on \
        average, and this loss takes the mean over all tokens of a response. What tells the two apart is divided by the length of \
        what does not: it counts as if beta were \(NumberText.short(1 - share, digits: 2)) times as large.
        """,
      evidence: patient.evidence(
        [
          "mean(margin)", "loss", "chosen_response_logp[0]", "rejected_response_logp[0]",
          "count(chosen_logp[0,*] <= 0)", "max(abs(grad(chosen_logp)))",
        ], at: update.beat),
      advice:
        "Move what is common into the prompt, take a loss of sums (sigmoid, ipo_agg_mode sum), or raise beta by as much.",
      topic: .averaging)
  }
}

extension Batch.Pair {
  /// With how many tokens both responses begin.
  fileprivate var sharedTokens: Int { zip(chosen.tokens, rejected.tokens).prefix { $0 == $1 }.count }
}

extension Examination {
  /// The derivative of an update's loss by a term; 0 where there is none.
  fileprivate func gradient(of key: TermKey, in update: Update) -> Double {
    trace.term(key, at: update.beat).map { update.gradient[trace.scalar($0)] } ?? 0
  }

  /// Whether a loss of pairs divides each response by its length: as a mean of its log-probabilities, or where it is scored, so
  /// that a token of the longer response has the smaller gradient.
  fileprivate func dividesByLengths(_ update: Update, _ pairs: [Batch.Pair]) -> Bool {
    let isOfMeans = pairs.indices.allSatisfy { i in
      let own = mean(pairs[i].chosen.logp)
      return trace.value(.chosenResponseLogp, i, at: update.beat).map {
        ($0 - own).magnitude <= 1e-6 * max(1, own.magnitude)
      } ?? false
    }
    return isOfMeans
      || pairs.indices.contains { i in
        let chosen = gradient(of: TermKey(.chosenLogp, i, 0), in: update)
        let rejected = gradient(of: TermKey(.rejectedLogp, i, 0), in: update)
        let whole = chosen * Double(pairs[i].chosen.logp.count) + rejected * Double(pairs[i].rejected.logp.count)
        let small = 1e-6 * chosen.magnitude
        return whole.magnitude <= small * Double(pairs[i].chosen.logp.count) && (chosen + rejected).magnitude > small
      }
  }
}
