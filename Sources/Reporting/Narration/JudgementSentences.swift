import Autodiff
import Documents
import Objectives
import Recording
import Simulation

// Single responses, each judged by itself, as KTO looks at them.
extension Narrator {
  var mismatch: String? {
    guard let logp = term(.mismatchedLogp), let reference = term(.mismatchedRefLogp) else { return nil }
    let (i, t) = (key(logp).i, key(logp).j)
    let now = number(Elementary.exp(trace.value(logp)))
    let then = trace.value(logp) == trace.value(reference) ? "the same" : number(Elementary.exp(trace.value(reference)))
    let word = trace.tokenText(of: key(logp), at: beat).map { ", \(quoted($0))," } ?? ""
    return
      "After the prompt of response \(i), token \(t)\(word) of another response has probability \(now) under the policy, "
      + "\(then) under the reference."
  }

  var referencePoint: String? {
    if let ratio = term(.mismatchedLogRatio) {
      return "After the prompt of response \(key(ratio).i), another response has the log-ratio \(text(ratio)) to the "
        + "reference."
    }
    guard let point = term(.referencePoint) else { return nil }
    if trace.computedInputs(of: point).isEmpty {
      return "The reference point, \(text(point)), is given with the batch; what it was measured on is not."
    }
    return trace.value(point) == 0
      ? "The mean of these log-ratios is not above 0, and so the reference point is 0."
      : "The mean of these log-ratios, \(text(point)), is the reference point; no gradient passes it."
  }

  var responseLogRatio: String? {
    guard let ratio = term(.responseLogRatio), let reward = term(.implicitReward) else { return nil }
    let i = key(ratio).i
    if trace.value(ratio) == 0 {
      return "Response \(i), \(response(i)), is as likely as under the reference: its implicit reward is 0."
    }
    return "Response \(i), \(response(i)), is \(number(Elementary.exp(trace.value(ratio)))) times as likely as under "
      + "the reference, an implicit reward of \(text(reward))."
  }

  var humanValue: String? {
    guard let value = term(.humanValue), let loss = term(.exampleLoss) else { return nil }
    let i = key(value).i
    let start = "Response \(i), \(response(i)), is worth \(text(value)) and loses \(text(loss))"
    guard let logp = trace.term(TermKey(.responseLogp, i), at: beat) else { return start + "." }
    let slope = derivative(of: loss, by: logp)
    let way = slope < 0 ? "desirable, it is to become likelier" : "undesirable, it is to become less likely"
    return slope == 0 ? start + "." : "\(start): \(way), with derivative \(number(slope)) by its log-probability."
  }

  /// Exact values after a step.
  var judgedSoFar: String? {
    func part(_ quantity: Quantity, _ kind: String) -> String? {
      term(quantity).map { "\(kind) response has log-probability \(text($0))\(sinceStart($0))" }
    }
    let parts = [part(.meanDesirableLogp, "a desirable"), part(.meanUndesirableLogp, "an undesirable")]
    let known = parts.compactMap { $0 }
    guard !known.isEmpty else { return nil }
    let loss = term(.exactLoss).map { "; over all of them at once the loss is \(text($0))\(sinceStart($0))" } ?? ""
    return "On average, " + known.joined(separator: ", ") + loss + "."
  }

  /// What trainers log of a minibatch of judged responses, which has no pairs to be ranked.
  var judgementMetrics: String? {
    guard trace.algorithm.material == .judgements else { return nil }
    let rewards = [(Metric.chosenRewards, "desirable"), (.rejectedRewards, "undesirable")].compactMap { name, kind in
      metric(name).map { "\(number($0)) of \(kind)" }
    }
    if rewards.isEmpty { return nil }
    let point = metric(.kl).map { ", and the reference point is \(number($0))" } ?? ""
    return "In this minibatch, before the step, the mean implicit reward is " + rewards.listed
      + " responses\(point)."
  }
}
