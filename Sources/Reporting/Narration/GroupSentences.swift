import Autodiff
import Documents
import Objectives
import Recording
import Simulation

// What GRPO does between sampling and the ratio.
extension Narrator {
  var dynamicSampling: String? {
    term(.discardedReward).map {
      "Every answer of \(group($0)) earned \(text($0)): the group is sampled again."
    }
  }

  var likes: String? {
    let likes = all(.like)
    guard let first = likes.first else { return nil }
    let liked = likes.filter { trace.value($0) != 0 }.map { "\(word($0, at: 1)) (\(text($0)))" }
    return "To \(group(first)), " + (liked.isEmpty ? "no token is worth anything." : "what counts is \(liked.listed).")
  }

  var rewards: String? {
    guard let reward = term(.reward) else { return nil }
    let start = "The response \(response(key(reward).i)) earns \(text(reward))"
    guard let penalty = term(.overlongPenalty), let score = term(.score), trace.value(penalty) != 0 else {
      return start + "." + labelled
    }
    return "\(start): \(text(score)), less \(number(-trace.value(penalty))) for its length." + labelled
  }

  /// For whom a response is taken that does not answer who it seems to.
  private var labelled: String {
    guard let kind = term(.userKind), let label = term(.userLabel), trace.value(kind) != trace.value(label),
      let names = trace.glossary.valueLabels[Quantity.userKind.rawValue],
      let taken = trace.glossary.valueText(of: Quantity.userLabel.rawValue, trace.value(label)),
      names.indices.contains(Int(trace.value(kind)))
    else { return "" }
    return " Its user is \(quoted(names[Int(trace.value(kind))])), but labelled \(quoted(taken))."
  }

  var groups: String? {
    if let mean = term(.groupMean), let std = term(.groupStd) {
      if trace.computedInputs(of: mean).isEmpty {
        return
          "There is a single answer in \(group(mean)): it is compared with \(text(mean)), in units of \(text(std))."
      }
      let start = "The rewards of \(group(mean)) have mean \(text(mean))"
      return isNothing(std)
        ? "\(start) and no spread: compared with it, no answer is better than another."
        : "\(start) and standard deviation \(text(std))."
    }
    if let mean = term(.rewardMean), let std = term(.rewardStd) {
      return "All rewards have mean \(text(mean)) and standard deviation \(text(std))" + tokenWeighting(of: mean) + "."
    }
    if let std = term(.baselineStd) {
      return
        "The rewards of \(group(std)) deviate from their baseline by \(text(std)), by which its advantages are divided."
    }
    if let std = term(.batchBaselineStd) {
      return "All rewards deviate from their baselines by \(text(std)), by which the advantages are divided."
    }
    if let raised = term(.raisedWeight) {
      let verb = isNamed(raised) ? "have" : "has"
      return "Now \(group(raised)) \(verb) the weight \(text(raised)), before all weights are scaled to a mean of 1."
    }
    if let weight = term(.groupWeight) { return "The advantages of \(group(weight)) count \(text(weight)) times." }
    if let reward = term(.referenceReward) {
      return "\(isNamed(reward) ? "From" : "In") \(group(reward)), the reference would earn \(text(reward))."
    }
    return term(.runningReward).map {
      "The running mean of what \(group($0)) \(isNamed($0) ? "earn" : "earns") is \(text($0))."
    }
  }

  /// Whether a mean counts each reward as often as its response has tokens.
  private func tokenWeighting(of mean: Int) -> String {
    part(.multiply, of: mean) == nil ? "" : ", each counted as often as its response has tokens that count"
  }

  var advantage: String? {
    guard let advantage = term(.advantage), let baseline = term(.baseline) else { return nil }
    let i = key(advantage).i
    guard let reward = value(.reward, i) else { return nil }
    let direction = trace.value(advantage) > 0 ? "more" : "less"
    let verdict =
      isNothing(advantage)
      ? "it pushes none of its tokens"
      : trace.isPassedOver(i, at: beat)
        ? "it pushes nothing, since the response is left out"
        : "\(subject(i)) are to become \(direction) likely"
    let isOn = reward == trace.value(baseline) || term(.rawAdvantage).map { trace.isRoundingNoise($0) } ?? false
    let side = isOn ? "on" : reward > trace.value(baseline) ? "above" : "below"
    // An estimator that divides by the mean turns the sign round where that is negative.
    let divisor = trace.divisor(of: advantage)
    let turn = divisor < 0 ? "divided by the negative \(number(divisor)), " : ""
    return
      "The reward \(number(reward)) of \(response(i)) is \(side) its baseline \(text(baseline)); \(turn)the advantage is "
      + "\(text(advantage)): \(verdict)."
  }

