import Autodiff
import Documents
import Objectives
import Recording
import Simulation

// The gradient and the step.
extension Narrator {
  var gradient: String? {
    if let norm = term(.gradNorm) { return normSentence(norm) }
    if let gradient = term(.criticGradient) {
      let place = "the critic's value \(place(gradient))"
      return isNothing(gradient)
        ? "The loss does not change with \(place): derivative \(text(gradient))."
        : "The loss has derivative \(text(gradient)) by \(place): "
          + (trace.value(gradient) < 0 ? "raising" : "lowering") + " it lowers the loss."
    }
    guard let gradient = largest(all(.policyGradient)) else { return weightGradient }
    let place = place(gradient)
    if isNothing(gradient) {
      return "The loss does not change with any logit \(place): all derivatives are \(text(gradient))."
    }
    return "\(capitalized(place)), the loss changes most with the logit of \(word(gradient, at: 1)), derivative "
      + "\(text(gradient))\(ties(gradient, all(.policyGradient), ("is as large", "are as large"))): "
      + (trace.value(gradient) < 0 ? "raising" : "lowering") + " it lowers the loss."
  }

  private func normSentence(_ norm: Int) -> String {
    let start = "The gradient over all parameters has length \(text(norm))"
    guard let scale = term(.gradScale) else { return "\(start), and nothing limits it." }
    guard let limit = part(.divide, of: scale).flatMap({ trace.tape.operands(of: $0).first?.value }) else {
      return "\(start); it is multiplied by \(text(scale))."
    }
    switch trace.value(scale) {
    case 1: return "\(start), within the limit \(number(limit)): it stays as it is."
    case ..<1: return "\(start), above the limit \(number(limit)): it is multiplied by \(text(scale))."
    default: return "\(start): it is multiplied by \(text(scale))."
    }
  }

  var update: String? {
    if let step = largest(all(.policyStep)) { return policyStepSentence(step) }
    guard let step = term(.criticStep), let value = term(.criticValue) else { return weightStep }
    let place = "the critic's value \(place(step))"
    let before = trace.value(.criticValue, key(value).i, at: beat - 1) ?? 0
    if isNothing(step) || before == trace.value(value) { return "\(capitalized(place)) stays \(text(value))." }
    return "\(capitalized(place)) moves \(movement(from: before, to: value))"
      + reason(step, gradient: self.value(.criticGradient, key(step).i), mean: term(.criticMoment)) + "."
  }

  private func policyStepSentence(_ step: Int) -> String {
    let (a, b) = (key(step).i, key(step).j)
    let before = trace.value(.policyLogit, a, b, at: beat - 1) ?? 0
    let logit = trace.term(TermKey(.policyLogit, a, b), at: beat)
    guard let logit, !isNothing(step), before != trace.value(logit) else { return "No logit \(place(step)) moves." }
    let mean = all(.policyMoment).first { key($0).j == b }
    return "\(capitalized(place(step))), the logit of \(word(step, at: 1)) moves most\(change(from: before, to: logit))"
      + ties(step, all(.policyStep), ("moves as far", "move as far"))
      + reason(step, gradient: value(.policyGradient, a, b), mean: mean) + "."
  }

  /// Why a parameter moves this way, where its gradient does not explain it.
  func reason(_ step: Int, gradient: Double?, mean: Int?) -> String {
    guard let gradient else { return "" }
    // The signs, not the product: that of two tiny numbers is 0.
    if gradient.sign != trace.value(step).sign, gradient != 0 { return ", against its derivative \(number(gradient))" }
    let cause = otherCause(of: step, mean: mean)
    return gradient == 0
      ? ", moved by \(cause) although its derivative is 0"
      : ", moved by \(cause) in spite of its derivative \(number(gradient))"
  }

