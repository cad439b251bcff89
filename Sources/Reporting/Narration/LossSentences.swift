import Autodiff
import Formulas
import Objectives
import Recording
import Simulation

// The policy, the critic and the loss of one minibatch.
extension Narrator {
  var policy: String? {
    if let logp = term(.logp) { return logpSentence(logp) }
    guard let value = term(.value) else { return pairToken }
    let (i, t) = (key(value).i, key(value).j)
    let place = isSlot(i, t) ? "For the slot after the response" : "Before \(token(i, t))"
    return "\(place), the critic now expects \(text(value))\(sinceThen(value, .oldValue))."
  }

  private func logpSentence(_ logp: Int) -> String {
    let (i, t) = (key(logp).i, key(logp).j)
    let start = "The policy now gives \(token(i, t)) log-probability \(text(logp))"
    guard let value = term(.value) else { return "\(start)\(sinceThen(logp, .oldLogp))." }
    let isNew = trace.value(logp) != self.value(.oldLogp, i, t) || trace.value(value) != self.value(.oldValue, i, t)
    return isNew
      ? "\(start)\(sinceThen(logp, .oldLogp)); the critic expects \(text(value))\(sinceThen(value, .oldValue))."
      : "\(start) and the critic expects \(text(value)), both as when it was sampled."
  }

  /// `, up from −1.42`: a term beside the same before the updates.
  private func sinceThen(_ term: Int, _ quantity: Quantity) -> String {
    guard let old = value(quantity, key(term).i, key(term).j) else { return "" }
    let now = trace.value(term)
    if now == old { return ", as when it was sampled" }
    return ", " + (now > old ? "up" : "down") + " from \(number(old))"
  }

  var ratio: String? {
    guard let ratio = term(.ratio) else { return nil }
    let (i, t) = (key(ratio).i, key(ratio).j)
    let token = capitalized(token(i, t))
    if trace.value(ratio) == 1 { return "\(token) is as likely now as when it was sampled: the ratio is 1." }
    var clamp = ""
    if let logRatio = term(.logRatio), operation(logRatio) == .clip {
      let difference = operands(logRatio)[0].value
      if difference != trace.value(logRatio) {
        clamp = "; the log-ratio \(number(difference)) was clamped to \(text(logRatio)), and no gradient passes"
      }
    }
    let formula = trace.substitutedText(of: ratio, as: .unicode).map { "\($0) = " } ?? ""
    return "\(token) is now \(text(ratio)) times as likely as when it was sampled: the ratio is \(formula)"
      + "\(text(ratio))\(clamp)."
  }

  var entropy: String? {
    guard let entropy = term(.entropy) else { return nil }
    let choices = number(Elementary.exp(trace.value(entropy)))
    return "Before \(token(key(entropy).i, key(entropy).j)), the policy has entropy \(text(entropy)), "
      + "as undecided as between \(choices) equally likely tokens."
  }

  var klLoss: String? { (term(.klTerm) ?? term(.kl)).map { klSentence($0) + "; it is part of the loss." } }

  var loss: String? {
    if let loss = term(.loss) { return lossSentence(loss) }
    if let share = term(.tokenLoss) {
      return "\(capitalized(token(key(share).i, key(share).j))) adds \(text(share)) to the loss: minus its objective"
        + (trace.inputs(of: share).contains { trace.quantity(of: $0) == .kl } ? ", plus beta times its KL." : ".")
    }
    guard let policyLoss = term(.policyLoss) else { return nil }
    var parts = ["the policy loss is minus the \(aggregation(policyLoss, of: "objective")), \(text(policyLoss))"]
    if let valueLoss = term(.valueLoss) {
      parts.append(
        "the value loss is half the mean of \(count(trace.inputs(of: valueLoss).count, "squared error")), "
          + text(valueLoss))
    }
    if let bonus = term(.entropyBonus) { parts.append("the mean entropy is \(text(bonus))") }
    if let kl = term(.klLoss) { parts.append("the mean KL is \(text(kl))") }
    return capitalized(parts.joined(separator: "; ")) + "."
  }

  private func lossSentence(_ loss: Int) -> String {
    guard let names = trace.formulaText(of: loss, as: .unicode),
      let numbers = trace.substitutedText(of: loss, as: .unicode)
    else { return "The loss is \(text(loss))." }
    return "The loss is \(names) = \(numbers) = \(text(loss))."
  }

  /// «mean of 11 objectives», or over responses, as the formula has it.
  private func aggregation(_ term: Int, of noun: String) -> String {
    let tokens = count(trace.inputs(of: term).count, noun)
    guard let mean = part(.mean, of: term), let first = trace.tape.operands(of: mean).first,
      trace.term(ofNode: first.node) == nil
    else { return "mean of \(tokens)" }
    let responses = count(trace.tape.operands(of: mean).count, "response")
    let inner = trace.tape.operation(of: first) == .sum ? "sum" : "mean"
    return "mean over \(responses) of the \(inner) of its objectives, \(tokens) in all"
  }
}
