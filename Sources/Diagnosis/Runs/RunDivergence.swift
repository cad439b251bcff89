import Documents

extension RunPuzzle {
  /// A NaN or an infinity spoils everything that is computed from it.
  static let notFinite = RunPuzzle("not-finite", needs: []) { run in
    let first = [RunMetric.loss, .gradNorm, .policyLoss, .valueLoss, .kl, .entropy, .reward].compactMap { metric in
      run[metric].flatMap { curve in
        curve.notFinite.first.flatMap { isTrouble(metric, curve, run) ? (metric, curve, $0) : nil }
      }
    }.min { $0.2.step < $1.2.step }
    guard let (metric, curve, odd) = first else { return nil }
    var evidence = [RunEvidence(curve.name, step: odd.step, odd.value)]
    for other in [RunMetric.gradNorm, .loss, .kl] {
      guard let curve = run[other], let i = curve.steps.lastIndex(where: { $0 < odd.step }) else { continue }
      evidence.append(RunEvidence(curve.name, step: curve.steps[i], curve.values[i]))
    }
    let before = curve.steps.last { $0 < odd.step } ?? odd.step
    let isOver = !run.hasLostWeights(to: curve)
    return RunFinding(
      name: "not-finite", verdict: .bug,
      title: "\(metric.title.capitalizedFirst) is \(NumberText.short(odd.value)) at step \(odd.step)"
        + RunFinding.others(curve.notFinite.count, "steps"),
      explanation: isOver
        ? "Whatever is computed from it is NaN as well. Later values are finite, so that the weights were spared: the update "
          + "was left out, or the number was not part of it."
        : "Whatever is computed from it is NaN as well, the weights after the next update among them, and no value of it has "
          + "been finite since.",
      evidence: evidence, step: before,
      advice: remedy(metric).advice, topic: remedy(metric).topic)
  }

  /// What to do about a metric that is no number.
  private static func remedy(_ metric: RunMetric) -> (advice: String, topic: Topic) {
    switch metric {
    case .reward:
      (
        "Look at what the reward functions return: None or NaN for an answer, or the mean of no answer at all.",
        .advantage
      )
    default:
      (
        "Open the step before, and look for an exponential of a large number, a division by 0 or a logarithm of 0; go on "
          + "from a checkpoint before it, with a lower learning rate or a clamp.", .ratio
      )
    }
  }

  /// Whether a curve's values that are not finite are a trouble.
  ///
  /// In half precision a loss scaler tries how large a scale gradients bear: those that overflow now and then are thrown away.
  /// A reward may be missing where there was nothing to reward. Neither stays so. Runs of `gradus train` scale no loss.
  private static func isTrouble(_ metric: RunMetric, _ curve: RunCurve, _ run: RunExamination) -> Bool {
    let all = curve.notFinite.count + curve.count
    switch metric {
    case .loss: return true
    case .gradNorm:
      if run.record.algorithm != nil { return true }
      let isOften =
        all >= RunThresholds.scalerSteps
        && Double(curve.notFinite.count) > RunThresholds.scalerShare * Double(all)
      return isOften || curve.count > 0 && curve.notFiniteAtEnd >= RunThresholds.scalerRow
    // A column that never held a number says that it does not apply.
    case .reward: return curve.count > 0 && curve.notFiniteAtEnd >= RunThresholds.fewest
    default: return curve.count > 0
    }
  }

  /// A loss that rises far above its first value, or gradients that become far longer than they were.
  static let diverged = RunPuzzle("diverged", needs: [[.loss], [.gradNorm]]) { run in
    supervisedDivergence(run) ?? lossUndone(run) ?? gradientGrowth(run)
  }

  /// A loss that fell and has climbed back by half of that, or more.
  private static func lossUndone(_ run: RunExamination) -> RunFinding? {
    guard !run.isRewarded, let loss = run.curve(.loss, atLeast: 2 * RunThresholds.fewest),
      let rise = loss.negated.fall(by: RunThresholds.collapseSigmas, isOfSteps: true),
      rise.lost >= RunThresholds.rewardLost, let best = loss.trough
    else { return nil }
    let tail = loss.tail
    guard tail.median - best.median > RunThresholds.lossMoved * best.median.magnitude else { return nil }
    let step = loss.onset(above: (best.median + tail.median) / 2, after: best.last) ?? tail.first
    return RunFinding(
      name: "diverged", verdict: .caution,
      title: "The loss fell to \(NumberText.short(best.median)) and has climbed to \(NumberText.short(tail.median))",
      explanation:
        "What training lowers rises for long only if steps overshoot, or if what it is measured on has changed.",
      inference:
        "a learning rate that is too high is the commonest cause; data in blocks of unlike difficulty looks the same",
      evidence: [RunEvidence(loss, loss.head), RunEvidence(loss, best), RunEvidence(loss, tail)] + rate(run, at: step),
      step: step,
      advice:
        "Take the checkpoint nearest to step \(best.last), and go on with a lower learning rate; shuffle the data if it is in blocks.",
      topic: .averaging)
  }

