import Autodiff
import Formulas
import Objectives
import Recording
import Simulation

// Where a policy acts instead of writing: states, transitions, exact values.
extension Narrator {
  /// Whether the policy's rows are states of a world.
  var hasActions: Bool { trace.glossary.hasActions }

  /// The state at a step, in quotes; nil for a language.
  func state(_ i: Int, _ t: Int) -> String? {
    guard hasActions, let value = value(.state, i, t) else { return nil }
    return trace.glossary.valueText(of: Quantity.state.rawValue, value).map { quoted($0) }
  }

  /// «in "camp"» or «after "film"»: which row of a table a term belongs to.
  func place(_ term: Int) -> String { (hasActions ? "in " : "after ") + word(term, at: 0) }

  /// What a step led to.
  var transition: String {
    guard let reward = term(.reward), let draw = term(.transitionDraw) else { return "" }
    let (i, t) = (key(reward).i, key(reward).j)
    guard let next = state(i, t + 1) else { return "" }
    let move = next == state(i, t) ? "leaves it there" : "leads to \(next)"
    return " The world's draw \(text(draw)) \(move), with reward \(text(reward))."
  }

  /// Where an episode starts, and what it came to.
  var episodeBoundary: String? {
    if let gain = term(.episodeReturn), let complete = term(.isComplete) {
      let end = trace.value(complete) == 1 ? "has ended" : "is cut off by the step limit"
      return "Episode \(key(gain).i) \(end); its rewards add up to \(text(gain))."
    }
    return term(.state).flatMap { start in
      state(key(start).i, key(start).j).map { "Episode \(key(start).i) starts in \($0)." }
    }
  }

  var bootstrap: String? {
    term(.bootstrapValue).map {
      "Episode \(key($0).i) was cut off: what would have followed counts as the critic's value there, \(text($0))."
    }
  }

  func exactValueSentence(_ first: Int) -> String {
    let parts = all(.exactValue).map { term -> String in
      let said = value(.criticValue, key(term).i).map { ", the critic says \(number($0))" } ?? ""
      return "\(word(term, at: 0)) \(text(term))\(said)"
    }
    return "What this policy can truly expect: " + parts.joined(separator: "; ") + "."
  }

  func exactReturnSentence(_ gain: Int) -> String {
    let best = term(.optimumReturn).map { "; no policy can expect more than \(text($0))" } ?? ""
    return "From the start, the policy's exact expected return is \(text(gain))\(best)."
  }
}

// The plain policy gradient.
extension Narrator {
  var returns: String? {
    guard let gain = term(.returns) else { return nil }
    let (i, t) = (key(gain).i, key(gain).j)
    let start = capitalized(token(i, t))
    guard operation(gain) == .add, let sum = trace.substitutedText(of: gain, as: .unicode) else {
      return "\(start) comes last: its return is its reward, \(text(gain))."
    }
    return "\(start): its reward and what came after it make the return \(sum) \(equalling(gain))."
  }

  var returnAdvantage: String? {
    if let baseline = term(.returnMean) {
      return "The mean of all returns, \(text(baseline)), is the baseline."
    }
    guard let advantage = term(.advantage), value(.returns, key(advantage).i, key(advantage).j) != nil else {
      return nil
    }
    let token = capitalized(token(key(advantage).i, key(advantage).j))
    if let difference = part(.subtract, of: advantage) {
      let parts = trace.tape.operands(of: difference).map { $0.value }
      return "\(token): the return \(number(parts[0])) minus the baseline \(parenthesized(parts[1])) is "
        + "\(text(advantage))."
    }
    return operation(advantage) == .leaf
      ? "\(token) has the advantage \(text(advantage))."
      : "\(token) is weighted by its return, \(text(advantage)), compared with nothing."
  }

  var policyGradient: String? {
    guard let objective = term(.objective) else { return nil }
    let (i, t) = (key(objective).i, key(objective).j)
    guard let logp = value(.logp, i, t), let advantage = value(.advantage, i, t) else { return nil }
    let wish = advantage == 0 ? "as likely as it is" : advantage > 0 ? "likelier" : "less likely"
    return "\(capitalized(token(i, t))): log-probability \(number(logp)) times advantage \(number(advantage)) is "
      + "\(text(objective)); its gradient makes the choice \(wish)\(weightedClause)."
  }
}
