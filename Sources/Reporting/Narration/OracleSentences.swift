import Autodiff
import Documents
import Objectives
import Recording
import Simulation

// Exact values beside sampled ones, and what trainers log.
extension Narrator {
  var oracle: String? {
    if let sentence = teacherDistance { return sentence }
    if let reward = term(.exactReward), let kl = term(.exactKL), let objective = term(.exactObjective) {
      return exactSentence(reward: reward, kl: kl, objective: objective)
    }
    if let reward = term(.exactReward), let kl = term(.exactKL) {
      let truth = term(.trueReward).map { ", the expected true reward \(text($0))\(sinceStart($0))" } ?? ""
      return
        "Over every possible response, the expected \(outcome) is \(text(reward))\(sinceStart(reward))\(truth) and "
        + "the KL from the reference \(text(kl))."
    }
    if let value = term(.exactValue) { return exactValueSentence(value) }
    if let gain = term(.exactReturn) { return exactReturnSentence(gain) }
    if let best = term(.optimumObjective) { return optimumSentence(best) }
    if let sentence = learnedSoFar { return sentence }
    if let cosine = term(.gradientCosine) { return cosineSentence(cosine) }
    return gradientRowSentence
  }

  /// The option by which the KL is weighted: `kl_coef`, `beta`.
  private var weightName: String { trace.algorithm.option(.klWeight)?.name ?? "" }

  /// What the objective's KL is multiplied by; nil where there is none in it, and so no best policy to compare with.
  private var klWeight: Double? {
    let stage = trace.stage(ofBeat: beat)
    let distance = stage.beats.lazy.flatMap { trace.beats[$0].terms }.first { trace.quantity(of: $0) == .optimumKL }
    guard let distance, operation(distance) == .divide else { return nil }
    return operands(distance)[1].value
  }

  private var outcome: String { trace.algorithm.outcome }

  private func exactSentence(reward: Int, kl: Int, objective: Int) -> String {
    let start =
      "Over every possible response, the expected \(outcome) is \(text(reward)) and the KL from the reference \(text(kl))"
    // A weight below 0, as an adaptive one may become, has no best policy.
    let weight = klWeight ?? value(.klCoefficient) ?? 0
    let charge = weight * trace.value(kl)
    let plain = trace.value(reward) - charge
    let isPlain = (trace.value(objective) - plain).magnitude < 1e-12 * max(1, trace.value(reward).magnitude)
    if weight != 0, isPlain {
      return start + "; the objective, in which the KL costs \(weightName) times its size, is \(text(objective))."
    }
    if isPlain { return start + "; the objective is the \(outcome) alone." }
    let cost = weight == 0 ? "" : ", less \(weightName) times the KL"
    return start
      + "; the objective, the \(outcome) after the rules that learning goes by\(cost), is \(text(objective))\(uncertainty(.exactObjectiveError))."
      + (term(.exactObjectiveError) == nil ? "" : " " + samplesSentence)
  }

  /// « ± 0.004», for a value that samples have a part in; nothing where they make no difference.
  private func uncertainty(_ error: Quantity) -> String {
    term(error).flatMap { trace.value($0) == 0 ? nil : " ± \(text($0))" } ?? ""
  }

  private var samplesSentence: String {
    "The rules for <eos> and clipping are no sum over tokens, and these responses are too many to go through: "
      + "\(ExactResponses.sampleCount) sampled ones to each prompt stand for all, give or take that standard error."
  }

  private func optimumSentence(_ best: Int) -> String {
    var sentence =
      "The best policy there is for this \(weightName) would reach the objective \(text(best))\(uncertainty(.optimumObjectiveError))"
    if let reward = term(.optimumReward) { sentence += ", with expected \(outcome) \(text(reward))" }
    if let kl = term(.optimumKL) { sentence += "; the policy's KL from it is \(text(kl))" }
    return sentence + "."
  }

  /// Whether the exact gradient of the stage is nothing but what rounding has left.
  var hasNoExactGradient: Bool {
    let exact = trace.terms(of: trace.stage(ofBeat: beat)).filter { trace.quantity(of: $0) == .exactGradient }
    return !exact.isEmpty && exact.allSatisfy(isNothing)
  }

  private func cosineSentence(_ cosine: Int) -> String {
    let x = trace.value(cosine)
    guard x.isFinite else { return "The sampled or the exact gradient is 0, so they have no cosine." }
    if hasNoExactGradient {
      return "The exact gradient is 0 but for rounding, so that the cosine says nothing."
    }
    let verdict =
      switch x {
      case 0.9...: "they point almost the same way"
      case 0.5...: "they point roughly the same way"
      case (-0.1)...: "they have little of their direction in common"
      default: "they point apart"
      }
    return "The cosine between the sampled and the exact gradient is \(text(cosine)): \(verdict)."
  }

