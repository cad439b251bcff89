import Documents

extension RunPuzzle {
  static let entropyCollapse = RunPuzzle("entropy-collapse", needs: [[.entropy]]) { run in
    guard let entropy = run.curve(.entropy, atLeast: RunThresholds.fewest), let first = entropy.values.first else {
      return nil
    }
    let start = max(first, entropy.head.median)
    let level = max(RunThresholds.entropyLeft * start, min(RunThresholds.entropyFloor, start / 2))
    guard start > 0, entropy.tail.median < level else { return nil }
    let reward = run[.reward].flatMap { $0.count > 1 ? $0 : nil }
    let step = entropy.onset(below: level) ?? entropy.tail.first
    let lost = run.lostWeights(before: step)
    return RunFinding(
      name: "entropy-collapse", verdict: .caution,
      title: "The entropy fell from \(NumberText.short(start)) to \(NumberText.short(entropy.tail.median))",
      explanation:
        "The policy writes nearly the same answer every time: there is nothing left to compare, and little left to learn from.",
      inference: run.isRewarded
        ? lost?.asCause
        : "the log does not say whether the run samples: of texts that are given, an entropy that falls is what is learned",
      evidence: [RunEvidence(entropy.name, step: entropy.steps[0], first), RunEvidence(entropy, entropy.tail)]
        + (reward.map { [RunEvidence($0, $0.head), RunEvidence($0, $0.tail)] } ?? []),
      step: step,
      advice: lost?.adviceOfCause
        ?? "Go back to before that step with a lower learning rate, an entropy bonus, a higher upper clip (epsilon_high), or a penalty on the "
        + "tokens with the largest covariance.", topic: .entropy)
  }

  static let highEntropy = RunPuzzle("high-entropy", needs: [[.entropy]]) { run in
    guard let entropy = run.curve(.entropy, atLeast: RunThresholds.fewest), let first = entropy.values.first else {
      return nil
    }
    let start = max(min(first, entropy.head.median), 0)
    guard start > 0, entropy.tail.median > RunThresholds.entropyGrowth * start,
      entropy.tail.median - start > RunThresholds.sigmas * entropy.noise
    else { return nil }
    // A wider upper clip lets rare tokens grow: where the reward grows with the entropy, that is what it is for (DAPO).
    if let reward = run.curve(.reward, atLeast: RunThresholds.fewest), reward.rises(by: RunThresholds.sigmas),
      entropy.tail.median < RunThresholds.anyToken
    {
      return nil
    }
    let step = entropy.onset(above: RunThresholds.entropyGrowth * start) ?? entropy.tail.first
    let cause = run.cause(before: step)
    return RunFinding(
      name: "high-entropy", verdict: .caution,
      title: "The entropy rose from \(NumberText.short(start)) to \(NumberText.short(entropy.tail.median))",
      explanation:
        "The policy becomes more random: a reward narrows it, so that something else widens it.",
      inference: cause?.asCause ?? "an entropy bonus that is too large, or updates that are too large, do this",
      evidence: [RunEvidence(entropy.name, step: entropy.steps[0], first), RunEvidence(entropy, entropy.tail)]
        + run.latest(.reward),
      step: step,
      advice: cause?.adviceOfCause
        ?? "Lower the entropy's coefficient or the learning rate, and read the step's answers.",
      topic: .entropy)
  }

