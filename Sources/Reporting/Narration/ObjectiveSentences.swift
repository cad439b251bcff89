import Objectives
import Recording
import Simulation

// Members of GRPO's family whose objective is no minimum of two products.
extension Narrator {
  var objective: String? {
    if let mask = term(.trustMask), trace.value(mask) == 0, let shift = term(.probabilityShift) {
      let measure = term(.binaryKL).map { ", a KL of \(text($0))" } ?? ""
      return
        "\(named(mask)) has moved by \(text(shift)) in probability\(measure): that is beyond its bound, and it is left out."
    }
    if let objective = term(.sequenceObjective), term(.sequenceSoftRatio) == nil,
      let ratio = value(.geometricRatio, key(objective).i), let advantage = value(.advantage, key(objective).i)
    {
      return "\(named(objective)): its ratio \(number(ratio)) times the advantage \(parenthesized(advantage)) is "
        + "\(text(objective))."
    }
    if let weight = term(.ratioWeight) { return weightSentence(weight, ratio: .ratio, of: named(weight)) }
    if let weight = term(.sequenceRatioWeight) {
      return weightSentence(weight, ratio: .sequenceRatio, of: named(weight))
    }
    if let weight = term(.gammaWeight), let ratio = value(.sequenceWeight, key(weight).i) {
      return
        "\(named(weight)) counts with the weight \(text(weight)), by its ratio \(number(ratio)) to what sampled it."
    }
    if let soft = term(.softRatio) { return gateSentence(soft, ratio: .ratio, objective: .objective, of: named(soft)) }
    if let soft = term(.sequenceSoftRatio) {
      return gateSentence(soft, ratio: .sequenceRatio, objective: .sequenceObjective, of: named(soft))
    }
    return term(.objective).map { "\(named($0)): the objective is \(text($0))." }
  }

  /// A token, or a whole response, at the beginning of a sentence.
  private func named(_ term: Int) -> String {
    let key = key(term)
    return key.j < 0 ? "The response \(response(key.i))" : capitalized(token(key.i, key.j))
  }

  /// Cispo: the ratio, held at a bound, weighs the log-probability.
  private func weightSentence(_ weight: Int, ratio: Quantity, of subject: String) -> String {
    let key = key(weight)
    var sentence = "\(subject) has the weight \(text(weight))"
    if let ratio = value(ratio, key.i, key.j) {
      sentence += ratio == trace.value(weight) ? ", its ratio" : ": its ratio \(number(ratio)) is held at that bound"
    }
    guard let objective = term(.objective), key.j >= 0, let advantage = value(.advantage, key.i),
      let logp = value(.logp, key.i, key.j)
    else { return sentence + "." }
    return "\(sentence); times the advantage \(parenthesized(advantage)) and the log-probability "
      + "\(parenthesized(logp)) it makes the objective \(text(objective))."
  }

  /// Sapo: the ratio goes through a gate.
  private func gateSentence(_ soft: Int, ratio: Quantity, objective: Quantity, of subject: String) -> String {
    let key = key(soft)
    let before = value(ratio, key.i, key.j).map { "ratio \(number($0)) becomes " } ?? ""
    guard let objective = term(objective), let advantage = value(.advantage, key.i) else {
      return "\(subject): through the gate, \(before)\(text(soft))."
    }
    return
      "\(subject): through the gate, \(before)\(text(soft)); times the advantage \(parenthesized(advantage)) it is "
      + "\(text(objective))."
  }
}
