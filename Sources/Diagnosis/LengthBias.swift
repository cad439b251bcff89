import Autodiff
import Objectives
import Recording

extension Puzzle {
  /// The mean over each response's tokens: a token of a long response weighs less than one of a short response.
  ///
  /// Asked in understand-r1-zero #10, TRL #3187 and #3021; Liu et al. 2025, Dr. GRPO.
  static let lengthBias = Puzzle(name: "length-bias") { patient in
    guard patient.averagesResponses else { return nil }
    for update in patient.updates {
      guard let (short, long) = patient.extremes(of: update), long.length >= 3 * short.length else { continue }
      guard let averaging = patient.algorithm.option(.averaging) else { return nil }
      let option = "\(averaging.name) \(patient.settings[averaging].text)"
      return Finding(
        name: "length-bias", verdict: .caution,
        title: "A token of response \(short.i) weighs \(long.length / short.length) times one of response \(long.i)",
        explanation: """
          \(option) takes the mean over each response's tokens first, so that every token's gradient is divided by the \
          length of its response. A long wrong answer is punished less per token than a short one, and wrong answers \
          grow; a short right answer is rewarded more.
          """,
        evidence: patient.evidence(
          [short, long].flatMap { response in
            [
              "count(logp[\(response.i),*] <= 0)", patient.advantageName(response.i), "grad(logp[\(response.i),0])",
            ]
          }, at: update.beat),
        advice: """
          Divide by something that does not depend on the response: loss_type dapo (all tokens of the step), bnpo or \
          dr_grpo (max_completion_length); for PPO, loss_agg_mode token-mean.
          """,
        topic: .averaging)
    }
    return nil
  }
}

extension Examination {
  fileprivate var averagesResponses: Bool {
    switch algorithm.option(.averaging) {
    case .aggregation: return Aggregation(settings).mode == .sequenceMean
    case .groupLoss:
      // With a ratio for the whole response, its tokens' share is all there is to divide.
      guard settings.choice(.importanceSamplingLevel) == "token" else { return false }
      return if case .sequenceMean = GroupLoss.chosen(by: settings).normalizer { true } else { false }
    default: return false
    }
  }

  /// The shortest and the longest response with an advantage worth speaking of.
  fileprivate func extremes(of update: Update) -> (short: (i: Int, length: Int), long: (i: Int, length: Int))? {
    var lengths: [(i: Int, length: Int)] = []
    // A response that is masked has no gradient: it weighs nothing, whatever its length.
    var isWeighed: [Bool] = []
    for term in terms(.logp, of: update) {
      let i = trace.terms[term].key.i
      if lengths.last?.i != i {
        lengths.append((i, 0))
        isWeighed.append(false)
      }
      lengths[lengths.count - 1].length += 1
      if update.gradient[trace.scalar(term)] != 0 { isWeighed[isWeighed.count - 1] = true }
    }
    let sizes = zip(lengths, isWeighed).map { response, isWeighed in
      isWeighed ? largest((0..<response.length).map { advantage(response.i, $0, at: update.beat) ?? 0 }) : 0
    }
    let limit = 0.1 * largest(sizes)
    let teaching = zip(lengths, sizes).filter { $1 > limit }.map { $0.0 }
    guard let short = teaching.min(by: { $0.length < $1.length }),
      let long = teaching.max(by: { $0.length < $1.length })
    else { return nil }
    return (short, long)
  }
}
