import Documents

extension RunPuzzle {
  /// A reward that fell from what it had been.
  static let rewardCollapse = RunPuzzle("reward-collapse", needs: [[.reward], [.evalReward]]) { run in
    let ofSteps = run.curve(.reward, atLeast: 2 * RunThresholds.fewest)
    let curves = run.evaluations.map { ($0, false) } + [ofSteps].compactMap { $0 }.map { ($0, true) }
    for (curve, isOfSteps) in curves {
      // A few evaluations that differ by chance alone may well go down one after the other: then the steps have to as well.
      if !isOfSteps, curve.count < RunThresholds.sureEvaluations, let ofSteps, !ofSteps.hasFallen { continue }
      guard let fall = curve.fall(by: RunThresholds.collapseSigmas, isOfSteps: isOfSteps),
        fall.lost >= RunThresholds.rewardLost
      else { continue }
      // What falls while the reward that is learned from rises was not lost by an update: that is another finding.
      if !isOfSteps, rewardHacking.find(run) != nil { continue }
      let step =
        curve.onset(below: (fall.best.median + curve.tail.median) / 2, after: fall.best.last) ?? curve.tail.first
      let cause = run.cause(before: step)
      // A total may fall by design, as where a penalty grows; the score on held-out prompts decides where there is one.
      return RunFinding(
        name: "reward-collapse", verdict: .bug,
        title:
          "\(curve.name) fell from \(NumberText.short(fall.best.median)) to \(NumberText.short(curve.tail.median))",
        explanation:
          "The policy was better at \(RunEvidence(curve, fall.best).place) than it is now: training took away what it "
          + "had.",
        inference: cause?.asCause
          ?? "updates that are too large, a learning rate that is too high or a reward with the wrong sign do this",
        evidence: [RunEvidence(curve, fall.best), RunEvidence(curve, curve.tail)] + rate(run, at: curve.tail.first)
          + entropies(run),
        step: step,
        advice: cause?.adviceOfCause
          ?? "Go back to a checkpoint before that, with a lower learning rate or a larger penalty; look at the step's answers and rewards.",
        topic: .advantage)
    }
    return nil
  }

  /// A reward that rises while what it stands for falls.
  static let rewardHacking = RunPuzzle(
    "reward-hacking", needs: [[.reward, .judged], [.evalReward, .judged], [.reward, .evalReward]]
  ) { run in
    let rising = [
      run.curve(.evalReward, atLeast: RunThresholds.fewestEvaluations),
      run.curve(.reward, atLeast: RunThresholds.fewest),
    ]
    .compactMap { $0 }.first { curve in
      // What was higher and has collapsed may still lie above its first value.
      let fall = curve.fall(by: RunThresholds.collapseSigmas, isOfSteps: true)
      return (curve.rises(by: RunThresholds.sigmas) || curve.climbs) && (fall?.lost ?? 0) < RunThresholds.rewardLost
    }
    guard let reward = rising else { return nil }
    if let judged = run.curve(.judged, atLeast: RunThresholds.fewestEvaluations), let fall = judged.fall(),
      fall.lost >= RunThresholds.judgedLost
    {
      return hacking(run, reward, judged, fall.best, by: "The judge sees")
    }
    for held in run.evaluations where held.name != reward.name {
      guard let fall = held.fall(), fall.lost >= RunThresholds.judgedLost else { continue }
      return hacking(run, reward, held, fall.best, by: "Held-out prompts see")
    }
    return nil
  }

  private static func hacking(
    _ run: RunExamination, _ reward: RunCurve, _ judged: RunCurve, _ best: RunCurve.Window, by whom: String
  )
    -> RunFinding
  {
    RunFinding(
      name: "reward-hacking", verdict: .bug,
      title: "\(reward.name) rises while \(judged.name) falls",
      explanation:
        "\(whom) the policy get worse by what the reward pays for: it has found answers that the reward overrates.",
      evidence: [
        RunEvidence(reward, reward.head), RunEvidence(reward, reward.tail), RunEvidence(judged, best),
        RunEvidence(judged, judged.tail),
      ] + run.latest(.kl),
      step: judged.onset(below: (best.median + judged.tail.median) / 2, after: best.last) ?? judged.tail.last,
      advice:
        "Read the answers of the step with the highest rewards; stop at the judged score's best, or raise the KL's coefficient, and "
        + "mend the reward where it overrates.", topic: .kl)
  }