  private var gradientRowSentence: String? {
    guard let exact = largest(all(.exactGradient)) else { return nil }
    let (a, b) = (key(exact).i, key(exact).j)
    let place = capitalized(place(exact)) + ", "
    guard let sampled = value(.sampledGradient, a, b) else { return nil }
    if isNothing(exact) { return place + "nothing would change the objective." }
    let direction = trace.value(exact) > 0 ? "more" : "less"
    let start =
      place + "the exact gradient mostly wants \(word(exact, at: 1)) \(direction) often, derivative \(text(exact))"
      + ties(exact, all(.exactGradient), ("is as large", "are as large")) + "; "
    // What is left of numbers that cancel says nothing either.
    let scale = all(.sampledGradient).reduce(trace.value(exact).magnitude) { max($0, trace.value($1).magnitude) }
    if sampled.magnitude <= 1e-12 * scale { return start + "the samples say nothing on it." }
    let agrees = sampled * trace.value(exact) > 0
    return start + "the samples \(agrees ? "agree" : "disagree") (\(number(sampled)))."
  }

  var metrics: String? {
    func metric(_ metric: Metric) -> String? { self.metric(metric).map { number($0) } }
    if let sentence = judgementMetrics ?? distillationMetrics ?? groupMetrics ?? scoredMetrics { return sentence }
    if let gain = metric(.episodicReturn), let length = metric(.episodicLength) {
      return "The batch's mean sum of rewards is \(gain), in \(length) steps on average."
    }
    if let kl = metric(.objectiveKL), let scores = metric(.scores), let reward = metric(.rlhfReward) {
      return "Per response, the sampled KL is \(kl), the mean score \(scores) and the score less the KL penalty "
        + "\(reward)."
    }
    guard let clipped = terms.first(where: { key($0) == TermKey(.metric, Metric.policyClipFraction.rawValue) }),
      let kl = metric(.approxKL), let ratio = metric(.ratio)
    else {
      return exampleMetrics
    }
    // The mean of nothing.
    if ratio == number(.nan) {
      return "In a minibatch no \(trace.words.step) counted, since all were rejected for the engine that sampled them: "
        + "there is no mean ratio."
    }
    return
      "On average over the batch's updates, \(number(100 * trace.value(clipped))) % of the \(trace.words.step)s were "
      + "clipped, the mean ratio was \(ratio) and the policy had moved by an approximate KL of \(kl)."
  }

  /// Whether no token was part of a loss of this iteration.
  private var hasLearnedNothing: Bool {
    let iteration = trace.stage(ofBeat: beat).loops.iteration
    let losses = trace.stages.filter { $0.name == Stage.loss.name && $0.loops.iteration == iteration }
    return trace.algorithm.credit == .group && !losses.isEmpty
      && !losses.contains { run in trace.terms(of: run).contains { trace.quantity(of: $0) == .tokenLoss } }
  }

  /// What trainers log of groups: of the samples, and of the updates.
  private var groupMetrics: String? {
    func number(_ metric: Metric) -> String? { self.metric(metric).map { self.number($0) } }
    func percent(_ metric: Metric) -> String? { self.metric(metric).map { self.number(100 * $0) + " %" } }
    if let reward = number(.reward), let std = number(.rewardStd), let flat = percent(.zeroStdFraction) {
      var sentence =
        "The mean reward is \(reward), its standard deviation \(std); \(flat) of the responses are "
        + "in groups whose rewards are all equal"
      if let length = number(.completionMeanLength), let cut = percent(.completionClippedRatio) {
        sentence += "; their mean number of tokens is \(length), and \(cut) were cut off"
      }
      return sentence + "."
    }
    if metric(.groupPolicyLoss) != nil || metric(.kl) != nil || metric(.entropy) != nil, hasLearnedNothing {
      return "In the batch's updates no \(trace.words.step) counted, since all were left out: there are no means."
    }
    var parts: [String] = []
    if let clipped = percent(.clipRegionMean) { parts.append("the clip acted on \(clipped) of the ratios") }
    if let bounded = percent(.cispoClipRatio) {
      parts.append("\(bounded) of the weights were held at the upper bound with a positive advantage")
    }
    if let kl = number(.kl) { parts.append("the mean KL from the reference was \(kl)") }
    if let entropy = number(.entropy) { parts.append("the mean entropy was \(entropy)") }
    return parts.isEmpty || metric(.meanTokenAccuracy) != nil
      ? nil : "On average over the batch's updates, " + parts.listed + "."
  }
}
