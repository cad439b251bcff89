import Autodiff
import Objectives
import Recording
import Simulation

// The two places where PPO takes the more pessimistic of two numbers.
extension Narrator {
  var clip: String? {
    guard let objective = term(.objective) else { return sequenceClip }
    let (i, t) = (key(objective).i, key(objective).j)
    guard let ratio = trace.term(TermKey(.ratio, i, t), at: beat),
      let advantage = trace.term(TermKey(.advantage, i, t), at: beat) ?? trace.term(TermKey(.advantage, i), at: beat)
    else {
      return nil
    }
    if let mask = term(.covarianceMask), trace.value(mask) == 0, let covariance = term(.covariance) {
      return
        "\(capitalized(token(i, t))): its covariance \(text(covariance)) is among the largest within the bounds, so that it is "
        + "left out and its objective is \(text(objective))."
    }
    let token = capitalized(token(i, t))
    let verdict = verdict(objective, ratio: trace.value(ratio), advantage: advantage, tokens: [t])
    return "\(token): \(verdict)\(isNothing(advantage) ? "" : weightedClause)."
  }

  /// What the clip makes of a ratio and an advantage, and whether a gradient passes it to one of the tokens.
  private func verdict(_ objective: Int, ratio: Double, advantage: Int, tokens: [Int]) -> String {
    let passing = passingClause(from: objective, isFlat: isNothing(advantage), tokens)
    return isNothing(advantage)
      ? "the advantage is \(text(advantage)), and with it the objective, whatever the ratio, and \(passing)"
      : "\(pessimism(ratio: ratio, advantage: trace.value(advantage))), and \(passing)"
  }

  /// Whether the gradient passes the clip, unless a mask lets none come so far.
  ///
  /// - Parameter isFlat: Whether there is no advantage, so that what passes is what rounding has left.
  private func passingClause(from objective: Int, isFlat: Bool, _ tokens: [Int]) -> String {
    let i = key(objective).i
    if trace.isPassedOver(objective) {
      let hasKL = hasKLInLoss && tokens.contains { !trace.isOutOfLoss(i, $0, at: beat) }
      return "a mask leaves it out of the loss" + (hasKL ? ", but for its KL" : "")
    }
    let passes = tokens.contains { t in
      trace.term(TermKey(.logp, i, t), at: beat).map { derivative(of: objective, by: $0) != 0 } ?? false
    }
    if passes && !isFlat { return "the gradient passes" }
    return "no gradient passes" + (hasKLInLoss ? " but that of the KL" : "")
  }

  /// Whether the loss punishes the KL of the policy that learns, token by token, beside its objectives.
  private var hasKLInLoss: Bool {
    trace.isRecorded(.klLoss) || trace.algorithm.credit == .group && trace.isRecorded(.kl)
  }

  /// What the weight for another engine makes of the objective.
  var weightedClause: String {
    guard let weighted = term(.weightedObjective) else { return "" }
    return "; with the weight for the engine that sampled it the objective counts as \(text(weighted))"
  }

  /// The same of a ratio for a whole response.
  private var sequenceClip: String? {
    guard let objective = term(.sequenceObjective) else { return nil }
    let i = key(objective).i
    guard let ratio = trace.term(TermKey(.sequenceRatio, i), at: beat),
      let advantage = trace.term(TermKey(.advantage, i), at: beat)
    else {
      return nil
    }
    let verdict = verdict(
      objective, ratio: trace.value(ratio), advantage: advantage, tokens: Array(trace.places(of: i, at: beat)))
    return "The response \(response(i)): \(verdict)."
  }

  /// Which of the two objectives is the smaller one, and whether the dual clip changes that.
  private func pessimism(ratio: Double, advantage: Double) -> String {
    guard let surrogate = term(.surrogate) ?? term(.sequenceSurrogate),
      let clippedSurrogate = term(.clippedSurrogate) ?? term(.clippedSequenceSurrogate)
    else { return "" }
    let (unclipped, clipped) = (trace.value(surrogate), trace.value(clippedSurrogate))
    let floor = floorClause(pessimistic: min(unclipped, clipped))
    if let held { return "\(heldProducts(ratio, at: held, unclipped, clipped))\(floor)" }
    if unclipped == clipped {
      let start = ratio == 1 ? "ratio 1 leaves the advantage as it is" : "ratio \(number(ratio)) is within \(clipRange)"
      return "\(start); the objective is \(number(unclipped)), clipped or not\(floor)"
    }
    let sign = advantage > 0 ? "positive" : "negative"
    let side = "ratio \(number(ratio)) is \(side(ratio))"
    let sense = "the advantage \(number(advantage)) is \(sign)"
    return clipped < unclipped
      ? "\(side) and \(sense), so that the clipped objective \(number(clipped)) is the smaller one\(floor)"
      : "\(side), but \(sense), so that the unclipped objective \(number(unclipped)) is the smaller one\(floor)"
  }