  /// One of several rewards that falls, or is soon gone, while their sum rises.
  static let rewardSplit = RunPuzzle("reward-split", needs: [[.reward]]) { run in
    let parts = run.components.filter { $0.count >= RunThresholds.fewest }
    guard parts.count > 1, let reward = run.curve(.reward, atLeast: RunThresholds.fewest),
      reward.rises(by: RunThresholds.sigmas) || reward.climbs || reward.tail.median > reward.beginning.median
    else { return nil }
    let isSure = reward.rises(by: RunThresholds.sigmas) || reward.climbs
    let falling = parts.compactMap { part in
      (part.vanishing ?? (isSure ? part.fall(by: RunThresholds.splitSigmas, isOfSteps: true) : nil)).map { (part, $0) }
    }.filter { $0.1.lost >= RunThresholds.rewardLost }
    guard let (part, fall) = falling.max(by: { $0.1.lost < $1.1.lost }) else { return nil }
    let rising = parts.first { $0.name != part.name && $0.rises(by: 0) }
    return RunFinding(
      name: "reward-split", verdict: .caution, title: "\(reward.name) rises while \(part.name) falls",
      explanation: "The sum rises although one of its parts falls from \(NumberText.short(fall.best.median)) to "
        + "\(NumberText.short(part.tail.median)): it counts less than another, or with the wrong sign.",
      evidence: [
        RunEvidence(reward, reward.head), RunEvidence(reward, reward.tail), RunEvidence(part, fall.best),
        RunEvidence(part, part.tail),
      ]
        + (rising.map { [RunEvidence($0, $0.tail)] } ?? []),
      step: part.onset(below: (fall.best.median + part.tail.median) / 2, after: fall.best.last) ?? part.tail.last,
      advice: "Look at the weights of the rewards and their signs, or normalise each before they are added (GDPO).",
      topic: .advantage)
  }

  /// Scores of a reward model whose zero has gone elsewhere.
  static let driftingScores = RunPuzzle("drifting-scores", needs: [[.meanScore, .accuracy]]) { run in
    guard !run.isRewarded, let scores = run.curve(.meanScore, atLeast: RunThresholds.fewest),
      scores.tail.median.magnitude > RunThresholds.scoresFar,
      scores.tail.median.magnitude > 2 * scores.head.median.magnitude
    else { return nil }
    return RunFinding(
      name: "drifting-scores", verdict: .caution,
      title:
        "The mean score went from \(NumberText.short(scores.head.median)) to \(NumberText.short(scores.tail.median))",
      explanation:
        "The loss knows differences of scores alone: adding 100 to all of them changes nothing. A policy that learns from such a "
        + "model has returns of that size, and its critic must find them first.",
      evidence: [RunEvidence(scores, scores.head), RunEvidence(scores, scores.tail)]
        + run.latest(.margin, .accuracy),
      step: scores.windows.first { $0.median.magnitude > RunThresholds.scoresFar }?.first ?? scores.tail.first,
      advice: "Set center_rewards_coefficient to about 0.01, or subtract the mean score before the policy learns.",
      topic: .rewardModel)
  }

  /// A reward that is the same for all answers at all steps, or a part of it that is never earned.
  static let constantReward = RunPuzzle("constant-reward", needs: [[.reward]]) { run in
    guard run.constant(.reward) != nil else { return unearnedPart(run) }
    guard let reward = run.onlyReward, let first = reward.values.first else { return nil }
    let spread = run.curve(.rewardSpread, atLeast: 1)
    return RunFinding(
      name: "constant-reward", verdict: .bug, title: "The reward is \(NumberText.short(first)) at every step",
      explanation:
        "All answers earn the same, so that no advantage is left and nothing is learned, however long it runs.",
      inference: first == 0
        ? "the reward is never earned: what it looks for is not in the answers, or is not parsed" : nil,
      evidence: [RunEvidence(reward, reward.head), RunEvidence(reward, reward.tail)]
        + (spread.map { [RunEvidence($0, $0.tail)] } ?? []),
      step: reward.steps[0],
      advice:
        "Print some answers with their rewards; give part of the reward for part of the way, or take easier prompts.",
      topic: .advantage)
  }

  /// One of several reward functions that gives 0 to every answer, while the others are learned from.
  private static func unearnedPart(_ run: RunExamination) -> RunFinding? {
    guard let reward = run[.reward], run.components.count > 1 else { return nil }
    let part = run.components.first { part in
      let spread = RunCurve(String(part.name.dropLast("mean".count)) + "std", in: run.record.rows)
      // A penalty that nobody has to pay is 0, too, and as it should be.
      let isPenalty = ["penal", "punish", "overlong"].contains { part.name.lowercased().has($0) }
      return part.count >= RunThresholds.fewestUnearned && !isPenalty
        && part.values.allSatisfy { $0 == 0 } && spread.values.allSatisfy { $0 == 0 }
    }
    guard let part else { return nil }
    return RunFinding(
      name: "constant-reward", verdict: .caution, title: "\(part.name) is 0 at every step",
      explanation:
        "Of the rewards that are added up, this one has never been earned: what is learned comes from the others alone.",
      inference:
        "what it looks for is not in the answers, is not parsed, or is too hard to be found by chance; a penalty that no answer "
        + "has to pay looks the same",
      evidence: [RunEvidence(part, part.head), RunEvidence(part, part.tail), RunEvidence(reward, reward.head)]
        + [RunEvidence(reward, reward.tail)],
      step: part.steps[0],
      advice:
        "Give the function some right answers and see what it returns; then print some of the policy's with their rewards.",
      topic: .advantage)
  }