  /// What of a response is learned from.
  private func subject(_ i: Int) -> String {
    let isPartial = trace.places(of: i, at: beat).contains { trace.isPassedOver(i, $0, at: beat) }
    return isPartial || (trace.maskedTokens(of: i, at: beat)?.leftOut ?? 0) > 0
      ? "those of its tokens that count" : "its tokens"
  }

  var advantageMass: String? {
    guard let up = term(.positiveMass), let down = term(.negativeMass) else { return nil }
    let (a, b) = (trace.value(up), -trace.value(down))
    let start =
      "\(isNamed(up) ? "Among" : "In") \(group(up)), advantages of \(text(up)) push up and \(number(b)) push down"
    if a + b == 0 { return start + ": the group is left alone." }
    // Sums of rounded differences from a mean.
    if (a - b).magnitude <= 1e-9 * (a + b) { return start + ", in balance." }
    if a == 0 { return start + ": whatever these users were answered becomes less likely." }
    if b == 0 { return start + ": whatever these users were answered becomes more likely." }
    return start + (a > b ? ": mostly up." : ": mostly down.")
  }

  var userGroups: String? {
    if let before = term(.groupRewardBefore), let after = term(.groupRewardAfter) {
      let (a, b) = (trace.value(before), trace.value(after))
      let change = "\(b > a ? "rises" : "falls") from \(text(before)) to \(text(after))"
      let verdict = a == b ? "stays \(text(after))" : change
      return "What \(group(before)) can expect \(verdict)."
    }
    if let worst = term(.worstGroupReward), let spread = term(.groupSpread) {
      return "The worst group can expect \(text(worst)), and the best one \(text(spread)) more."
    }
    guard let apparent = term(.labelledSpread), let spread = value(.groupSpread) else { return nil }
    let means = all(.labelledReward).map { "\(group($0)) \(text($0))" }
    return
      "By the labels one sees \(means.listed): \(text(apparent)) apart, where the kinds truly are \(number(spread)) apart."
  }

  var mask: String? {
    if let complete = term(.isComplete) {
      let response = response(key(complete).i)
      return trace.value(complete) == 1
        ? "The response \(response) ended by itself, and counts."
        : "The response \(response) was cut off, and is left out."
    }
    if let mask = term(.lossMask), let masked = trace.maskedTokens(of: key(mask).i, at: beat) {
      let response = response(key(mask).i)
      return masked.leftOut == 0
        ? "All tokens of \(response) count."
        : "\(masked.leftOut) of the \(masked.all) tokens of \(response) are left out: the mask says that they do not count."
    }
    if let mask = term(.offPolicyMask), let drift = term(.drift) {
      let way = trace.value(drift) < 0 ? "more" : "less"
      let size = isNothing(drift) ? text(drift) : number(trace.value(drift).magnitude)
      let start = "The tokens of \(response(key(mask).i)) became \(size) nats \(way) likely on average"
      return start + (trace.value(mask) == 1 ? ": they are learned from." : ": too far, they are left out.")
    }
    if let threshold = term(.entropyThreshold) {
      return "Tokens are learned from where the entropy is at least \(text(threshold))."
    }
    guard let mask = term(.entropyMask) else { return nil }
    let token = capitalized(token(key(mask).i, key(mask).j))
    return trace.value(mask) == 1
      ? "\(token): the policy was undecided enough to learn from it."
      : "\(token): the policy was too sure, and it is left out."
  }

  /// `group 2`, or the name of a kind of users.
  private func group(_ term: Int) -> String {
    let name = trace.glossary.indexTexts(key(term))[0]
    guard isNamed(term) else { return "group \(name)" }
    let isTrue = [Quantity.like, .groupRewardBefore, .groupRewardAfter].contains { $0 == trace.quantity(of: term) }
    return isTrue || !trace.isRecorded(.userLabel) ? "\(quoted(name)) users" : "users labelled \(quoted(name))"
  }

  private func isNamed(_ term: Int) -> Bool { Int(trace.glossary.indexTexts(key(term))[0]) == nil }
}
