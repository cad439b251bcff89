import Autodiff
import Documents
import Objectives
import Recording
import Simulation

// Numbers that are all 0, or all as they were, with the cause, and where that ends.
extension OverviewSubject {
  /// «ratio: 11 tokens, all 1: the policy has not moved since it sampled; first other in ratio 0/0/1.»
  func stillness(_ focus: StageFocus, _ names: String) -> String {
    let count = self.count(focus.terms)
    let later = awakening { focus.quantities.contains(trace.quantity(of: $0)) && !focus.isAtRest($0) }
    let reason = cause(focus, isForGood: later == nil).map { ": \($0)" } ?? ""
    return "\(names): \(count), all \(resting(focus))\(reason); \(later ?? "and so it stays in this recording")."
  }

  private func resting(_ focus: StageFocus) -> String {
    let first = focus.terms[0]
    switch trace.quantity(of: first) {
    case .logp where isSampled(first): return "as when they were sampled"
    case .logp, .chosenLogp: return "as under the reference"
    case .refLogp: return "as under the policy"
    case .probabilityAfter, .groupRewardAfter: return "as before"
    default:
      return focus.terms.contains { trace.isRoundingNoise($0) } ? "≈ 0" : narrator.number(focus.rest(of: first) ?? 0)
    }
  }

  /// Where the same numbers first are others, in whatever stage records them; nil where they stay as they are.
  private func awakening(_ isOther: (Int) -> Bool) -> String? {
    let later = trace.stages.dropFirst(stage + 1).first { trace.terms(of: $0).contains(where: isOther) }
    return later.map { run in
      let loops = run.loops.text
      return "first other at \(run.name)\(loops.isEmpty ? "" : " " + loops)"
    }
  }

  /// The same of numbers that a stage has once, where nothing else is said of them.
  var stillNumbers: String? {
    guard let focus, focus.terms.allSatisfy({ trace.terms[$0].key.indices.isEmpty }), findings.isEmpty,
      members.allSatisfy(isNothing)
    else { return nil }
    let names = Set(members.map { trace.terms[$0].key.name })
    let zero = trace.shownValue(focus.terms[0])
    guard let later = awakening({ names.contains(trace.terms[$0].key.name) && !isNothing($0) }) else {
      return "All \(zero), and so it stays in this recording."
    }
    let isFirst = !trace.stages[..<stage].contains { $0.name == Stage.update.name }
    return "All \(zero): \(isFirst ? "no step has been taken yet; " : "")\(later)."
  }

  private func isNothing(_ term: Int) -> Bool { trace.value(term) == 0 || trace.isRoundingNoise(term) }

  private func cause(_ focus: StageFocus, isForGood: Bool) -> String? {
    switch trace.quantity(of: focus.terms[0]) {
    case .logp where !isSampled(focus.terms[0]): likenessToReference
    case .ratio, .sequenceRatio, .logp: hasMovedSinceSampling ? nil : "the policy has not moved since the rollout"
    case .refLogp, .kl, .klTerm, .correctedKL:
      agreesWithReference(focus) ? "policy and reference agree on every \(trace.words.step)" : nil
    case .chosenLogp, .chosenLogRatio, .responseLogRatio, .mismatchedLogRatio: likenessToReference
    case .oldValue, .value: "the critic expects nothing" + (isForGood ? "" : " yet")
    case .policyStep: isZero(.policyGradient, where: focus) ? "the gradient is 0" : nil
    case .policyGradient: nil
    case .advantage, .rawAdvantage: trace.algorithm.credit == .group ? "every reward is its baseline" : nil
    case .groupStd: "no group has a spread"
    default: structuralCause(focus.terms)
    }
  }

  /// Whether a number of a token has one of the sampling beside it.
  private func isSampled(_ term: Int) -> Bool {
    trace.value(.oldLogp, trace.terms[term].key.i, trace.terms[term].key.j, at: trace.terms[term].beat) != nil
  }

  private func agreesWithReference(_ focus: StageFocus) -> Bool {
    focus.terms.allSatisfy { term in
      let (key, beat) = (trace.terms[term].key, trace.terms[term].beat)
      let logp = run.loops.minibatch == nil ? nil : trace.value(.logp, key.i, key.j, at: beat)
      return (logp ?? trace.value(.oldLogp, key.i, key.j, at: beat)) == trace.value(.refLogp, key.i, key.j, at: beat)
    }
  }

  /// What can be said of policy and reference where they agree on the responses: more if their parameters are known.
  private var likenessToReference: String {
    let logits = trace.glossary.entries[Quantity.policyLogit.rawValue].labels
    let beat = run.beats.upperBound - 1
    let isKnown = trace.value(.policyLogit, 0, 0, at: beat) != nil
    let isAlike = (0..<(logits[0]?.count ?? 0)).allSatisfy { a in
      (0..<(logits[1]?.count ?? 0)).allSatisfy { b in
        trace.value(.policyLogit, a, b, at: beat) == trace.value(.referenceLogit, a, b, at: beat)
      }
    }
    return isKnown && isAlike ? "the policy still is the reference" : "policy and reference agree on these"
  }

  private func isZero(_ quantity: Quantity, where focus: StageFocus) -> Bool {
    focus.terms.allSatisfy { term in
      trace.value(quantity, trace.terms[term].key.i, trace.terms[term].key.j, at: trace.terms[term].beat) == 0
    }
  }

  /// Whether an update has moved the policy since the responses were sampled.
  private var hasMovedSinceSampling: Bool {
    for earlier in trace.stages[..<stage].reversed() {
      if earlier.name == Stage.rollout.name { return false }
      let hasMoved = trace.terms(of: earlier).contains { trace.quantity(of: $0) == .policyStep && trace.value($0) != 0 }
      if hasMoved { return true }
    }
    return false
  }

  /// What the tape says: two equal numbers were subtracted, or a factor was 0, the same way in all terms.
  private func structuralCause(_ terms: [Int]) -> String? {
    var cause: String?
    for term in terms {
      guard let own = structuralCause(term), cause == nil || cause == own else { return nil }
      cause = own
    }
    return cause
  }

  private func structuralCause(_ term: Int) -> String? {
    let scalar = trace.scalar(term)
    let operands = trace.tape.operands(of: scalar)
    let names = operands.map { operand in
      trace.term(ofNode: operand.node).map { trace.glossary.entries[trace.terms[$0].key.name].name }
    }
    switch trace.tape.operation(of: scalar) {
    case .subtract:
      guard let left = names[0], let right = names[1], operands[0].value == operands[1].value else { return nil }
      return left == right ? "two \(left)s are equal" : "\(left) and \(right) are equal"
    case .multiply:
      guard let zero = operands.firstIndex(where: { $0.value == 0 }), let name = names[zero] else { return nil }
      return "\(name) is 0"
    default:
      let inputs = trace.inputs(of: term)
      guard !inputs.isEmpty, inputs.allSatisfy({ trace.value($0) == 0 }) else { return nil }
      var made: [String] = []
      for input in inputs {
        let name = trace.glossary.entries[trace.terms[input].key.name].name
        if !made.contains(name) { made.append(name) }
      }
      return "every \(made.listed) in it is 0"
    }
  }
}