  private static func supervisedDivergence(_ run: RunExamination) -> RunFinding? {
    guard !run.isRewarded, let loss = run.curve(.loss, atLeast: RunThresholds.fewest), let peak = loss.peak,
      let start = loss.values.first, start > 0
    else { return nil }
    // What the run began with is one value: a rate that is far too high has spoilt the second already.
    guard peak.median > RunThresholds.lossAboveBest * start, peak.median - start > RunThresholds.sigmas * loss.noise
    else {
      return nil
    }
    let tail = loss.tail
    let recovered = tail.median < start
    let step = loss.onset(above: RunThresholds.lossAboveBest * start) ?? peak.first
    return RunFinding(
      name: "diverged", verdict: .bug,
      title: "The loss rose from \(NumberText.short(start)) to \(NumberText.short(peak.median))"
        + (recovered ? ", and took until the end to come back" : ""),
      explanation: "A loss that training lowers ends above where it began only if steps overshoot: each makes the next "
        + "gradient worse.",
      inference: "a learning rate that is too high is by far the commonest cause",
      evidence: [RunEvidence(loss.name, step: loss.steps[0], start), RunEvidence(loss, peak), RunEvidence(loss, tail)]
        + rate(run, at: step),
      step: step,
      advice:
        "Lower the learning rate three to ten times, warm it up over the first steps, and clip the gradient's norm.",
      topic: .averaging)
  }

  private static func gradientGrowth(_ run: RunExamination) -> RunFinding? {
    guard let norm = run.curve(.gradNorm, atLeast: 2 * RunThresholds.fewest) else { return nil }
    let (head, tail) = (norm.head, norm.tail)
    guard head.median > 0, tail.median > RunThresholds.gradientGrowth * head.median,
      norm.rises(by: RunThresholds.sigmas)
    else { return nil }
    // Where the loss falls all the same, a steeper place is no trouble.
    if !run.isRewarded, let loss = run[.loss], loss.count > 0, loss.tail.median <= loss.head.median { return nil }
    let step = norm.onset(above: RunThresholds.gradientGrowth * head.median) ?? tail.first
    let cause = run.cause(before: step)
    return RunFinding(
      name: "diverged", verdict: .caution,
      title:
        "Gradients are \(NumberText.short(tail.median / head.median, digits: 2)) times as long as at the beginning",
      explanation: "Clipping bounds the step, but its direction is now that of the few samples whose terms have grown.",
      inference: cause?.asCause,
      evidence: [RunEvidence(norm, head), RunEvidence(norm, tail)] + rate(run, at: tail.first),
      step: step,
      advice: cause?.adviceOfCause
        ?? "Open the step and see which terms carry the loss; lower the learning rate, or clamp the log-ratio.",
      topic: .ratio)
  }

  /// One value far from its neighbours.
  static let lossSpike = RunPuzzle("loss-spike", needs: [[.loss]]) { run in
    guard !run.isRewarded, let loss = run.curve(.loss, atLeast: 2 * RunThresholds.fewest) else { return nil }
    let half = loss.width
    let places = loss.values.indices.dropFirst(half).dropLast(half)
    let spikes = places.filter { i in
      let neighbours = loss.values[(i - half)..<i] + loss.values[(i + 1)...(i + half)]
      let around = RunCurve.median(neighbours[...])
      let highest = neighbours.reduce(around) { max($0, $1) }
      return around > 0 && loss.values[i] > RunThresholds.spike * around
        && loss.values[i] > RunThresholds.spikeAboveNext * highest
        && loss.values[i] - around > 2 * RunThresholds.sigmas * loss.noise
    }
    guard let worst = spikes.max(by: { loss.values[$0] < loss.values[$1] }) else { return nil }
    let before = loss.window((worst - half)..<worst)
    return RunFinding(
      name: "loss-spike", verdict: .caution,
      title: "The loss jumps to \(NumberText.short(loss.values[worst])) at step \(loss.steps[worst])"
        + RunFinding.others(spikes.count, "steps"),
      explanation:
        "The steps around it have a loss of \(NumberText.short(before.median)): one batch is unlike the others, or the "
        + "step before it overshot.",
      evidence: [RunEvidence(loss, before), RunEvidence(loss.name, step: loss.steps[worst], loss.values[worst])],
      step: loss.steps[worst],
      advice: "Look at the batch of that step: an example that is too long, empty or in another language.",
      topic: .averaging)
  }

