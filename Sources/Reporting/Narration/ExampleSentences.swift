import Autodiff
import Objectives
import Recording
import Simulation

// The results of learning from given examples: DPO, supervised fine-tuning, the reward model.
extension Narrator {
  /// Exact values after a step.
  var learnedSoFar: String? {
    if let sentence = judgedSoFar { return sentence }
    if let kl = term(.exactKL) {
      let worth = term(.trueReward).map { "the expected true reward is \(text($0))\(sinceStart($0)) and " } ?? ""
      return "Over every possible response, \(worth)the KL from the reference is \(text(kl))."
    }
    if let logp = term(.meanChosenLogp), let rejected = term(.meanRejectedLogp) {
      var sentence =
        "Over all pairs, the chosen response has log-probability \(text(logp))\(sinceStart(logp)), the "
        + "rejected one \(text(rejected))\(sinceStart(rejected))"
      if let unseen = term(.unseenProbability) {
        sentence += "; a response in none of the pairs has probability \(text(unseen))\(sinceStart(unseen))"
      }
      return sentence + "."
    }
    if let margin = term(.meanMargin), let accuracy = term(.pairAccuracy) {
      let loss = term(.exactLoss).map { "the loss is \(text($0))\(sinceStart($0)), " } ?? ""
      return "Over all pairs, \(loss)the mean margin is \(text(margin)), and \(percent(trace.value(accuracy))) are "
        + "ranked rightly."
    }
    guard let perplexity = term(.perplexity), let best = term(.optimumLoss) else { return nil }
    return
      "Over all demonstrations, the policy is as undecided as between \(text(perplexity)) equally likely tokens; the "
      + "demonstrations' own frequencies would make it \(number(Elementary.exp(trace.value(best))))."
  }

  /// ` (−1.42 at the start)`, where a number has changed.
  func sinceStart(_ term: Int) -> String {
    guard let first = trace.occurrences(of: key(term)).first, trace.value(first) != trace.value(term) else { return "" }
    return " (\(text(first)) at the start)"
  }

  private func percent(_ share: Double) -> String { "\(number(100 * share)) %" }

  func metric(_ metric: Metric) -> Double? {
    terms.first { key($0) == TermKey(.metric, metric.rawValue) }.map { trace.value($0) }
  }

  /// What trainers log of a minibatch.
  var exampleMetrics: String? {
    if let sentence = judgementMetrics { return sentence }
    if let chosen = metric(.chosenRewards), let rejected = metric(.rejectedRewards),
      let accuracy = metric(.rewardAccuracies)
    {
      return "In this minibatch, before the step, the mean implicit reward is \(number(chosen)) of chosen and "
        + "\(number(rejected)) of rejected responses, and \(percent(accuracy)) of the pairs are ranked correctly."
    }
    if let accuracy = metric(.accuracy), let margin = metric(.margin) {
      return
        "In this minibatch, before the step, \(percent(accuracy)) of the pairs are ranked correctly, by a mean margin "
        + "of \(number(margin))."
    }
    if let perplexity = term(.perplexity) {
      return
        "Over these responses, the policy is as undecided as between \(text(perplexity)) equally likely tokens."
    }
    guard let accuracy = metric(.meanTokenAccuracy), let entropy = metric(.entropy) else { return nil }
    return
      "In this minibatch, before the step, the policy's favourite is the token that comes in \(percent(accuracy)) of "
      + "the cases, and its mean entropy is \(number(entropy))."
  }

  // MARK: The reward model's weights

  var weightGradient: String? {
    guard let gradient = term(.rewardGradient) else { return nil }
    let place = "the weight of \(word(gradient, at: 0))"
    if trace.value(gradient) == 0 { return "The loss does not change with \(place): derivative 0." }
    return "The loss has derivative \(text(gradient)) by \(place): "
      + (trace.value(gradient) < 0 ? "raising" : "lowering") + " it lowers the loss."
  }

  var weightStep: String? {
    guard let step = term(.rewardStep), let weight = term(.rewardWeight) else { return nil }
    let place = "The weight of \(word(step, at: 0))"
    if trace.value(step) == 0 { return "\(place) stays \(text(weight))." }
    let before = trace.value(.rewardWeight, key(weight).i, at: beat - 1) ?? 0
    return "\(place) moves \(movement(from: before, to: weight))"
      + reason(step, gradient: value(.rewardGradient, key(step).i), mean: term(.rewardMoment)) + "."
  }
}
