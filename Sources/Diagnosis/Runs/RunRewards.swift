import Documents

extension RunPuzzle {
  /// A reward that fell from what it had been.
  static let rewardCollapse = RunPuzzle("reward-collapse", needs: [[.reward], [.evalReward]]) { run in
    let curves = [
      run.curve(.evalReward, atLeast: RunThresholds.fewestEvaluations),
      run.curve(.reward, atLeast: RunThresholds.fewest),
    ]
    for curve in curves.compactMap({ $0 }) {
      guard let fall = curve.fall(by: RunThresholds.collapseSigmas), fall.lost >= RunThresholds.rewardLost else {
        continue
      }
      // A total may fall by design, as where a penalty grows; the score on held-out prompts decides where there is one.
      return RunFinding(
        name: "reward-collapse", verdict: .bug,
        title:
          "\(curve.name) fell from \(NumberText.short(fall.best.median)) to \(NumberText.short(curve.tail.median))",
        explanation:
          "The policy was better at steps \(fall.best.first)–\(fall.best.last) than it is now: training took away what it "
          + "had.",
        inference:
          "updates that are too large, a learning rate that is too high or a reward with the wrong sign do this",
        evidence: [RunEvidence(curve, fall.best), RunEvidence(curve, curve.tail)] + rate(run, at: curve.tail.first)
          + entropies(run),
        step: curve.onset(below: (fall.best.median + curve.tail.median) / 2, after: fall.best.last) ?? curve.tail.first,
        advice:
          "Go back to a checkpoint before that, with a lower learning rate or a larger penalty; look at the step's answers and rewards.",
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
    .compactMap { $0 }.first { $0.rises(by: RunThresholds.sigmas) || $0.climbs }
    guard let reward = rising else { return nil }
    if let judged = run.curve(.judged, atLeast: RunThresholds.fewestEvaluations), let fall = judged.fall(),
      fall.lost >= RunThresholds.judgedLost
    {
      return hacking(run, reward, judged, fall.best, by: "The judge sees")
    }
    guard let held = run.curve(.evalReward, atLeast: RunThresholds.fewestEvaluations), held.name != reward.name,
      let fall = held.fall(), fall.lost >= RunThresholds.judgedLost
    else { return nil }
    return hacking(run, reward, held, fall.best, by: "Held-out prompts see")
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
      ] + [run[.kl]].compactMap { $0 }.filter { $0.count > 0 }.map { RunEvidence($0, $0.tail) },
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
      (part.vanishing ?? (isSure ? part.fall(by: RunThresholds.splitSigmas) : nil)).map { (part, $0) }
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

  /// A reward that is the same for all answers at all steps.
  static let constantReward = RunPuzzle("constant-reward", needs: [[.reward]]) { run in
    guard let reward = run.curve(.reward, atLeast: RunThresholds.fewest), let first = reward.values.first,
      reward.values.allSatisfy({ $0 == first })
    else { return nil }
    let spread = run[.rewardSpread].flatMap { $0.count > 0 ? $0 : nil }
    if let spread, spread.tail.median > 0 { return nil }
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

  /// A reward that varies but does not rise.
  static let flatReward = RunPuzzle("flat-reward", needs: [[.reward]]) { run in
    guard let reward = run.curve(.reward, atLeast: 4 * RunThresholds.fewest), run.isLate else { return nil }
    if reward.values.allSatisfy({ $0 == reward.values[0] }) { return nil }
    guard !reward.hasRisen,
      reward.fall(by: RunThresholds.collapseSigmas).map({ $0.lost < RunThresholds.rewardLost }) ?? true
    else { return nil }
    if let held = run.curve(.evalReward, atLeast: RunThresholds.fewestEvaluations),
      held.climbs || held.fall(by: RunThresholds.collapseSigmas) != nil
    {
      return nil
    }
    return RunFinding(
      name: "flat-reward", verdict: .caution,
      title:
        "The reward does not rise: \(NumberText.short(reward.thirds.first.median)) at the beginning, \(NumberText.short(reward.thirds.last.median)) now",
      explanation:
        "Over \(reward.count) values it moves by less than their noise, \(NumberText.short(reward.noise)) from one to the next.",
      inference:
        "a reward without relation to the answer, a learning rate that is too low or a penalty that holds the policy fast all look so",
      evidence: [RunEvidence(reward, reward.thirds.first), RunEvidence(reward, reward.thirds.last)]
        + rate(run, at: reward.tail.last)
        + heldOut(run) + distances(run),
      step: reward.tail.last,
      advice:
        "See in a step whether better answers get higher rewards; if so, raise the learning rate, or lower the KL's coefficient.",
      topic: .advantage)
  }

  /// Groups whose answers all earn the same.
  static let deadGroups = RunPuzzle("dead-groups", needs: [[.deadGroups]]) { run in
    guard let dead = run.curve(.deadGroups, atLeast: RunThresholds.fewest), dead.tail.median >= RunThresholds.deadGroups
    else { return nil }
    let reward = run[.reward].flatMap { $0.count > 0 ? $0 : nil }
    return RunFinding(
      name: "dead-groups", verdict: .caution,
      title: "\(NumberText.percent(dead.tail.median)) of the groups teach nothing"
        + (dead.head.median < RunThresholds.deadGroups
          ? ", \(NumberText.percent(dead.head.median)) at the beginning" : ""),
      explanation:
        "Where all answers to a prompt earn the same, their advantages are 0: these prompts are computed for nothing.",
      evidence: [RunEvidence(dead, dead.head), RunEvidence(dead, dead.tail)]
        + (reward.map { [RunEvidence($0, $0.tail)] } ?? []),
      step: dead.onset(above: RunThresholds.deadGroups - 1e-9) ?? dead.tail.first,
      advice:
        "Sample harder or easier prompts, more answers to each, or at a higher temperature; dynamic sampling leaves such groups out.",
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
    [run[.kl], run[.klCoefficient]].compactMap { $0 }.filter { $0.count > 0 }.map { RunEvidence($0, $0.tail) }
  }
}

extension RunCurve {
  /// How far the latest values lie below the best ones, as a share of the curve's range; nil where that may be chance.
  ///
  /// - Parameter sigmas: By how many standard errors; more for a curve of many values, whose best window is the best by chance.
  func fall(by sigmas: Double = RunThresholds.sigmas) -> (best: Window, lost: Double)? {
    guard count >= 3 else { return nil }
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

  /// Whether evaluations end above where they began: there are few of them, with little noise.
  var climbs: Bool {
    count >= 3 && thirds.last.median - values[0] > RunThresholds.risenSigmas * noise && thirds.last.median > values[0]
  }

  func onset(below level: Double, after step: Int) -> Int? {
    windows.first { $0.first >= step && $0.median < level }?.first
  }
}