  /// What beside the gradient pushes a parameter the way it moves, read off the optimizer's formulas.
  private func otherCause(of step: Int, mean: Int?) -> String {
    // AdamW takes its decay off the step itself; Adam and SGD add it to the gradient.
    let direct = operation(step) == .subtract ? -operands(step)[1].value : 0
    guard let mean, operation(mean) == .add, trace.value(mean) != 0 else { return "weight decay" }
    let scale = (trace.value(step) - direct) / trace.value(mean)
    let new = trace.tape.operands(of: operands(mean)[1])
    let regularized = new[1]
    let isRegularized =
      trace.term(ofNode: regularized.node) == nil && trace.tape.operation(of: regularized) == .add
    let decay = isRegularized ? new[0].value * trace.tape.operands(of: regularized)[1].value : 0
    let memory = scale * operands(mean)[0].value
    let pull = direct + scale * decay
    let direction = trace.value(step)
    if memory * direction < pull * direction { return "weight decay" }
    // What was added to earlier gradients is in their mean.
    return "Adam's running mean of earlier gradients" + (isRegularized ? " and their weight decay" : "")
  }

  /// The term with the largest magnitude.
  func largest(_ terms: [Int]) -> Int? {
    var best: Int?
    for term in terms where best.map({ trace.value(term).magnitude > trace.value($0).magnitude }) ?? true {
      best = term
    }
    return best
  }

  /// `: 1.2 → 1.3`; where both look alike, `: up by 0.00001 to 1.2`.
  func change(from before: Double, to term: Int) -> String {
    number(before) == text(term) ? ": \(movement(from: before, to: term))" : ": \(number(before)) → \(text(term))"
  }

  /// `from 1.2 to 1.3`; where both look alike, `up by 0.00001 to 1.2`.
  func movement(from before: Double, to term: Int) -> String {
    guard number(before) == text(term) else { return "from \(number(before)) to \(text(term))" }
    let difference = trace.value(term) - before
    return "\(difference > 0 ? "up" : "down") by \(number(difference.magnitude)) to \(text(term))"
  }

  /// ` (that of "great" moves as far)`: those of a row that read the same as the one that is told to be the largest.
  ///
  /// - Parameters:
  ///   - told: The one that is told.
  ///   - terms: The row.
  ///   - predicate: What is said of one other, and of several.
  ///   - size: By which they are compared; nil for the magnitude.
  func ties(
    _ told: Int, _ terms: [Int], _ predicate: (one: String, several: String), by size: ((Int) -> Double)? = nil
  ) -> String {
    let size = size ?? { trace.value($0).magnitude }
    let others = terms.filter { $0 != told && number(size($0)) == number(size(told)) }
    let words = others.map { word($0, at: trace.glossary.indexTexts(key($0)).count - 1) }
    switch others.count {
    case 0: return ""
    case 1: return " (that of \(words[0]) \(predicate.one))"
    case 2: return " (those of \(words.listed) \(predicate.several))"
    default: return " (\(others.count) others \(predicate.several))"
    }
  }

  var adaptiveKL: String? {
    guard let coefficient = term(.klCoefficient) else { return nil }
    let before = trace.value(.klCoefficient, at: beat - 1) ?? trace.value(coefficient)
    let change =
      before == trace.value(coefficient)
      ? "kl_coef stays \(text(coefficient))"
      : "kl_coef goes from \(fromTo(before, trace.value(coefficient)))"
    guard let ratio = part(.divide, of: coefficient) else { return capitalized(change) + "." }
    let operands = trace.tape.operands(of: ratio)
    let (kl, target) = (operands[0].value, operands[1].value)
    let side = kl > target ? "above" : kl < target ? "below" : "on"
    return "The KL per response, \(number(kl)), is \(side) the target \(number(target)): \(change)."
  }

  var adaptiveEntropy: String? {
    guard let coefficient = term(.entropyCoefficient),
      let gap = trace.term(TermKey(.entropyGap), at: beat)
    else { return nil }
    let before = trace.value(.entropyCoefficient, at: beat - 1) ?? trace.value(coefficient)
    let change =
      before == trace.value(coefficient)
      ? "entropy_coef stays \(text(coefficient))"
      : "entropy_coef goes from \(fromTo(before, trace.value(coefficient)))"
    let operands = trace.tape.operands(of: trace.scalar(gap))
    let (target, entropy) = (operands[0].value, operands[1].value)
    let side = entropy > target ? "above" : entropy < target ? "below" : "on"
    return "The mean entropy, \(number(entropy)), is \(side) the target \(number(target)): \(change)."
  }

  /// `0.05 to 0.0506`, with so many digits that the two differ.
  private func fromTo(_ before: Double, _ after: Double) -> String {
    let (before, after) = NumberText.distinct(before, after)
    return "\(before) to \(after)"
  }
}