  /// A reward that varies but does not rise.
  static let flatReward = RunPuzzle("flat-reward", needs: [[.reward]]) { run in
    // Rewards take their time to rise: a share of the run, or many values where nothing says how long it will be.
    let fewest = run.record.total == nil ? RunThresholds.fewestOfUnknownRun : 4 * RunThresholds.fewest
    guard let reward = run.curve(.reward, atLeast: fewest), run.isLate else { return nil }
    if reward.values.allSatisfy({ $0 == reward.values[0] }) { return nil }
    guard !reward.hasRisen,
      reward.fall(by: RunThresholds.collapseSigmas, isOfSteps: true).map({ $0.lost < RunThresholds.rewardLost }) ?? true
    else { return nil }
    if let held = run.curve(.evalReward, atLeast: RunThresholds.fewestEvaluations),
      held.climbs || held.fall(by: RunThresholds.collapseSigmas) != nil
    {
      return nil
    }
    let cause = run.cause(before: reward.tail.last)
    if reward.swings, let peak = reward.peak, let trough = reward.trough {
      return swinging(run, reward, from: trough, to: peak, cause)
    }
    return RunFinding(
      name: "flat-reward", verdict: .caution,
      title:
        "The reward does not rise: \(NumberText.short(reward.thirds.first.median)) at the beginning, \(NumberText.short(reward.thirds.last.median)) now",
      explanation: reward.hasFallen
        ? "It has fallen since, though not from so high that it would have collapsed."
        : "Over \(reward.count) values it moves by less than their noise, \(NumberText.short(reward.noise)) from one to the next.",
      inference: cause?.asCause
        ?? "a reward without relation to the answer, a learning rate that is too low or a penalty that holds the policy fast all look so",
      evidence: [RunEvidence(reward, reward.thirds.first), RunEvidence(reward, reward.thirds.last)]
        + rate(run, at: reward.tail.last)
        + heldOut(run) + distances(run),
      step: reward.tail.last,
      advice: cause?.adviceOfCause
        ?? "See in a step whether better answers get higher rewards; if so, raise the learning rate, or lower the KL's coefficient.",
      topic: .advantage)
  }

  /// A reward that rises and falls again.
  private static func swinging(
    _ run: RunExamination, _ reward: RunCurve, from trough: RunCurve.Window, to peak: RunCurve.Window,
    _ cause: RunFinding?
  ) -> RunFinding {
    func shown(_ window: RunCurve.Window) -> String { NumberText.short(window.median) }
    return RunFinding(
      name: "flat-reward", verdict: .caution,
      title: "The reward goes up and down: \(shown(trough)) to \(shown(peak)), and is \(shown(reward.tail)) now",
      explanation: "Over the whole run it does not rise.",
      inference: cause?.asCause
        ?? "updates that are too large, or prompts that come in blocks of unlike difficulty, make it swing so",
      evidence: [reward.head, trough, peak, reward.tail].map { RunEvidence(reward, $0) }
        + rate(run, at: reward.tail.last) + heldOut(run) + distances(run),
      step: peak.last,
      advice: cause?.adviceOfCause
        ?? "See in a step behind the peak what was pushed; if the KL or the gradient's norm jumps there, lower the learning rate.",
      topic: .advantage)
  }

  /// Groups whose answers all earn the same.
  static let deadGroups = RunPuzzle("dead-groups", needs: [[.deadGroups]]) { run in
    guard
      let dead = run.curve(.deadGroups, atLeast: RunThresholds.fewest)
        ?? run.curve(.deadGroups, always: RunThresholds.nearlyAll...2),
      dead.tail.median >= RunThresholds.deadGroups
    else { return nil }
    let reward = run.curve(.reward, atLeast: 1)
    let step = dead.onset(above: RunThresholds.deadGroups - 1e-9) ?? dead.tail.first
    let lost = run.lostWeights(before: step)
    return RunFinding(
      name: "dead-groups", verdict: .caution,
      title: "\(NumberText.percent(dead.tail.median)) of the groups teach nothing"
        + (dead.head.median < RunThresholds.deadGroups
          ? ", \(NumberText.percent(dead.head.median)) at the beginning" : ""),
      explanation:
        "Where all answers to a prompt earn the same, their advantages are 0: these prompts are computed for nothing.",
      inference: lost?.asCause,
      evidence: [RunEvidence(dead, dead.head), RunEvidence(dead, dead.tail)]
        + (reward.map { [RunEvidence($0, $0.tail)] } ?? []),
      step: step,
      advice: lost?.adviceOfCause
        ?? "Sample harder or easier prompts, more answers to each, or at a higher temperature; dynamic sampling leaves such groups out.",
      topic: .advantage)
  }