  static let klRunaway = RunPuzzle("kl-runaway", needs: [[.kl]]) { run in
    guard let kl = run.curve(.kl, atLeast: RunThresholds.fewest) else { return nil }
    let level = klLevel(run, kl)
    let tail = kl.tail.median
    guard tail > level, tail > kl.noise else { return klSpike(run, kl, level) }
    return RunFinding(
      name: "kl-runaway", verdict: .caution,
      title:
        "The KL from the reference is \(NumberText.short(tail)) per \(run.isPerResponse(kl) ? "response" : "token")",
      explanation: run.isSupervised
        ? "It is measured on responses that do not belong to their prompts: the policy has moved for these as well, and examples are "
          + "judged by how far they lie above it."
        : "So far from the reference a reward model has never seen such answers, and the policy has forgotten what the reference could.",
      inference: run.isRewarded || run.isSupervised
        ? nil : "the log does not say what was trained: KTO's KL is one of whole responses, and may be as large",
      evidence: [RunEvidence(kl, kl.head), RunEvidence(kl, kl.tail)]
        + run.latest(.klCoefficient, .length, .reward),
      step: kl.onset(above: level) ?? kl.tail.first,
      advice:
        "Raise \(run.isSupervised ? "beta" : "the KL's coefficient") or lower the learning rate, and compare the answers with "
        + "the reference's.",
      topic: .kl)
  }

  /// From where on a KL is far: per token where it is that of a token, or the length of a response is known.
  private static func klLevel(_ run: RunExamination, _ kl: RunCurve) -> Double {
    guard run.isPerResponse(kl) else { return RunThresholds.klPerToken }
    guard let length = run.curve(.length, atLeast: 1), length.tail.median >= 1 else {
      return RunThresholds.klPerResponse
    }
    return RunThresholds.klPerToken * length.tail.median
  }

  /// Single steps whose KL is beyond everything around them: one token is enough, where its exponential is averaged.
  private static func klSpike(_ run: RunExamination, _ kl: RunCurve, _ level: Double) -> RunFinding? {
    let limit = max(RunThresholds.klSpike * level, RunThresholds.klSpikeAboveMedian * kl.median)
    let spikes = kl.values.indices.filter { kl.values[$0] > limit }
    guard let worst = spikes.max(by: { kl.values[$0] < kl.values[$1] }) else { return nil }
    let step = kl.steps[worst]
    let norm = run[.gradNorm].flatMap { norm in
      norm.steps.firstIndex(of: step).map { RunEvidence(norm.name, step: step, norm.values[$0]) }
    }
    return RunFinding(
      name: "kl-runaway", verdict: .caution,
      title: "The KL from the reference jumps to \(NumberText.short(kl.values[worst])) at step \(step)"
        + RunFinding.others(spikes.count, "steps"),
      explanation:
        "The others have a median of \(NumberText.short(kl.median)): a few tokens of that step make up all of it.",
      inference:
        "where the estimate is k3, the exponential of ref_logp - logp, one token that the policy has made all but impossible "
        + "does this, and rules the gradient too",
      evidence: [RunEvidence(kl, kl.head), RunEvidence(kl.name, step: step, kl.values[worst])]
        + [norm].compactMap { $0 },
      step: step,
      advice:
        "Look at the token with the largest KL in that step; clamp its log-ratio, take k2 or k1 in its place, clip the "
        + "gradient's norm, and look for tokens that only the sampler's engine could produce.", topic: .kl)
  }

  /// The KL takes more from the rewards than they have gained, or ever were.
  static let rulingPenalty = RunPuzzle(
    "ruling-kl", needs: [[.reward, .penalty], [.reward, .kl, .klCoefficient]]
  ) { run in
    guard let reward = run.curve(.reward, atLeast: 2 * RunThresholds.fewest), let penalty = penalty(run),
      penalty.count >= 2 * RunThresholds.fewest
    else { return nil }
    let taken = penalty.tail.median.magnitude
    let gained = (reward.tail.median - reward.beginning.median).magnitude
    let size = max(gained, reward.noise, reward.tail.median.magnitude)
    guard taken > RunThresholds.rulingPenalty * size, taken > penalty.noise else { return nil }
    let level = RunThresholds.rulingPenalty * size
    return RunFinding(
      name: "ruling-kl", verdict: .caution,
      title: "The KL takes \(NumberText.short(taken)) from a reward of \(NumberText.short(reward.tail.median))",
      explanation: """
        That is more than \(NumberText.short(RunThresholds.rulingPenalty)) times what is rewarded, and than what the reward has \
        changed by since the beginning. What is learned is to stay with the reference, or to go back to it.
        """,
      evidence: [RunEvidence(reward, reward.beginning), RunEvidence(reward, reward.tail)]
        + run.latest(.penalty, .kl, .klCoefficient),
      step: penalty.windows.first { $0.median.magnitude > level }?.first ?? penalty.tail.first,
      advice: "Lower kl_coef: 0.01 to 0.2 are usual. Are scores of another size than when it was chosen?", topic: .kl)
  }

