import Autodiff
import Documents
import Formulas
import Objectives
import Recording
import Simulation

// From sampling to rewards.
extension Narrator {
  var rollout: String? {
    guard let logp = term(.oldLogp) else { return episodeBoundary }
    let (i, t) = (key(logp).i, key(logp).j)
    let probability = probability(logp)
    if trace.algorithm.has(.teacher), term(.draw) == nil, term(.token) != nil {
      return capitalized(previous(i, t)) + ", the demonstration goes on with \(token(i, t)); the policy gives it "
        + "probability \(probability)."
    }
    guard let draw = term(.draw), let low = term(.cumulativeLow), let high = term(.cumulativeHigh) else {
      if trace.isMasked(i, t, at: beat) {
        return "\(capitalized(previous(i, t))) stands \(token(i, t)), which the mask leaves out; the policy gave it "
          + "log-probability \(text(logp)) (probability \(number(Elementary.exp(trace.value(logp)))))."
      }
      return capitalized(previous(i, t))
        + ", \(token(i, t)) was sampled with log-probability \(text(term(.samplingLogp) ?? logp)) (probability "
        + "\(probability))."
    }
    let u = trace.value(draw)
    let isInside = u >= trace.value(low) && u < trace.value(high)
    let range = "\(text(low)) … \(text(high))"
    let start = capitalized(previous(i, t)) + ", u = \(text(draw)) "
    let ending = isLastToken(i, t) ? ", and the response ends" : ""
    return isInside
      ? start + "falls in \(range): \(token(i, t)) is sampled (probability \(probability))\(ending)." + transition
      : start + "does not fall in \(range), yet \(token(i, t)) is put here (probability \(probability))\(ending)."
        + transition
  }

  /// With what probability a token was sampled: by the policy, or by another engine beside what the policy says.
  private func probability(_ logp: Int) -> String {
    let own = number(Elementary.exp(trace.value(logp)))
    guard let sampler = term(.samplingLogp) else { return own }
    return "\(number(Elementary.exp(trace.value(sampler)))) in the engine that samples, \(own) in the policy"
  }

  /// Whether a token is the vocabulary's last, which ends responses.
  private func isLastToken(_ i: Int, _ t: Int) -> Bool {
    guard state(i, t) == nil, let words = trace.glossary.valueLabels[Quantity.token.rawValue],
      let token = value(.token, i, t)
    else {
      return false
    }
    return token == Double(words.count - 1)
  }

  var reference: String? {
    guard let refLogp = term(.refLogp) else { return pairToken }
    let (i, t) = (key(refLogp).i, key(refLogp).j)
    let probability = number(Elementary.exp(trace.value(refLogp)))
    let start = "The reference gives \(token(i, t)) probability \(probability)"
    guard let logp = value(.oldLogp, i, t) else { return start + "." }
    return start + comparison(logp - trace.value(refLogp), of: "the policy") + "."
  }

  /// `, the policy 1.35 times as much`, from a difference of log-probabilities.
  func comparison(_ difference: Double, of whom: String) -> String {
    if difference == 0 { return ", and \(whom) the same" }
    return ", \(whom) \(number(Elementary.exp(difference))) times as much"
  }

  var score: String? {
    guard let score = term(.score) else { return pairScores }
    let response = response(key(score).i)
    guard operation(score) == .sum, let sum = trace.substitutedText(of: score, as: .unicode) else {
      return "Response \(key(score).i), \(response), has the score \(text(score))."
    }
    let equation = operands(score).count == 1 ? sum : "\(sum) \(equalling(score))"
    return "The reward model adds up its weights for the tokens of \(response): \(equation)."
  }

  var klPenalty: String? {
    if let kl = term(.kl) { return klSentence(kl) + penaltyClause(kl) }
    if let adjusted = term(.adjustedScore) { return adjustedScoreSentence(adjusted) }
    if let reward = term(.reward) { return rewardSentence(reward) }
    return term(.klCoefficient).map { klCoefficientSentence($0) }
  }

  /// The estimate of a token's KL, without the final stop.
  func klSentence(_ kl: Int) -> String {
    let (i, t) = (key(kl).i, key(kl).j)
    let token = token(i, t)
    let isLoss = trace.stage(ofBeat: beat).name == Stage.klLoss.name
    let logp = value(isLoss ? .logp : .oldLogp, i, t)
    if let logp, logp == value(.refLogp, i, t), trace.value(kl) == 0 {
      return "Policy and reference give \(token) the same probability: the KL is 0"
    }
    let (estimate, clamp) = (unclamped(trace.scalar(kl)), clampClause(kl, isLoss: isLoss))
    if trace.tape.operation(of: estimate) == .sum {
      return "Before \(token), the exact KL from the reference over the whole vocabulary is \(text(kl))\(clamp)"
    }
    return estimateSentence(
      kl, of: trace.tape.operation(of: estimate),
      difference: logp.flatMap { own in value(.refLogp, i, t).map { own - $0 } }
    ) + clamp
  }