  /// Single gradients far longer than those before them.
  static let gradientSpike = RunPuzzle("gradient-spike", needs: [[.gradNorm]]) { run in
    guard let norm = run.curve(.gradNorm, atLeast: 2 * RunThresholds.fewest) else { return nil }
    // Where nothing could be learned the gradient is 0.
    let usual = RunCurve.quantile(0.9, of: norm.values.filter { $0 > 0 })
    let spikes = norm.values.indices.filter { i in
      let before = norm.values[max(0, i - 25)..<i].filter { $0 > 0 }
      return before.count >= RunThresholds.fewest
        && norm.values[i] > RunThresholds.gradientSpike * RunCurve.median(before[...])
        && norm.values[i] > RunThresholds.gradientSpikeAboveUsual * usual
    }
    guard let worst = spikes.max(by: { norm.values[$0] < norm.values[$1] }),
      Double(spikes.count) <= max(1, RunThresholds.gradientSpikeShare * Double(norm.count))
    else { return nil }
    let (step, width) = (norm.steps[worst], norm.width)
    let before = norm.window(max(0, worst - width)..<worst)
    return RunFinding(
      name: "gradient-spike", verdict: .caution,
      title: "The gradient's norm jumps to \(NumberText.short(norm.values[worst])) at step \(step)"
        + RunFinding.others(spikes.count, "steps"),
      explanation: """
        Nine in ten steps have \(NumberText.short(usual)) at most. A gradient that long is made by a few tokens or by one example. \
        Clipping bounds its length, but the step then goes where these point; without it, Adam's steps are short for long after.
        """,
      evidence: [RunEvidence(norm, before), RunEvidence(norm.name, step: step, norm.values[worst])]
        + [run.isRewarded ? run[.reward] : run[.loss]].compactMap { $0 }.flatMap { around(step, $0) },
      step: step,
      advice:
        "Open that step and see which terms carry the loss: a ratio or a KL whose exponential is large, an example that is empty, "
        + "cut off or in another format. Clip the gradient's norm, or leave out steps whose norm is too large.",
      topic: run.isRewarded ? .ratio : .averaging)
  }

  /// The level of a curve before a step and after it.
  private static func around(_ step: Int, _ curve: RunCurve) -> [RunEvidence] {
    let at = curve.steps.firstIndex { $0 >= step } ?? curve.count
    let (before, after) = (
      max(0, at - curve.width)..<at, min(curve.count, at + 1)..<min(curve.count, at + 1 + curve.width)
    )
    return [before, after].filter { !$0.isEmpty }.map { RunEvidence(curve, curve.window($0)) }
  }

  /// Gradients that are 0 from the first step to the last, or from some step on; where rewards leave no advantage they must be.
  static let zeroGradient = RunPuzzle("zero-gradient", needs: [[.gradNorm]]) { run in
    guard let norm = run.curve(.gradNorm, always: 0...0) else { return zeroSince(run) }
    // A run of single prompts may have three steps without a gradient in a row; examples that are given always have one.
    guard norm.count >= RunThresholds.fewest || run.isSupervised || run.constant(.reward) != nil else { return nil }
    if run.hasNoAdvantage { return nil }
    let agreement = run.curve(.teacherKL, always: 0...0)
    return RunFinding(
      name: "zero-gradient", verdict: .bug, title: "The gradient's norm is 0 at all \(norm.count) logged steps",
      explanation: "No step learns anything, whatever the learning rate and the reward."
        + (agreement == nil ? "" : " The teacher gives every token exactly what the student gives it."),
      inference: agreement == nil ? nil : "the teacher is the model that is trained, or a copy of it",
      evidence: [RunEvidence(norm, norm.head), RunEvidence(norm, norm.tail)]
        + run.latest(.loss, .teacherKL, .deadGroups, .rewardSpread),
      step: norm.steps[0],
      advice: agreement != nil
        ? "Give a teacher that knows more than the student, or one that sees the solution (teacher_model_kind)."
        : "See which parameters learn (requires_grad, an adapter that is off, a graph that was detached), and whether a "
          + "mask or an advantage of 0 leaves the loss without any token.", topic: .averaging)
  }

