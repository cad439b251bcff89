import Autodiff
import Documents
import Objectives
import Recording
import Simulation

// Before the first iteration: the reference, the reward model, and the copies that PPO starts from.
extension Narrator {
  var supervised: String? {
    if let loss = term(.supervisedLoss) {
      let step = key(loss).i
      let when = step == 0 ? "Before the first step" : "After \(count(step, "step"))"
      let perplexity = number(Elementary.exp(trace.value(loss)))
      return "\(when), the mean negative log-likelihood of the demonstrations is \(text(loss)), "
        + "a perplexity of \(perplexity)."
    }
    guard let preference = preference(.referenceLogit) else { return nil }
    return preference.isEven
      ? "After \(preference.after), the \(pupil) finds all tokens equally likely: it has learned nothing there."
      : "After \(preference.after), the \(pupil) has learned to prefer \(preference.favourites)."
  }

  /// Who learns the demonstrations.
  private var pupil: String { trace.algorithm.has(.reference) ? "reference" : trace.words.learner }

  /// A teacher of its own learns, or the policy reads the solution.
  var teaching: String? {
    if let loss = term(.teacherLoss) {
      let step = key(loss).i
      let when = step == 0 ? "Before the first step" : "After \(count(step, "step"))"
      return "\(when), the mean negative log-likelihood of the good responses under the teacher is \(text(loss)), "
        + "a perplexity of \(number(Elementary.exp(trace.value(loss))))."
    }
    guard let preference = preference(.teacherLogit) else { return nil }
    let start = "After \(preference.after), "
    if preference.isEven { return start + "the teacher finds all tokens equally likely." }
    guard let raised = all(.teacherLogit).first(where: { operation($0) == .add }) else {
      return start + "the teacher prefers \(preference.favourites)."
    }
    return start + "the solution goes on with \(word(raised, at: 1)): with that in sight, the teacher prefers "
      + "\(preference.favourites)."
  }

  var rewardModel: String? {
    if let loss = term(.rewardLoss) { return rewardModelStep(loss) }
    guard let largest = largestChange(.rewardWeight) else { return nil }
    if trace.terms[largest.term].beat == trace.occurrences(of: key(largest.term)).first.map({ trace.terms[$0].beat }) {
      return "The reward model starts with weight \(text(largest.term)) for every token."
    }
    return largest.change == 0
      ? "The step changes no weight."
      : "The step changes the weight of \(word(largest.term, at: 0)) most\(change(from: largest.before, to: largest.term))"
        + ties(largest.term, all(.rewardWeight), ("by as much", "by as much")) { term in
          (trace.value(term) - (trace.value(.rewardWeight, key(term).i, at: beat - 1) ?? 0)).magnitude
        } + "."
  }

  private func rewardModelStep(_ loss: Int) -> String {
    let margins = all(.rewardMargin)
    let right = margins.count { trace.value($0) > 0 }
    let ties = margins.count { trace.value($0) == 0 }
    var sentence =
      margins.count == 1
      ? "the only pair is \(right == 1 ? "" : "not ")ordered right"
      : "\(right) of \(margins.count) pairs are ordered right"
    if ties > 0 {
      let all = ties == 1 ? "its margin is" : "all margins are"
      sentence += ties == margins.count ? ", since \(all) 0," : " (\(count(ties, "tie")))"
    }
    sentence += " and the loss is \(text(loss))"
    if ties == 0, let closest = margins.min(by: { trace.value($0) < trace.value($1) }) {
      sentence += "; the narrowest margin is \(text(closest)), of pair \(key(closest).j)"
    }
    return "Before step \(key(loss).i + 1), \(sentence)."
  }