  /// What the KL takes from a response's reward; nil where that is not logged, and not known from its parts.
  private static func penalty(_ run: RunExamination) -> RunCurve? {
    if let penalty = run[.penalty] { return penalty }
    // A KL in the loss takes nothing from the rewards.
    guard let kl = run[.kl], let coefficient = run[.klCoefficient], !RunMetric.plain(kl.name).hasSuffix("kl_loss")
    else {
      return nil
    }
    let weighted = kl.combined(with: coefficient, by: *)
    return run.isPerResponse(kl) ? weighted : run[.length].map { weighted.combined(with: $0, by: *) }
  }

  static let klCoefficient = RunPuzzle("kl-coefficient", needs: [[.klCoefficient]]) { run in
    guard let coefficient = run.curve(.klCoefficient, atLeast: RunThresholds.fewest),
      let first = coefficient.values.first, first > 0
    else {
      return nil
    }
    let ratio = coefficient.tail.median / first
    guard ratio > RunThresholds.coefficientGrowth || ratio < 1 / RunThresholds.coefficientGrowth else { return nil }
    return RunFinding(
      name: "kl-coefficient", verdict: .caution,
      title:
        "The KL's coefficient went from \(NumberText.short(first)) to \(NumberText.short(coefficient.tail.median))",
      explanation:
        "The controller cannot reach its target with a coefficient of the usual size, and goes on changing it.",
      evidence: [
        RunEvidence(coefficient.name, step: coefficient.steps[0], first), RunEvidence(coefficient, coefficient.tail),
      ]
        + run.latest(.kl),
      step: coefficient.onset(where: {
        $0 > RunThresholds.coefficientGrowth * first || $0 * RunThresholds.coefficientGrowth < first
      }) ?? coefficient.tail.first,
      advice: "Choose a target that the KL has had in this run, or a longer horizon.",
      topic: .kl)
  }

  static let largeUpdates = RunPuzzle("large-updates", needs: [[.approxKL]]) { run in
    guard let kl = run.curve(.approxKL, atLeast: RunThresholds.fewest), let peak = kl.peak,
      kl.tail.median > RunThresholds.stepKL || peak.median > 2 * RunThresholds.stepKL
    else { return nil }
    return RunFinding(
      name: "large-updates", verdict: .caution,
      title: "A step moves the policy by a KL of \(NumberText.short(max(peak.median, kl.tail.median)))",
      explanation:
        "Samples of the policy before the step say little about a policy that far away; PPO's runs stay around 0.01.",
      evidence: [RunEvidence(kl, kl.head), RunEvidence(kl, peak), RunEvidence(kl, kl.tail)] + rate(run, at: peak.first)
        + run.latest(.clipShare),
      step: kl.onset(above: RunThresholds.stepKL) ?? peak.first,
      advice: "Lower the learning rate or the passes over each batch, or end a batch early by target_kl.", topic: .ratio
    )
  }

  static let clipAlways = RunPuzzle("clip-always", needs: [[.clipShare]]) { run in
    guard let logged = run[.clipShare], let clip = teachingClip(run),
      clip.count >= RunThresholds.fewest, clip.tail.median >= RunThresholds.clipAlways
    else { return nil }
    let dead = run.curve(.deadGroups, atLeast: 1)
    return RunFinding(
      name: "clip-always", verdict: .caution,
      title: "The clip holds \(NumberText.percent(clip.tail.median)) of the tokens"
        + (dead == nil ? "" : " that have an advantage"),
      explanation:
        "What the clip holds has no gradient: that part of each batch is sampled for nothing, and only the rest is "
        + "learned from.",
      evidence: [RunEvidence(logged, logged.head), RunEvidence(logged, logged.tail)]
        + run.latest(.deadGroups, .approxKL),
      step: clip.onset(above: RunThresholds.clipAlways - 1e-9) ?? clip.tail.first,
      advice:
        "If the KL of a step is small, the clip's range is too narrow; if it is large, the learning rate or the number of passes is too high.",
      topic: .clip)
  }