  /// An estimate from one sample, by the operation that makes it; the log-ratio is nil where the reference's part in it has
  /// no name.
  private func estimateSentence(_ kl: Int, of operation: Operation, difference: Double?) -> String {
    let token = token(key(kl).i, key(kl).j)
    switch operation {
    case .subtract:
      let start = difference.map { difference in
        "\(token) is \(number(Elementary.exp(difference))) times as likely to the policy as to the reference: "
      }
      return capitalized(start ?? "at \(token), ") + "k1 is \(text(kl))\(negativity(kl))"
    case .divide: return "\(capitalized(token)): k2 is half the squared log-ratio to the reference, \(text(kl))"
    case .add:
      let start = difference.map { "with the log-ratio \(number($0)) to the reference, " } ?? ""
      return "\(capitalized(token)): \(start)k3 is \(text(kl)), never negative"
    default: return "The KL estimate at \(token) is \(text(kl))\(negativity(kl))"
    }
  }

  private func negativity(_ kl: Int) -> String {
    trace.value(kl) < 0 && !trace.isRoundingNoise(kl)
      ? ", negative as a single sample's may be, though the KL itself never is" : ""
  }

  /// An estimate before it was kept within borders, and its log-ratio before that was.
  private func unclamped(_ scalar: Scalar) -> Scalar {
    guard trace.tape.operation(of: scalar) == .clip else { return scalar }
    return unclamped(trace.tape.operands(of: scalar)[0])
  }

  /// What was kept within borders, and whether a gradient passes where the estimate is part of the loss.
  private func clampClause(_ kl: Int, isLoss: Bool) -> String {
    guard let clip = part(.clip, of: kl), let inner = trace.tape.operands(of: clip).first, inner.value != clip.value
    else {
      return ""
    }
    // What k1 estimates is the log-ratio itself: where that is clamped, either may be meant.
    let isWhole = operation(kl) == .clip
    let subject = !isWhole && trace.tape.operation(of: inner) == .subtract ? "the log-ratio " : ""
    let start = ", \(subject)clamped from \(number(inner.value)) to \(number(clip.value))"
    guard isLoss, let logp = trace.term(TermKey(.logp, key(kl).i, key(kl).j), at: beat) else { return start }
    return derivative(of: kl, by: logp) == 0 ? start + ", and no gradient passes" : start
  }

  private func penaltyClause(_ kl: Int) -> String {
    guard let penalty = term(.klPenalty) else { return "; it goes into the loss, not into the reward." }
    let x = trace.value(penalty)
    let coefficient = value(.klCoefficient) ?? 0
    if x == 0 {
      return trace.value(kl) == 0 ? ", and there is nothing to pay." : "; with kl_coef = 0 it costs nothing."
    }
    let weight = "; times kl_coef = \(number(coefficient)), the token "
    return weight + (x < 0 ? "pays \(number(-x))." : "is paid \(text(penalty)).")
  }

  func adjustedScoreSentence(_ adjusted: Int) -> String {
    let i = key(adjusted).i
    let score = value(.score, i) ?? trace.value(adjusted)
    let rules = adjustments(adjusted)
    let reason = rules.isEmpty ? "" : ": " + rules.listed
    return score == trace.value(adjusted)
      ? "The score of response \(i) stays \(text(adjusted))\(reason)."
      : "The score of response \(i), \(number(score)), becomes \(text(adjusted))\(reason)."
  }

  /// What was done to a score, according to its formula.
  private func adjustments(_ adjusted: Int) -> [String] {
    var rules: [String] = []
    if let loss = part(.subtract, of: adjusted), let penalty = trace.tape.operands(of: loss).last {
      rules.append("without <eos> it pays \(number(penalty.value))")
    }
    let inner = part(.clip, of: adjusted).map { trace.tape.operands(of: $0)[0] } ?? trace.scalar(adjusted)
    if trace.tape.operation(of: inner) == .constant { rules.append("without <eos> this takes its place") }
    if let clip = part(.clip, of: adjusted) {
      let operands = trace.tape.operands(of: clip)
      rules.append("it is kept within \(number(operands[1].value)) … \(number(operands[2].value))")
    }
    return rules
  }

  private func rewardSentence(_ reward: Int) -> String {
    let (i, t) = (key(reward).i, key(reward).j)
    let penalty = isSlot(i, t) ? nil : value(.klPenalty, i, t)
    let start = "The reward of \(token(i, t)) is "
    guard operation(reward) == .add, let score = value(.adjustedScore, i) ?? value(.score, i) else {
      return start + (penalty == nil ? text(reward) : "its KL penalty alone, \(text(reward))") + "."
    }
    guard let penalty else { return start + "the score, \(text(reward))." }
    return start + "its KL penalty plus the score: \(number(penalty)) + \(parenthesized(score)) \(equalling(reward))."
  }

  /// A number behind an operator.
  func parenthesized(_ x: Double) -> String { x < 0 ? "(\(number(x)))" : number(x) }
}
