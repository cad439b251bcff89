import Autodiff
import Formulas
import Objectives
import Recording
import Simulation

// The critic, generalized advantage estimation and whitening.
extension Narrator {
  var values: String? {
    guard let value = term(.oldValue) else { return bootstrap }
    let (i, t) = (key(value).i, key(value).j)
    if let state = state(i, t) { return "Of \(state), the critic expects a return of \(text(value))." }
    return isSlot(i, t)
      ? "For the slot after the response, the critic expects a return of \(text(value))."
      : "Before \(token(i, t)), the critic expects a return of \(text(value))."
  }

  var gae: String? {
    guard let delta = term(.delta), let advantage = term(.rawAdvantage), let returns = term(.returns) else {
      return nil
    }
    let (i, t) = (key(delta).i, key(delta).j)
    let goal = "so the critic should have said \(text(returns))"
    let start = capitalized(token(i, t)) + ": " + surprise(delta)
    // Tokens that were rejected for their sampler are passed over.
    var next = t + 1
    while value(.rejectionMask, i, next) == 0 { next += 1 }
    guard let later = value(.rawAdvantage, i, next), operation(advantage) == .add else {
      // Of an episode that was cut off, the critic's value stands for what would have followed.
      let isCut = part(.multiply, of: delta) != nil
      let rest = isCut ? "no later surprise" : next == t + 1 ? "nothing" : "nothing that counts"
      let whole = operation(advantage) == .alias ? "; \(rest) follows, and it is the whole advantage" : ""
      return "\(start)\(whole), \(goal)."
    }
    let factor = factor(in: part(.multiply, of: advantage)) ?? 1
    return "\(start); with \(number(factor)) × the later advantage \(parenthesized(later)), the advantage is "
      + "\(text(advantage)), \(goal)."
  }

  /// `surprise −0.31 = reward −0.02 + next value 0.31 − value 0.6`.
  private func surprise(_ delta: Int) -> String {
    let (i, t) = (key(delta).i, key(delta).j)
    guard operation(delta) == .subtract, let reward = value(.reward, i, t), let value = value(.oldValue, i, t) else {
      return "the surprise is \(text(delta))"
    }
    var sum = "reward \(number(reward))"
    // After an episode that was cut off, the critic's value stands for what would have followed.
    if let product = part(.multiply, of: delta),
      let next = trace.tape.operands(of: product).last.map({ $0.value })
    {
      let gamma = factor(in: product) ?? 1
      sum += " + " + (gamma == 1 ? "" : "\(number(gamma)) × ") + "next value \(parenthesized(next))"
    }
    return "the surprise is \(sum) − value \(parenthesized(value)) \(equalling(delta))"
  }

  var whiten: String? {
    if let mean = term(.rewardMean), let std = term(.rewardStd) {
      return "The rewards have mean \(text(mean)) and standard deviation \(text(std)); "
        + "they are divided by the latter, and the mean stays."
    }
    if let mean = term(.advantageMean), let std = term(.advantageStd) { return spreadSentence(mean: mean, std: std) }
    if let reward = term(.reward), let sum = trace.substitutedText(of: reward, as: .unicode) {
      return "The reward of \(token(key(reward).i, key(reward).j)) becomes \(sum) \(equalling(reward))."
    }
    return term(.advantage).map { advantageSentence($0) }
  }

  private func spreadSentence(mean: Int, std: Int) -> String {
    let n = trace.inputs(of: mean).count
    if n == 0 { return "No \(trace.words.step) counts: all were rejected for the engine that sampled them." }
    let start =
      "The advantages of \(count(n, trace.words.step)) have mean \(text(mean)) and standard deviation \(text(std))"
    // √1e-8 is the smallest that the formula can give.
    return start + (trace.value(std) <= 1e-4 ? ": there is no spread to learn from." : ".")
  }

  private func advantageSentence(_ advantage: Int) -> String {
    let (i, t) = (key(advantage).i, key(advantage).j)
    let token = token(i, t)
    guard let raw = value(.rawAdvantage, i, t), let formula = trace.substitutedText(of: advantage, as: .unicode) else {
      return "The advantage of \(token) is \(text(advantage))."
    }
    guard part(.divide, of: advantage) != nil else {
      return "The advantage of \(token) stays \(text(advantage)), since nothing is whitened; " + verdict(advantage, raw)
    }
    return "The advantage of \(token) becomes \(formula) \(equalling(advantage)): " + verdict(advantage, raw)
  }

  private func verdict(_ advantage: Int, _ raw: Double) -> String {
    let x = trace.value(advantage)
    if x == 0 { return raw == 0 ? "neither better nor worse than expected." : "as good as the average." }
    if raw == 0 { return "as expected, which is \(x > 0 ? "better" : "worse") than the average." }
    if x > 0 { return raw < 0 ? "bad, but better than the average." : "better than expected." }
    return raw > 0 ? "good, but less so than the average." : "worse than expected."
  }
}