  /// The clipped share of the tokens that have an advantage: nothing can be held in groups whose answers all earn the same.
  private static func teachingClip(_ run: RunExamination) -> RunCurve? {
    guard let clip = run[.clipShare], let dead = run.curve(.deadGroups, atLeast: 1) else { return run[.clipShare] }
    return clip.combined(with: dead) { $1 < 1 ? min(1, $0 / (1 - $1)) : nil }
  }

  static let clipNever = RunPuzzle("clip-never", needs: [[.clipShare, .approxKL]]) { run in
    guard let clip = run.curve(.clipShare, atLeast: 2 * RunThresholds.fewest),
      clip.values.allSatisfy({ $0 <= RunThresholds.clipNever }),
      let kl = run.curve(.approxKL, atLeast: RunThresholds.fewest), kl.tail.median > RunThresholds.unclippedKL
    else { return nil }
    return RunFinding(
      name: "clip-never", verdict: .caution,
      title: "The clip never holds a token, and a step moves by a KL of \(NumberText.short(kl.tail.median))",
      explanation:
        "A policy that moves so far in a step has ratios far from 1; a clip that none of them reaches bounds nothing.",
      evidence: [RunEvidence(clip, clip.tail), RunEvidence(kl, kl.tail)],
      step: kl.onset(above: RunThresholds.unclippedKL) ?? kl.tail.first,
      advice: "See in the step how far the ratios are from 1, and narrow epsilon below that.", topic: .clip)
  }

  static let samplerDrift = RunPuzzle(
    "sampler-drift", needs: [[.samplerDifference], [.samplerProbability], [.samplerKL], [.samplerRatio]]
  ) { run in
    let difference = run.curve(.samplerDifference, atLeast: 3)
    let probability = run.curve(.samplerProbability, atLeast: 3)
    let kl = run.curve(.samplerKL, atLeast: 3)
    let ratio = run.curve(.samplerRatio, atLeast: 3)
    typealias Curve = (curve: RunCurve, isFar: (Double) -> Bool)
    let all: [Curve] = [
      difference.map { ($0, { $0 > RunThresholds.samplerDifference }) },
      probability.map { ($0, { $0 > RunThresholds.samplerProbability }) },
      kl.map { ($0, { $0 > RunThresholds.samplerKL }) },
      ratio.map { ($0, { ($0 - 1).magnitude > RunThresholds.samplerRatio }) },
    ].compactMap { $0 }
    let growing = [difference, probability, kl].compactMap { $0 }.filter { curve in
      curve.count >= RunThresholds.fewest && curve.head.median > 0
        && curve.tail.median > RunThresholds.samplerGrowth * curve.head.median
        && curve.rises(by: RunThresholds.sigmas)
    }
    let far = all.first { $0.isFar($0.curve.tail.median) }
    guard let curve = far?.curve ?? growing.first else { return nil }
    let isGrowing = growing.contains { $0.name == curve.name }
    let evidence = all.flatMap { [RunEvidence($0.curve, $0.curve.head), RunEvidence($0.curve, $0.curve.tail)] }
    // What grows has been on its way before it is far.
    let onset =
      (isGrowing ? curve.onset(above: RunThresholds.samplerGrowth * curve.head.median) : nil)
      ?? far.flatMap { $0.curve.onset(where: $0.isFar) } ?? curve.tail.first
    if curve.name == ratio?.name, difference != nil { return smallWeights(curve, evidence, onset) }
    return RunFinding(
      name: "sampler-drift", verdict: .caution,
      title: isGrowing
        ? "Sampler and trainer drift apart: \(curve.name) rose from \(NumberText.short(curve.head.median)) to \(NumberText.short(curve.tail.median))"
        : "Sampler and trainer disagree: \(curve.name) is \(NumberText.short(curve.tail.median))",
      explanation:
        "The engine that samples gives the tokens other probabilities than the model that learns: samples are then of another "
        + "policy, which biases every gradient, and more so the further apart they are.",
      evidence: evidence, step: onset,
      advice: (ratio == nil ? "Turn the importance correction on, sample" : "Sample")
        + " in the trainer's precision, synchronise the weights each step, and let both use the same temperature and top_p.",
      topic: .sampler)
  }