  var sync: String? {
    if let coefficient = term(.klCoefficient) { return klCoefficientSentence(coefficient) }
    if let value = term(.criticValue) {
      return "The critic starts with value \(text(value)) \(place(value))."
    }
    if hasActions, let preference = preference(.policyLogit) {
      let start = "The policy starts without a preference: in \(preference.after) all actions are equally likely."
      return preference.isEven ? start : "In \(preference.after), the policy starts with \(preference.favourites)."
    }
    if let weight = term(.rewardWeight) {
      return "The reward model starts with weight \(text(weight)) for \(word(weight, at: 0))."
    }
    if let preference = preference(.policyLogit) {
      let isCopy = trace.value(.referenceLogit, 0, 0, at: beat) != nil
      let origin = trace.algorithm.has(.reference) ? "as a copy of the reference" : "as the demonstrations taught it"
      let copy = "The policy starts " + (isCopy ? origin : "without preferences")
      return preference.isEven
        ? "\(copy): after \(preference.after) all tokens are equally likely."
        : "\(copy): after \(preference.after) it prefers \(preference.favourites)."
    }
    return changedProbability
  }

  func klCoefficientSentence(_ coefficient: Int) -> String {
    trace.value(coefficient) == 0
      ? "The KL to the reference has weight kl_coef = 0: leaving the reference costs nothing."
      : "The KL to the reference has weight kl_coef = \(text(coefficient))."
  }

  /// Where the probabilities before and after a change differ most.
  var changedProbability: String? {
    var largest: (after: Int, before: Double, change: Double)?
    for term in all(.probabilityAfter) {
      guard let before = value(.probabilityBefore, key(term).i, key(term).j) else { continue }
      let change = (trace.value(term) - before).magnitude
      if change > largest?.change ?? -1 { largest = (term, before, change) }
    }
    guard let largest else { return nil }
    let place = place(largest.after)
    if largest.change == 0 { return "No probability \(place) has changed." }
    let ties = ties(largest.after, all(.probabilityAfter), ("has as much", "have as much")) { term in
      (trace.value(term) - (value(.probabilityBefore, key(term).i, key(term).j) ?? 0)).magnitude
    }
    return "\(capitalized(place)), the probability of \(word(largest.after, at: 1)) has changed most"
      + "\(change(from: largest.before, to: largest.after))\(ties)."
  }

  /// What a row of logits prefers.
  private func preference(_ quantity: Quantity) -> (after: String, favourites: String, isEven: Bool)? {
    let row = all(quantity)
    guard let first = row.first else { return nil }
    let largest = row.reduce(trace.value(first)) { max($0, trace.value($1)) }
    let total = row.reduce(0) { $0 + Elementary.exp(trace.value($1) - largest) }
    let favourites = row.filter { trace.value($0) == largest }
    let names = favourites.map { word($0, at: 1) }.listed
    let each = favourites.count == 1 ? "probability" : "probability of each"
    return (
      word(first, at: 0), "\(names) (\(each) \(number(1 / total))\(temperature(favourites[0], 1 / total)))",
      favourites.count == row.count
    )
  }

  /// «, at temperature 1», where the run samples at another one, and so has other probabilities of the same logits.
  private func temperature(_ logit: Int, _ probability: Double) -> String {
    let (i, j) = (key(logit).i, key(logit).j)
    // A teacher is another model.
    guard [.referenceLogit, .policyLogit].contains(trace.quantity(of: logit)) else { return "" }
    let all = trace.occurrences(of: key(logit))
    // What the policy starts from is what the reference has come to.
    let start = trace.quantity(of: logit) == .referenceLogit ? all.last : all.first
    guard let start, trace.value(start) == trace.value(logit),
      let sampled = trace.occurrences(of: TermKey(.probabilityBefore, i, j)).first
    else { return "" }
    return (trace.value(sampled) - probability).magnitude > 1e-9 ? ", at temperature 1" : ""
  }

  /// The term of a quantity that differs most from its value before this beat.
  private func largestChange(_ quantity: Quantity) -> (term: Int, before: Double, change: Double)? {
    var largest: (term: Int, before: Double, change: Double)?
    for term in all(quantity) {
      let before = trace.value(quantity, key(term).i, key(term).j, at: beat - 1) ?? 0
      let change = (trace.value(term) - before).magnitude
      if change > largest?.change ?? -1 { largest = (term, before, change) }
    }
    return largest
  }
}