  /// What is not clipped may still be held below delta: the number at which it is.
  private var held: Double? {
    guard let bounded = term(.boundedRatio) ?? term(.boundedSequenceRatio), operation(bounded) == .clip,
      operands(bounded)[0].value > trace.value(bounded)
    else { return nil }
    return trace.value(bounded)
  }

  /// What both products are where the one that is not clipped is held, too: which of them is smaller depends on where.
  private func heldProducts(_ ratio: Double, at held: Double, _ unclipped: Double, _ clipped: Double) -> String {
    guard let borders, ratio < borders.low || ratio > borders.high else {
      return
        "ratio \(number(ratio)) is within \(clipRange) and, held at \(number(held)), makes \(number(unclipped)) instead "
        + "of \(number(clipped)); the smaller one counts"
    }
    let border = ratio > borders.high ? borders.high : borders.low
    if border == held {
      return
        "ratio \(number(ratio)) is \(side(ratio)), where delta holds it too; the objective is \(number(unclipped)), clipped or not"
    }
    return
      "ratio \(number(ratio)) is \(side(ratio)): held at \(number(held)) it makes \(number(unclipped)), clipped at "
      + "\(number(border)) \(number(clipped)); the smaller one counts"
  }

  /// The clip's borders, from its formula.
  private var borders: (low: Double, high: Double)? {
    guard let clipped = term(.clippedRatio) ?? term(.clippedSequenceRatio), operation(clipped) == .clip else {
      return nil
    }
    return (operands(clipped)[1].value, operands(clipped)[2].value)
  }

  private var clipRange: String {
    borders.map { "\(number($0.low)) … \(number($0.high))" } ?? "the clip range"
  }

  private func side(_ ratio: Double) -> String {
    guard let borders else { return "replaced by \(term(.clippedRatio).map { text($0) } ?? "another")" }
    return ratio > borders.high ? "above \(number(borders.high))" : "below \(number(borders.low))"
  }

  /// What the dual clip does, where it acts.
  private func floorClause(pessimistic: Double) -> String {
    guard let floor = term(.dualClip), trace.value(floor) > pessimistic else { return "" }
    return ", but the dual clip's floor \(text(floor)) is higher and counts"
  }
}

extension Narrator {
  var valueLoss: String? {
    guard let error = term(.valueError) else { return nil }
    let (i, t) = (key(error).i, key(error).j)
    guard let value = trace.term(TermKey(.value, i, t), at: beat), let target = self.value(.returns, i, t) else {
      return nil
    }
    let start = "\(capitalized(token(i, t))): the value \(text(value))"
    let miss = "squared distance from the return \(number(target))"
    guard let clippedValue = term(.clippedValue), let objective = term(.valueObjective) else {
      return "\(start) has the \(miss) of \(text(error))."
    }
    let passing = hasNoPart(objective) ? "in the loss it has no weight" : gradientClause(from: objective, to: value)
    if trace.value(clippedValue) == trace.value(value) {
      let end = trace.value(objective) == 0 ? "there is no error to correct" : passing
      return "\(start) is within \(range(clippedValue)); its \(miss) is \(text(objective)), clipped or not, and \(end)."
    }
    return "\(start) has left \(range(clippedValue)); \(largerError(error, miss: miss)), and \(passing)."
  }

  private func largerError(_ error: Int, miss: String) -> String {
    guard let clippedValue = term(.clippedValue), let clippedError = term(.clippedValueError) else { return "" }
    let (unclipped, clipped) = (trace.value(error), trace.value(clippedError))
    if clipped == unclipped { return "its \(miss) is \(text(error)), as it is from \(text(clippedValue))" }
    return clipped > unclipped
      ? "from \(text(clippedValue)) the \(miss) is larger, \(text(clippedError)) instead of \(text(error))"
      : "its \(miss) is \(text(error)), larger than the \(text(clippedError)) from \(text(clippedValue))"
  }

  private func range(_ clippedValue: Int) -> String {
    guard operation(clippedValue) == .clip else { return "its range" }
    let borders = operands(clippedValue)
    return "\(number(borders[1].value)) … \(number(borders[2].value))"
  }
}
