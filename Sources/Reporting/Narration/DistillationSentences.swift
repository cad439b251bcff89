import Autodiff
import Documents
import Objectives
import Recording
import Simulation

// What a teacher makes of a student's tokens.
extension Narrator {
  var teacher: String? {
    guard let logp = term(.teacherLogp) else { return nil }
    let (i, t) = (key(logp).i, key(logp).j)
    let start = "The teacher gives \(token(i, t)) probability \(number(Elementary.exp(trace.value(logp))))"
    guard let own = value(.oldLogp, i, t) else { return start + "." }
    return start + comparison(own - trace.value(logp), of: "the policy") + "."
  }

  var teacherAdvantage: String? {
    guard trace.algorithm.has(.teacher), let advantage = term(.advantage),
      let difference = part(.subtract, of: advantage)
    else { return nil }
    let parts = trace.tape.operands(of: difference).map { $0.value }
    let x = trace.value(advantage)
    let verdict =
      x == 0
      ? "the two agree, and nothing is to be learned here"
      : "the teacher finds it \(x > 0 ? "likelier" : "less likely") than the policy does"
    return "\(capitalized(token(key(advantage).i, key(advantage).j))): the teacher's log-probability "
      + "\(number(parts[0])) minus the policy's \(parenthesized(parts[1])) is \(text(advantage)): \(verdict)."
  }

  var teacherObjective: String? {
    guard trace.algorithm.has(.teacher), let objective = term(.objective),
      let ratio = value(.ratio, key(objective).i, key(objective).j),
      let advantage = value(.advantage, key(objective).i, key(objective).j)
    else { return nil }
    return "\(capitalized(token(key(objective).i, key(objective).j))): its ratio \(number(ratio)) times its advantage "
      + "\(parenthesized(advantage)) is \(text(objective))."
  }

  var divergence: String? {
    guard let divergence = term(.divergence) else { return nil }
    let token = token(key(divergence).i, key(divergence).j)
    return trace.isRoundingNoise(divergence)
      ? "Before \(token), nothing that is compared differs between policy and teacher: the divergence is "
        + "\(text(divergence))."
      : "Before \(token), the divergence between policy and teacher is \(text(divergence))."
  }

  /// How far the policy is from its teacher, over everything that it may write.
  var teacherDistance: String? {
    guard trace.algorithm.has(.teacher), let kl = term(.exactKL) else { return nil }
    let truth = term(.trueReward).map { "; the expected true reward, which is not learned from, is \(text($0))" } ?? ""
    return "Over every possible response, the KL of the policy from its teacher is \(text(kl))\(truth)."
  }

  var distillationMetrics: String? {
    guard let kl = metric(.teacherKL), let length = metric(.completionMeanLength) else { return nil }
    let distance = kl == 0 ? "equal to" : "\(number(kl.magnitude)) \(kl > 0 ? "above" : "below")"
    return "At the responses' tokens, the policy's log-probability is on average \(distance) the teacher's; the "
      + "responses' mean number of tokens is \(number(length))."
  }
}
