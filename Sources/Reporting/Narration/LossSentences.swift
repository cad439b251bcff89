import Autodiff
import Formulas
import Objectives
import Plots
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
      : "\(start) and the critic expects \(text(value)), both as before the updates."
  }

  /// `, up from −1.42`: a term beside the same before the updates.
  private func sinceThen(_ term: Int, _ quantity: Quantity) -> String {
    guard let old = value(quantity, key(term).i, key(term).j) else { return "" }
    let now = trace.value(term)
    if now == old { return ", as before the updates" }
    let direction = now > old ? "up" : "down"
    return number(old) == text(term)
      ? ", \(direction) by \(number((now - old).magnitude))" : ", \(direction) from \(number(old))"
  }

  var ratio: String? {
    guard let ratio = term(.ratio) else { return sequenceRatio }
    let (i, t) = (key(ratio).i, key(ratio).j)
    let token = capitalized(token(i, t))
    if trace.value(ratio) == 1 { return "\(token) is as likely now as under the old policy: the ratio is 1." }
    let formula = trace.substitutedText(of: ratio, as: .unicode).map { "\($0) = " } ?? ""
    if let logRatio = term(.logRatio), operation(logRatio) == .clip {
      let difference = operands(logRatio)[0].value
      if difference != trace.value(logRatio) {
        return "The log-ratio of \(self.token(i, t)), \(number(difference)), is clamped to \(text(logRatio)), and no "
          + "gradient passes: the ratio is \(formula)\(text(ratio))."
      }
    }
    return "\(token) is now \(text(ratio)) times as likely as under the old policy: the ratio is \(formula)"
      + "\(text(ratio))."
  }

  var entropy: String? {
    guard let entropy = term(.entropy) else { return nil }
    let choices = number(Elementary.exp(trace.value(entropy)))
    return "Before \(token(key(entropy).i, key(entropy).j)), the policy has entropy \(text(entropy)), "
      + "as undecided as between \(choices) equally likely \(trace.words.step)s."
  }

  /// One ratio for a whole response.
  private var sequenceRatio: String? {
    if let ratio = term(.geometricRatio), let logRatio = term(.geometricLogRatio) {
      let clipped = terms.filter { trace.quantity(of: $0) == .clippedLogRatio && trace.mark(of: $0) == .clipped }.count
      let told = clipped == 0 ? "" : ", of which \(clipped == 1 ? "one is" : "\(clipped) are") clipped first,"
      return "The log-ratios of \(response(key(ratio).i))\(told) have the mean \(text(logRatio)): its ratio is exp("
        + "\(text(logRatio))) \(equalling(ratio))."
    }
    if let ratio = term(.sequenceWeight), let logRatio = term(.sequenceLogWeight) {
      return
        "The response \(response(key(ratio).i)) has the log-ratio \(text(logRatio)) to what sampled it: its ratio is "
        + "\(text(ratio))."
    }
    guard let ratio = term(.sequenceRatio), let logRatio = term(.sequenceLogRatio) else { return nil }
    let all = trace.places(of: key(ratio).i, at: beat).count
    let counted = self.all(.logRatio).count
    let response = (counted < all ? "those tokens that count in " : "") + response(key(ratio).i)
    if counted == 0 { return "No token of \(self.response(key(ratio).i)) counts: the ratio is 1." }
    if counted < all, trace.value(ratio) == 1 {
      return "The log-ratios of \(response) have the mean \(text(logRatio)): the ratio is 1."
    }
    if trace.value(ratio) == 1 {
      return "The response \(response) is as likely now as under the old policy: the ratio is 1."
    }
    return "The log-ratios of \(response) have the mean \(text(logRatio)): its ratio is exp(\(text(logRatio))) = "
      + "\(text(ratio))."
  }

  var klLoss: String? {
    guard let kl = term(.klTerm) ?? term(.kl) else { return nil }
    let isOut = trace.isOutOfLoss(key(kl).i, key(kl).j, at: beat)
    let isPart = isOut ? "a mask leaves it out of the loss" : hasNoPart(kl) ? "in the loss it has no weight" : nil
    guard let corrected = term(.correctedKL) else { return klSentence(kl) + "; \(isPart ?? "it is part of the loss")." }
    return klSentence(kl) + "; times the ratio it is \(text(corrected))"
      + (isPart.map { ", and \($0)." } ?? ", which is part of the loss.")
  }

  /// Whether a minibatch's loss does not depend on a number, since what it would be multiplied by is 0.
  func hasNoPart(_ term: Int) -> Bool {
    guard let loss = trace.differentiation(for: term, at: beat) else { return false }
    return loss.gradient[trace.scalar(term)] == 0
  }

  var loss: String? {
    if let loss = term(.loss) { return lossSentence(loss) }
    if let share = term(.tokenLoss) { return shareSentence(share) }
    guard let policyLoss = term(.policyLoss) else { return nil }
    var parts = [policyLossClause(policyLoss)]
    if let valueLoss = term(.valueLoss) {
      parts.append("the value loss is \(average(valueLoss, of: "squared error")), \(text(valueLoss))")
    }
    if let bonus = term(.entropyBonus) {
      parts.append("the entropy bonus is \(average(bonus, of: "entropy", plural: "entropies")), \(text(bonus))")
    }
    if let kl = term(.klLoss) { parts.append("the KL loss is \(average(kl, of: "KL estimate")), \(text(kl))") }
    return capitalized(parts.joined(separator: "; ")) + "."
  }

  /// A token's own loss, by what its formula holds.
  private func shareSentence(_ share: Int) -> String {
    let inputs = trace.inputs(of: share).map { trace.quantity(of: $0) }
    var formula = "minus its objective"
    if inputs.contains(.offPolicyMask) || inputs.contains(.entropyMask) { formula += " times its mask" }
    if inputs.contains(.samplingWeight) || inputs.contains(.sequenceSamplingWeight) {
      formula += " times the weight for its sampler"
    }
    if inputs.contains(.kl) || inputs.contains(.correctedKL) {
      formula += inputs.contains(.correctedKL) ? ", plus beta times its corrected KL" : ", plus beta times its KL"
    }
    return "\(capitalized(token(key(share).i, key(share).j))) has the loss \(text(share)): \(formula)."
  }

  private func policyLossClause(_ loss: Int) -> String {
    // Where the tokens' losses are named, the minus is in each of them.
    let isOfShares = trace.inputs(of: loss).contains { trace.quantity(of: $0) == .tokenLoss }
    let average =
      isOfShares
      ? average(loss, of: "token's loss", plural: "tokens' losses") : average(loss, of: "objective")
    return "the policy loss is \(average), \(text(loss))"
  }

  private func lossSentence(_ loss: Int) -> String {
    if operation(loss) == .alias, let only = trace.inputs(of: loss).first {
      return "The loss is the \(spelt(only)) alone, \(text(loss))."
    }
    guard let names = trace.formulaText(of: loss, as: .unicode),
      let numbers = trace.substitutedText(of: loss, as: .unicode)
    else { return "The loss is \(text(loss))." }
    return "The loss is \(names) = \(numbers) \(equalling(loss))."
  }

  /// `policy loss` of `policy_loss`.
  private func spelt(_ term: Int) -> String {
    trace.glossary.entries[key(term).name].name.split(separator: "_").joined(separator: " ")
  }

  /// «half the mean of 11 objectives», or over responses, or a sum divided by something, as the formula has it.
  private func average(_ term: Int, of noun: String, plural: String? = nil) -> String {
    guard let (outer, before, after) = scaledAverage(of: term) else { return "a number that was set" }
    let members = trace.tape.operands(of: outer)
    func counted(_ n: Int) -> String { n == 1 ? "one \(noun)" : "\(n) \(plural ?? noun + "s")" }
    let kind = trace.tape.operation(of: outer) == .sum ? "sum" : "mean"
    if members.allSatisfy(holdsNothing) { return "\(before)the \(kind) of nothing" }
    // Of a response that is left out there is no mean.
    guard let inner = members.compactMap({ nestedAverage($0) }).first else {
      return "\(before)the \(kind) of \(counted(members.count))" + (after.isEmpty ? "" : "," + after)
    }
    let all = members.reduce(0) { $0 + (nestedAverage($1).map { trace.tape.operands(of: $0).count } ?? 0) }
    let innerKind = trace.tape.operation(of: inner) == .sum ? "sum" : "mean"
    return
      "\(before)the \(kind) over \(count(members.count, trace.words.example)) of the \(innerKind) of \(members.count == 1 ? "its" : "their") "
      + "\(plural ?? noun + "s")\(after), \(all) in all"
  }

  /// Whether a number is a constant, or a sum or mean of nothing else.
  private func holdsNothing(_ scalar: Scalar) -> Bool {
    switch trace.tape.operation(of: scalar) {
    case .constant: true
    case .sum, .mean: trace.tape.operands(of: scalar).allSatisfy(holdsNothing)
    default: false
    }
  }

  /// The sum or mean inside a term's formula, with its factors in words; nil where there is none, as in a what-if.
  private func scaledAverage(of term: Int) -> (average: Scalar, before: String, after: String)? {
    var (scalar, before, after) = (trace.scalar(term), "", "")
    while true {
      let operands = trace.tape.operands(of: scalar)
      var inner = operands.first
      switch trace.tape.operation(of: scalar) {
      case .sum, .mean: return (scalar, before, after)
      case .negate: before += "minus "
      case .divide where scalar.node == trace.scalar(term).node && operands[1].value == 2: before += "half "
      case .divide: after += " divided by \(number(operands[1].value))"
      case .multiply where trace.tape.operation(of: operands[0]) == .constant:
        before += "\(number(operands[0].value)) times "
        inner = operands[1]
      default: return nil
      }
      guard let inner else { return nil }
      scalar = inner
    }
  }

  /// A sum or a mean without a name of its own.
  private func nestedAverage(_ scalar: Scalar) -> Scalar? {
    guard trace.term(ofNode: scalar.node) == nil else { return nil }
    let operation = trace.tape.operation(of: scalar)
    return operation == .sum || operation == .mean ? scalar : nil
  }
}