  /// Gradients that were not 0 and are so at all the latest steps, more of them than there would be by chance.
  private static func zeroSince(_ run: RunExamination) -> RunFinding? {
    guard let norm = run.curve(.gradNorm, atLeast: 2 * RunThresholds.fewest),
      let last = norm.values.lastIndex(where: { $0 != 0 })
    else { return nil }
    let zeros = norm.count - 1 - last
    // Where a group alone is learned from, a step without a gradient is nothing special: how often they were before says it.
    let usual = Double(norm.values[...last].count { $0 == 0 } + 1) / Double(last + 3)
    var chance = Double(norm.count)
    for _ in 0..<zeros { chance *= usual }
    guard zeros >= RunThresholds.fewest, chance < RunThresholds.zerosByChance else { return nil }
    let before = norm.window(max(0, last + 1 - norm.width)..<last + 1)
    let since = norm.steps[last + 1]
    return RunFinding(
      name: "zero-gradient", verdict: .caution,
      title: "The gradient's norm has been 0 since step \(since)",
      explanation:
        "The \(zeros) logged steps since then taught nothing: whatever the loss depends on was gone at once, or "
        + "is the same for all that it compares.",
      inference: run.isSupervised
        ? nil : "all answers to a prompt that earn the same leave no advantage, whether all are right or all are wrong",
      evidence: [RunEvidence(norm, before), RunEvidence(norm, norm.tail)]
        + run.latest(.loss, .reward, .deadGroups, .rewardSpread),
      step: since,
      advice:
        "Compare that step with the one before it: "
        + (run.isSupervised
          ? "the mask, what the loss leaves out, and whether the parameters are still trained."
          : "the rewards of the answers to one prompt, the mask, and what the loss leaves out. If everything is solved, stop, or "
            + "take harder prompts."),
      topic: .averaging)
  }

  /// The learning rate at a step, as a piece of evidence, if it is known.
  static func rate(_ run: RunExamination, at step: Int) -> [RunEvidence] {
    guard let rate = run[.learningRate], let i = rate.steps.lastIndex(where: { $0 <= step }) else { return [] }
    return [RunEvidence(rate.name, step: rate.steps[i], rate.values[i])]
  }
}

extension RunExamination {
  /// What was wrong by some step, where it may well have done what was seen there: better than a guess at the cause.
  func cause(before step: Int) -> RunFinding? {
    lostWeights(before: step)
      ?? [RunPuzzle.resumeJump, .samplerDrift, .zeroRate].compactMap { $0.find(self) }.first { $0.step <= step }
  }

  /// Weights that became NaN by some step, of which everything after it is made.
  func lostWeights(before step: Int) -> RunFinding? {
    let isLost = [RunMetric.loss, .gradNorm, .policyLoss].contains { self[$0].map { hasLostWeights(to: $0) } ?? false }
    guard isLost, let lost = RunPuzzle.notFinite.find(self), lost.step <= step else { return nil }
    return lost
  }

  /// Whether a curve that is computed from the weights has no number at the end.
  fileprivate func hasLostWeights(to curve: RunCurve) -> Bool { curve.notFiniteAtEnd > 0 }

  /// Whether no step had an advantage, as other findings tell, so that nothing but a critic could have a gradient.
  fileprivate var hasNoAdvantage: Bool {
    self[.valueLoss] == nil && (onlyReward != nil || curve(.deadGroups, always: 1...1) != nil)
  }

  /// The reward's curve, if all answers earn the same at all steps.
  var onlyReward: RunCurve? {
    if let spread = curve(.rewardSpread, atLeast: 1), spread.tail.median > 0 { return nil }
    return constant(.reward)
  }
}

extension RunFinding {
  /// Itself as the likely cause of another finding.
  var asCause: String { "\(name) begins before that, at step \(step), and may well have done this" }
  var adviceOfCause: String {
    "Do first what \(name) says; go back to a checkpoint of before step \(step), if there is one."
  }
}

extension RunCurve {
  /// The first step of the first window whose median lies above a value.
  func onset(above level: Double) -> Int? { onset { $0 > level } }
  func onset(below level: Double) -> Int? { onset { $0 < level } }
  /// The same behind a step.
  func onset(above level: Double, after step: Int) -> Int? {
    windows.first { $0.first >= step && $0.median > level }?.first
  }
  /// The first step of the first window whose median is of some kind.
  func onset(where isMeant: (Double) -> Bool) -> Int? { windows.first { isMeant($0.median) }?.first }
}

extension String {
  /// The same as the beginning of a sentence.
  var capitalizedFirst: String {
    guard let first = utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return self }
    return String(decoding: [first - 32] + utf8.dropFirst(), as: UTF8.self)
  }
}

extension NumberText {
  /// A share as whole percents.
  static func percent(_ share: Double) -> String { fixed(100 * share, decimals: 0) + " %" }
}