  private static func entropies(_ run: RunExamination) -> [RunEvidence] {
    guard let entropy = run[.entropy], entropy.count > 1 else { return [] }
    return [RunEvidence(entropy, entropy.head), RunEvidence(entropy, entropy.tail)]
  }

  private static func heldOut(_ run: RunExamination) -> [RunEvidence] {
    guard let held = run[.evalReward], held.count > 1 else { return [] }
    return [RunEvidence(held.name, step: held.steps[0], held.values[0]), RunEvidence(held, held.tail)]
  }

  private static func distances(_ run: RunExamination) -> [RunEvidence] {
    run.latest(.kl, .klCoefficient)
  }
}

extension RunCurve {
  /// How far the latest values lie below the best ones, as a share of the curve's range; nil where that may be chance.
  ///
  /// - Parameters:
  ///   - sigmas: By how many standard errors; more for a curve of many values, whose best window is the best by chance.
  ///   - isOfSteps: Whether the values are of steps one after the other, which stray together; evaluations are far apart.
  func fall(by sigmas: Double = RunThresholds.sigmas, isOfSteps: Bool = false) -> (best: Window, lost: Double)? {
    guard count >= 3 else { return nil }
    func error(of count: Int) -> Double { isOfSteps ? errorOfRun(of: count) : self.error(of: count) }
    // What a run began with may be gone after a step or two: the first values count as a window of their own.
    let early = width == 1 ? 1 : 2
    let beginning = window(0..<min(count, early))
    let all = windows
    guard let highest = all.max(by: { $0.median < $1.median }) else { return nil }
    let isEarly = beginning.median - highest.median > sigmas / 2 * (error(of: early) + error(of: width))
    let best = isEarly ? beginning : highest
    let lowest = all.reduce(tail.median) { min($0, $1.median) }
    let range = best.median - lowest
    guard range > 0, best.last < tail.first else { return nil }
    let (first, last) = (error(of: isEarly ? early : width), error(of: width))
    guard best.median - tail.median > sigmas * (first * first + last * last).squareRoot() else { return nil }
    return (best, (best.median - tail.median) / range)
  }

  /// The first four values.
  var beginning: Window { window(0..<min(4, count)) }

  /// How far the curve fell at once and for good: three of its first four values lie above three quarters of those of the
  /// last third, which are mostly next to nothing. A window of a tenth of a curve would hardly see where it began.
  var vanishing: (best: Window, lost: Double)? {
    guard count >= 4 * RunThresholds.fewest, beginning.median > 0 else { return nil }
    let (early, late) = (values.prefix(4).sorted(), values.suffix(count / 3).sorted())
    guard early[1] > late[3 * late.count / 4], thirds.last.median <= RunThresholds.partLeft * beginning.median else {
      return nil
    }
    return (beginning, 1 - thirds.last.median / beginning.median)
  }

  /// The first and the last third, by their medians.
  var thirds: (first: Window, last: Window) {
    let third = max(1, count / 3)
    return (window(0..<third), window((count - third)..<count))
  }

  /// Whether the last third lies above the first by more than chance.
  var hasRisen: Bool {
    thirds.last.median - thirds.first.median > RunThresholds.risenSigmas * 1.4142 * error(of: max(1, count / 3))
  }

  /// Whether the last third lies below the first by more than chance.
  var hasFallen: Bool {
    thirds.first.median - thirds.last.median > RunThresholds.risenSigmas * 1.4142 * error(of: max(1, count / 3))
  }

  /// Whether evaluations end above where they began: there are few of them, with little noise.
  var climbs: Bool {
    count >= 3 && thirds.last.median - values[0] > RunThresholds.risenSigmas * noise && thirds.last.median > values[0]
  }

  func onset(below level: Double, after step: Int) -> Int? {
    windows.first { $0.first >= step && $0.median < level }?.first
  }
}

extension String {
  /// Whether another text is part of it; the standard library's own search is not in Embedded Swift.
  fileprivate func has(_ part: String) -> Bool {
    var rest = utf8[...]
    while rest.count >= part.utf8.count {
      if rest.starts(with: part.utf8) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
