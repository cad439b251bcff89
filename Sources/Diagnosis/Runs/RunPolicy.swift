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
    return RunFinding(
      name: "entropy-collapse", verdict: .caution,
      title: "The entropy fell from \(NumberText.short(start)) to \(NumberText.short(entropy.tail.median))",
      explanation:
        "The policy writes nearly the same answer every time: there is nothing left to compare, and little left to learn from.",
      evidence: [RunEvidence(entropy.name, step: entropy.steps[0], first), RunEvidence(entropy, entropy.tail)]
        + (reward.map { [RunEvidence($0, $0.head), RunEvidence($0, $0.tail)] } ?? []),
      step: entropy.onset(below: level) ?? entropy.tail.first,
      advice:
        "Go back to before that step with a lower learning rate, an entropy bonus, a higher upper clip (epsilon_high), or a penalty on the "
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
    return RunFinding(
      name: "high-entropy", verdict: .caution,
      title: "The entropy rose from \(NumberText.short(start)) to \(NumberText.short(entropy.tail.median))",
      explanation:
        "The policy becomes more random, towards writing any token: a reward narrows it, so that something else widens it.",
      inference: "an entropy bonus that is too large, or updates that are too large, do this",
      evidence: [RunEvidence(entropy.name, step: entropy.steps[0], first), RunEvidence(entropy, entropy.tail)]
        + (run[.reward].map { $0.count > 0 ? [RunEvidence($0, $0.tail)] : [] } ?? []),
      step: entropy.onset(above: RunThresholds.entropyGrowth * start) ?? entropy.tail.first,
      advice: "Lower the entropy's coefficient or the learning rate, and read the step's answers.", topic: .entropy)
  }

  static let klRunaway = RunPuzzle("kl-runaway", needs: [[.kl]]) { run in
    guard run.isRewarded, let kl = run.curve(.kl, atLeast: RunThresholds.fewest) else { return nil }
    let level = klLevel(run, kl)
    let tail = kl.tail.median
    guard tail > level, tail > kl.noise else { return klSpike(run, kl, level) }
    return RunFinding(
      name: "kl-runaway", verdict: .caution,
      title: "The KL from the reference is \(NumberText.short(tail)) per \(kl.isPerResponse ? "response" : "token")",
      explanation:
        "So far from the reference a reward model has never seen such answers, and the policy has forgotten what the reference could.",
      evidence: [RunEvidence(kl, kl.head), RunEvidence(kl, kl.tail)]
        + [run[.klCoefficient], run[.length], run[.reward]].compactMap { $0 }.filter { $0.count > 0 }.map {
          RunEvidence($0, $0.tail)
        },
      step: kl.onset(above: level) ?? kl.tail.first,
      advice: "Raise the KL's coefficient or lower the learning rate, and compare the answers with the reference's.",
      topic: .kl)
  }

  /// From where on a KL is far: per token where it is that of a token, or the length of a response is known.
  private static func klLevel(_ run: RunExamination, _ kl: RunCurve) -> Double {
    guard kl.isPerResponse else { return RunThresholds.klPerToken }
    guard let length = run[.length], length.count > 0, length.tail.median >= 1 else {
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
        + (run[.kl].map { $0.count > 0 ? [RunEvidence($0, $0.tail)] : [] } ?? []),
      step: coefficient.tail.first, advice: "Choose a target that the KL has had in this run, or a longer horizon.",
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
        + (run[.clipShare].map { $0.count > 0 ? [RunEvidence($0, $0.tail)] : [] } ?? []),
      step: peak.first,
      advice: "Lower the learning rate or the passes over each batch, or end a batch early by target_kl.", topic: .ratio
    )
  }

  static let clipAlways = RunPuzzle("clip-always", needs: [[.clipShare]]) { run in
    guard let clip = run.curve(.clipShare, atLeast: RunThresholds.fewest), clip.tail.median >= RunThresholds.clipAlways
    else { return nil }
    return RunFinding(
      name: "clip-always", verdict: .caution,
      title: "The clip holds \(NumberText.percent(clip.tail.median)) of the tokens",
      explanation:
        "What the clip holds has no gradient: that part of each batch is sampled for nothing, and only the rest is "
        + "learned from.",
      evidence: [RunEvidence(clip, clip.head), RunEvidence(clip, clip.tail)]
        + (run[.approxKL].map { $0.count > 0 ? [RunEvidence($0, $0.tail)] : [] } ?? []),
      step: clip.onset(above: RunThresholds.clipAlways - 1e-9) ?? clip.tail.first,
      advice:
        "If the KL of a step is small, the clip's range is too narrow; if it is large, the learning rate or the number of passes is too high.",
      topic: .clip)
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
      evidence: [RunEvidence(clip, clip.tail), RunEvidence(kl, kl.tail)], step: kl.tail.first,
      advice: "See in the step how far the ratios are from 1, and narrow epsilon below that.", topic: .clip)
  }

  static let samplerDrift = RunPuzzle("sampler-drift", needs: [[.samplerDifference], [.samplerKL], [.samplerRatio]]) {
    run in
    let difference = run.curve(.samplerDifference, atLeast: 3)
    let kl = run.curve(.samplerKL, atLeast: 3)
    let ratio = run.curve(.samplerRatio, atLeast: 3)
    let far: [(RunCurve, Bool)] = [
      difference.map { ($0, $0.tail.median > RunThresholds.samplerDifference) },
      kl.map { ($0, $0.tail.median > RunThresholds.samplerKL) },
      ratio.map { ($0, ($0.tail.median - 1).magnitude > RunThresholds.samplerRatio) },
    ].compactMap { $0 }
    let growing = [difference, kl].compactMap { $0 }.filter { curve in
      curve.count >= RunThresholds.fewest && curve.head.median > 0
        && curve.tail.median > RunThresholds.samplerGrowth * curve.head.median
        && curve.rises(by: RunThresholds.sigmas)
    }
    guard let curve = far.first(where: { $0.1 })?.0 ?? growing.first else { return nil }
    let isGrowing = growing.contains { $0.name == curve.name }
    return RunFinding(
      name: "sampler-drift", verdict: .caution,
      title: isGrowing
        ? "Sampler and trainer drift apart: \(curve.name) rose from \(NumberText.short(curve.head.median)) to \(NumberText.short(curve.tail.median))"
        : "Sampler and trainer disagree: \(curve.name) is \(NumberText.short(curve.tail.median))",
      explanation:
        "The engine that samples gives the tokens other probabilities than the model that learns: samples are then of another "
        + "policy, which biases every gradient, and more so the further apart they are.",
      evidence: [difference, kl, ratio].compactMap { $0 }.flatMap {
        [RunEvidence($0, $0.head), RunEvidence($0, $0.tail)]
      },
      step: curve.tail.first,
      advice:
        "Turn the importance correction on, sample in the trainer's precision, synchronise the weights each step, and let both use the same "
        + "temperature and top_p.", topic: .sampler)
  }

  static let truncation = RunPuzzle("truncation", needs: [[.truncated], [.ended]]) { run in
    if let cut = run.curve(.truncated, atLeast: RunThresholds.fewest), cut.tail.median >= RunThresholds.truncated {
      let length = run[.length].flatMap { $0.count > 0 ? $0 : nil }
      return RunFinding(
        name: "truncation", verdict: .caution,
        title: "\(NumberText.percent(cut.tail.median)) of the answers are cut off",
        explanation:
          "They are judged without their end: a right answer that comes late earns nothing, and what is learned is to be short, or to ramble.",
        evidence: [RunEvidence(cut, cut.head), RunEvidence(cut, cut.tail)]
          + (length.map { [RunEvidence($0, $0.head), RunEvidence($0, $0.tail)] } ?? []),
        step: cut.onset(above: RunThresholds.truncated - 1e-9) ?? cut.tail.first,
        advice:
          "Raise max_completion_length, or leave truncated answers out of the loss; look at what the longest ones say.",
        topic: .truncation)
    }
    guard let ended = run.curve(.ended, atLeast: RunThresholds.fewest), let most = ended.values.max(), most > 0,
      let fall = ended.fall(), fall.lost >= RunThresholds.rewardLost, ended.tail.median < fall.best.median / 2
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

  static let lengthDrift = RunPuzzle("length-drift", needs: [[.length, .reward]]) { run in
    guard let length = run.curve(.length, atLeast: 2 * RunThresholds.fewest),
      let reward = run.curve(.reward, atLeast: 2 * RunThresholds.fewest),
      length.head.median > 0, reward.rises(by: RunThresholds.sigmas)
    else { return nil }
    let ratio = length.tail.median / length.head.median
    let isFar = ratio > RunThresholds.lengthGrowth || ratio < 1 / RunThresholds.lengthGrowth
    guard isFar, length.rises(by: RunThresholds.sigmas) || length.falls(by: RunThresholds.sigmas),
      let correlation = length.correlation(with: reward), correlation.magnitude > RunThresholds.lengthCorrelation
    else { return nil }
    return RunFinding(
      name: "length-drift", verdict: .caution,
      title:
        "Reward and length move together: answers are \(NumberText.short(ratio, digits: 2)) times as long, with a correlation of \(NumberText.short(correlation, digits: 2))",
      explanation: "A reward that follows the length may be paying for the length.",
      inference: "it may as well be that longer answers are better; the judged score of answers of equal length tells",
      evidence: [
        RunEvidence(length, length.head), RunEvidence(length, length.tail), RunEvidence(reward, reward.head),
        RunEvidence(reward, reward.tail),
      ],
      step: length.tail.last, advice: "Compare in a step the rewards of short and long answers to the same prompt.",
      topic: .averaging)
  }
}

extension RunCurve {
  /// Whether a KL is summed over a response rather than averaged over tokens.
  var isPerResponse: Bool { ["objective/kl", "eval_objective/kl"].contains(RunMetric.plain(name)) }
}