  /// Weights far from 1 where the two engines are near each other at each token.
  private static func smallWeights(_ ratio: RunCurve, _ evidence: [RunEvidence], _ onset: Int) -> RunFinding {
    RunFinding(
      name: "sampler-drift", verdict: .caution,
      title: "\(ratio.name) is \(NumberText.short(ratio.tail.median)), though the engines differ little at each token",
      explanation:
        "A weight of a whole answer is the product of its tokens' ratios: over thousands of tokens small differences add up, and "
        + "where weights beyond the cap are cut or masked, their mean falls below 1. The longest answers count least.",
      evidence: evidence, step: onset,
      advice:
        "Weigh tokens rather than answers (vllm_importance_sampling_mode token_truncate), or raise the cap; sampling in the trainer's "
        + "precision brings the ratios nearer to 1.", topic: .sampler)
  }

  static let truncation = RunPuzzle("truncation", needs: [[.truncated], [.ended]]) { run in
    let shares =
      run.curve(.truncated, atLeast: RunThresholds.fewest) ?? run.curve(.truncated, always: RunThresholds.nearlyAll...2)
    if let cut = shares, cut.tail.median >= RunThresholds.truncated {
      let length = run.curve(.length, atLeast: 1)
      let step = cut.onset(above: RunThresholds.truncated - 1e-9) ?? cut.tail.first
      let lost = run.lostWeights(before: step)
      return RunFinding(
        name: "truncation", verdict: .caution,
        title: "\(NumberText.percent(cut.tail.median)) of the answers are cut off",
        explanation:
          "They are judged without their end: a right answer that comes late earns nothing, and what is learned is to be short, or to ramble.",
        inference: lost?.asCause,
        evidence: [RunEvidence(cut, cut.head), RunEvidence(cut, cut.tail)]
          + (length.map { [RunEvidence($0, $0.head), RunEvidence($0, $0.tail)] } ?? []),
        step: step,
        advice: lost?.adviceOfCause
          ?? "Raise max_completion_length, or leave truncated answers out of the loss; look at what the longest ones say.",
        topic: .truncation)
    }
    guard let ended = run.curve(.ended, atLeast: RunThresholds.fewest), let most = ended.values.max(), most > 0,
      let fall = ended.fall(isOfSteps: true), fall.lost >= RunThresholds.rewardLost,
      ended.tail.median < fall.best.median / 2
    else { return nil }
    return RunFinding(
      name: "truncation", verdict: .caution,
      title:
        "Of \(NumberText.short(fall.best.median)) answers that ended, \(NumberText.short(ended.tail.median)) do now",
      explanation: "The others run into the limit: the policy has unlearned to end.",
      evidence: [RunEvidence(ended, fall.best), RunEvidence(ended, ended.tail)],
      step: ended.onset(below: fall.best.median / 2, after: fall.best.last) ?? ended.tail.first,
      advice: "Set missing_eos_penalty, raise the KL's coefficient, or allow longer answers.", topic: .truncation)
  }

