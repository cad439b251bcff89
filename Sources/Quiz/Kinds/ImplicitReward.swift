import Autodiff
import Objectives
import Recording
import Simulation

extension QuestionKind {
  /// DPO's implicit reward: beta times how much likelier a response is than under the reference.
  static let implicitReward = QuestionKind(
    name: "implicit-reward", subject: "DPO's implicit reward", suits: { $0.learnsPolicyFromPairs },
    ask: { asking in
      let isChosen = asking.random.below(2) == 0
      let names = isChosen ? PairNames.chosen : .rejected
      return asking.draft(about: names.reward) { asking, term in
        let i = asking.key(term).i
        guard let ratio = asking.value(beside: term, names.logRatio), ratio.magnitude > 1e-3,
          let logp = asking.value(beside: term, names.logp), let reference = asking.value(beside: term, names.refLogp)
        else { return nil }
        let beta = asking.settings.number(.preferenceBeta)
        var given: String
        var logRatio: Double
        switch asking.level {
        case 1:
          let shown = Shown(ratio)
          given = "log-probability minus that under the reference is \(shown.text)."
          logRatio = shown.value
        case 2:
          let (now, then) = (Shown(logp), Shown(reference))
          given = "log-probability is \(now.text) under the policy and \(then.text) under the reference."
          logRatio = now.value - then.value
        default:
          guard let tokens = asking.tokenLogps(of: term, names) else { return nil }
          given =
            "tokens have log-probabilities \(tokens.policy.text) under the policy and \(tokens.reference.text) "
            + "under the reference."
          logRatio = tokens.policy.sum - tokens.reference.sum
        }
        given = "The \(isChosen ? "chosen" : "rejected") response of pair \(i): its " + given
        return Draft(
          paragraph("\(given) beta is \(plain(beta)). What is \(asking.trace.text(term)), DPO's implicit reward?"),
          number: asking.trace.value(term), shownGive: beta * logRatio, beat: asking.beat(term),
          asking.explain(term, and: [asking.beside(term, names.logRatio)]))
      }
    })
}

/// How the numbers of one response of a pair are called.
struct PairNames {
  let token, refToken, logp, refLogp, logRatio, reward: Quantity

  static let chosen = PairNames(
    token: .chosenLogp, refToken: .chosenRefLogp, logp: .chosenResponseLogp, refLogp: .chosenResponseRefLogp,
    logRatio: .chosenLogRatio, reward: .chosenReward)
  static let rejected = PairNames(
    token: .rejectedLogp, refToken: .rejectedRefLogp, logp: .rejectedResponseLogp, refLogp: .rejectedResponseRefLogp,
    logRatio: .rejectedLogRatio, reward: .rejectedReward)
}

/// Numbers in a row, and the sum of what is shown.
private struct ShownSum {
  let text: String
  let sum: Double

  init(_ numbers: [Double]) {
    let shown = numbers.map { Shown($0) }
    text = shown.map { $0.text }.joined(separator: ", ")
    sum = shown.reduce(0) { $0 + $1.value }
  }
}

extension Asking {
  /// The log-probabilities of a response's tokens; nil where they do not simply add up.
  fileprivate func tokenLogps(of term: Int, _ names: PairNames) -> (policy: ShownSum, reference: ShownSum)? {
    guard let logp = beside(term, names.logp), let reference = beside(term, names.refLogp) else { return nil }
    let policy = inputs(of: logp, names.token).map { trace.value($0) }
    let other = inputs(of: reference, names.refToken).map { trace.value($0) }
    let sum = policy.reduce(0) { $0 + $1 }
    guard policy.count > 1, policy.count == other.count, (sum - trace.value(logp)).magnitude < 1e-9 else { return nil }
    return (ShownSum(policy), ShownSum(other))
  }
}
