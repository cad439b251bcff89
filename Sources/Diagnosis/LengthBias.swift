import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// The mean over each response's tokens: a token of a long response weighs less than one of a short response.
  ///
  /// Asked in understand-r1-zero #10, TRL #3187 and #3021; Liu et al. 2025, Dr. GRPO.
  static let lengthBias = Puzzle(name: "length-bias") { patient in
    if let finding = scoresByLength(patient) ?? rewardsByLength(patient) ?? lengthDecides(patient)
      ?? commonBeginning(patient)
    {
      return finding
    }
    guard patient.averagesResponses else { return nil }
    for update in patient.updates {
      guard let (short, long) = patient.extremes(of: update), long.length >= 3 * short.length else { continue }
      guard let averaging = patient.algorithm.option(.averaging) else { return nil }
      let option = "\(averaging.name) \(patient.settings[averaging].text)"
      let (step, example) = (patient.trace.words.step, patient.trace.words.example)
      return Finding(
        name: "length-bias", verdict: .caution,
        title:
          "In \(example) \(short.i) one \(step) weighs \(NumberText.short(Double(long.length) / Double(short.length), digits: 2)) times one of \(example) \(long.i)",
        explanation: """
          \(option) takes the mean over each \(example)'s \(step)s first, so that every \(step)'s gradient is divided by the \
          length of its \(example). A long \(example) with a negative advantage is punished less per \(step) than a short \
          one, and such \(example)s grow; a short one with a positive advantage is rewarded more.
          """,
        evidence: patient.evidence(
          [short, long].flatMap { response in
            [
              "count(\(patient.counted(update).name)[\(response.i),*])", patient.advantageName(response.i),
              "grad(logp[\(response.i),0])", "grad(logp[\(response.i),0]) / \(patient.advantageName(response.i))",
            ]
          }, at: update.beat),
        advice: """
          Divide by something that does not depend on the \(example): \
          \(averaging == .groupLoss
            ? "loss_type dapo (all tokens of the step), bnpo or dr_grpo (max_completion_length)"
            : "\(averaging.name) token-mean").
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

  /// What each token that counts has one of: a loss, where losses are recorded token by token.
  fileprivate func counted(_ update: Update) -> Quantity { terms(.tokenLoss, of: update).isEmpty ? .logp : .tokenLoss }

  /// The shortest and the longest response with an advantage worth speaking of.
  fileprivate func extremes(of update: Update) -> (short: (i: Int, length: Int), long: (i: Int, length: Int))? {
    var lengths: [(i: Int, length: Int)] = []
    // A response that is masked has no gradient: it weighs nothing, whatever its length.
    var isWeighed: [Bool] = []
    for term in terms(counted(update), of: update) {
      let i = trace.terms[term].key.i
      if lengths.last?.i != i {
        lengths.append((i, 0))
        isWeighed.append(false)
      }
      lengths[lengths.count - 1].length += 1
      let logp = trace.term(TermKey(.logp, i, trace.terms[term].key.j), at: update.beat)
      if let logp, update.gradient[trace.scalar(logp)] != 0 { isWeighed[isWeighed.count - 1] = true }
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