  /// Tools that were called, and are not any more.
  static let unusedTools = RunPuzzle("tools-unused", needs: [[.toolCalls], [.turns]]) { run in
    let curves = [
      (run.curve(.toolCalls, atLeast: 2 * RunThresholds.fewest), 0.0),
      // The prompt and the answer are two turns, without any tool.
      (run.curve(.turns, atLeast: 2 * RunThresholds.fewest), 2.0),
    ]
    for case (let calls?, let none) in curves {
      guard let fall = calls.fall(isOfSteps: true) else { continue }
      let most = fall.best.median - none
      guard most > 0, calls.tail.median - none <= RunThresholds.partLeft * most else { continue }
      return RunFinding(
        name: "tools-unused", verdict: .caution,
        title: "Tools are no longer called: \(calls.name) fell from \(NumberText.short(fall.best.median)) to "
          + NumberText.short(calls.tail.median),
        explanation: "Answers without a tool earned as much, or more: what is learned is to do without.",
        inference:
          "calls that fail, or whose answers use up the length that an answer may have, teach so; so do tasks that need "
          + "no tool",
        evidence: [RunEvidence(calls, fall.best), RunEvidence(calls, calls.tail)]
          + run.latest(.reward, .length, .truncated),
        step: calls.onset(below: none + most / 2, after: fall.best.last) ?? calls.tail.first,
        advice:
          "Compare in that step the rewards of answers with a call and without one to the same prompt, and see what the tools "
          + "return.",
        topic: .advantage)
    }
    return nil
  }

  static let lengthDrift = RunPuzzle("length-drift", needs: [[.length, .reward]]) { run in
    guard let length = run.curve(.length, atLeast: 2 * RunThresholds.fewest),
      let reward = run.curve(.reward, atLeast: 2 * RunThresholds.fewest),
      length.head.median > 0, reward.rises(by: RunThresholds.sigmas)
    else { return nil }
    let ratio = length.tail.median / length.head.median
    let isLonger = ratio > 1
    let isFar = ratio > RunThresholds.lengthGrowth || ratio < 1 / RunThresholds.lengthGrowth
    guard isFar, isLonger ? length.rises(by: RunThresholds.sigmas) : length.falls(by: RunThresholds.sigmas),
      let correlation = length.correlation(with: reward),
      (isLonger ? correlation : -correlation) > RunThresholds.lengthCorrelation
    else { return nil }
    let comparative = isLonger ? "longer" : "shorter"
    let onset =
      isLonger
      ? length.onset(above: RunThresholds.lengthGrowth * length.head.median)
      : length.onset(below: length.head.median / RunThresholds.lengthGrowth)
    return RunFinding(
      name: "length-drift", verdict: .caution,
      title:
        "The reward rises as answers get \(comparative): they are \(NumberText.short(ratio, digits: 2)) times as long, with a correlation of \(NumberText.short(correlation, digits: 2))",
      explanation: "A reward that \(isLonger ? "follows the length" : "goes against the length") may be paying for "
        + (isLonger ? "length." : "brevity."),
      inference: verdict(of: run, on: comparative)
        ?? "it may as well be that \(comparative) answers are better; the judged score of answers of equal length tells",
      evidence: [
        RunEvidence(length, length.head), RunEvidence(length, length.tail), RunEvidence(reward, reward.head),
        RunEvidence(reward, reward.tail),
      ],
      step: onset ?? length.tail.first,
      advice: "Compare in a step the rewards of short and long answers to the same prompt.",
      topic: .averaging)
  }

  /// What a score that is not learned from says about answers that became longer, or shorter; nil where none says anything.
  private static func verdict(of run: RunExamination, on comparative: String) -> String? {
    if let hacking = rewardHacking.find(run) {
      return "\(hacking.name) is seen as well, so that \(comparative) answers are paid for, and not better"
    }
    let held = [RunMetric.judged, .evalReward].compactMap { run.curve($0, atLeast: RunThresholds.fewestEvaluations) }
    return held.first { $0.climbs }.map {
      "\($0.name) rises as well: where it does not pay for the length itself, \(comparative) answers are better"
    }
  }
}

extension RunExamination {
  /// Whether a KL is summed over a response rather than averaged over tokens, as KTO's, which learns from no reward, always is.
  func isPerResponse(_ kl: RunCurve) -> Bool {
    isSupervised || ["objective/kl", "eval_objective/kl"].contains(RunMetric.plain(kl.name))
  }
}
