import Documents

extension RunPuzzle {
  static let evaluationFalling = RunPuzzle("evaluation-falling", needs: [[.evalLoss], [.evalAccuracy], [.evalMargin]]) {
    run in
    if let held = run.curve(.evalLoss, atLeast: RunThresholds.fewestEvaluations - 1), let start = held.values.first,
      let i = held.values.indices.min(by: { held.values[$0] < held.values[$1] })
    {
      let best = held.window(i..<i + 1)
      let rise = held.tail.median - best.median
      // Three evaluations do not say how noisy they are, but batches of the training, which are smaller, do.
      let isEarly = held.count < RunThresholds.fewestEvaluations
      let error = isEarly ? run.curve(.loss, atLeast: RunThresholds.fewest)?.noise : held.error(of: held.width)
      let isFar =
        !isEarly && rise > RunThresholds.evaluationLost * (start - best.median)
        && rise > RunThresholds.lossMoved * 2 * best.median.magnitude
        || rise > RunThresholds.evaluationLost * best.median.magnitude
      if isFar, let error, rise > RunThresholds.evaluationSigmas * error, best.last < held.tail.first,
        trains(run, since: best.last)
      {
        return falling(run, held, best, "rose", from: "its lowest")
      }
    }
    if let held = run.curve(.evalAccuracy, atLeast: RunThresholds.fewestEvaluations), let fall = held.fall(),
      fall.best.median - held.tail.median > RunThresholds.accuracyLost, trains(run, since: fall.best.last)
    {
      return falling(run, held, fall.best, "fell", from: "its best")
    }
    if let held = run.curve(.evalMargin, atLeast: RunThresholds.fewestEvaluations), let fall = held.fall(),
      fall.best.median - held.tail.median > RunThresholds.marginLost, trains(run, since: fall.best.last)
    {
      return falling(run, held, fall.best, "fell", from: "its best")
    }
    return behind(run)
  }

  /// A margin that grows in training alone.
  private static func behind(_ run: RunExamination) -> RunFinding? {
    guard let held = run.curve(.evalMargin, atLeast: RunThresholds.fewestEvaluations),
      let margin = run.curve(.margin, atLeast: 2 * RunThresholds.fewest),
      margin.tail.median > RunThresholds.marginLearned, margin.rises(by: RunThresholds.sigmas),
      held.tail.median < RunThresholds.marginBehind * margin.tail.median
    else { return nil }
    return RunFinding(
      name: "evaluation-falling", verdict: .bug,
      title:
        "\(held.name) is \(NumberText.short(held.tail.median)) where \(margin.name) is \(NumberText.short(margin.tail.median)) in training",
      explanation:
        "What is preferred in training is not preferred elsewhere: the pairs are learned by heart, or labels are not those of the held-out data.",
      evidence: [
        RunEvidence(margin, margin.head), RunEvidence(margin, margin.tail),
        RunEvidence(held.name, step: held.steps[0], held.values[0]), RunEvidence(held, held.tail),
      ],
      step: margin.onset(above: RunThresholds.marginLearned) ?? margin.tail.first,
      advice:
        "Train on more data, for fewer epochs or with a lower learning rate, and compare labels of training and held-out data.",
      topic: .preferences)
  }

  private static func falling(
    _ run: RunExamination, _ held: RunCurve, _ best: RunCurve.Window, _ verb: String, from: String
  ) -> RunFinding {
    let trained = run[.loss].flatMap { $0.count > 1 ? $0 : nil }
    let hasLabels = [.accuracy, .margin, .evalMargin, .chosenLogp].contains { run[$0] != nil } && run.mayHave(.margin)
    return RunFinding(
      name: "evaluation-falling", verdict: .bug,
      title:
        "\(held.name) \(verb) from \(NumberText.short(best.median)), \(from), to \(NumberText.short(held.tail.median)) while training improves",
      explanation:
        "What is learned since step \(best.last) holds for the training data alone: it is learned by heart, or "
        + (hasLabels ? "its labels are not those of the held-out data." : "the held-out data is of another kind."),
      evidence: [RunEvidence(held, best), RunEvidence(held, held.tail)]
        + (trained.map { [RunEvidence($0, $0.head), RunEvidence($0, $0.tail)] } ?? []),
      step: best.last,
      advice:
        "Take the checkpoint of step \(best.last), and train on more data, fewer epochs or with a lower learning rate; where it never was "
        + "good, compare \(hasLabels ? "labels of " : "")training and held-out data.",
      topic: hasLabels ? .preferences : .averaging)
  }

  /// Whether the loss in training is no higher than it was at a step.
  private static func trains(_ run: RunExamination, since step: Int) -> Bool {
    guard let loss = run[.loss], loss.count > 1 else { return true }
    let before = loss.steps.lastIndex { $0 <= step } ?? 0
    let then = loss.window(max(0, before - loss.width + 1)..<before + 1)
    return loss.tail.median <= then.median + 2 * loss.noise
  }

  static let criticLost = RunPuzzle("critic-lost", needs: [[.explainedVariance]]) { run in
    guard let explained = run.curve(.explainedVariance, atLeast: 2 * RunThresholds.fewest), run.isLate else {
      return nil
    }
    let last = explained.thirds.last
    let value = run[.valueLoss].flatMap { $0.count > 1 ? $0 : nil }
    let clip = run.curve(.valueClipShare, atLeast: 1)
    let isClipped =
      clip.map { $0.tail.median > RunThresholds.valueClipped && $0.median > RunThresholds.valueClipped } ?? false
    guard last.median < RunThresholds.explained || isClipped else { return nil }
    return RunFinding(
      name: "critic-lost", verdict: .caution,
      title: isClipped
        ? "The clip holds \(NumberText.percent(clip?.tail.median ?? 0)) of the values, and the critic explains \(NumberText.short(last.median, digits: 2)) of the variance"
        : "The critic explains \(NumberText.short(last.median, digits: 2)) of the returns' variance",
      explanation: isClipped
        ? "A value that the clip holds has no gradient: the critic cannot follow the returns."
        : last.median < 0
          ? "It is worse than always guessing the mean: its values add noise to the advantages instead of taking it away."
          : "It is hardly better than always guessing the mean, so that advantages are as noisy as the returns.",
      evidence: [RunEvidence(explained, explained.thirds.first), RunEvidence(explained, last)]
        + (value.map { [RunEvidence($0, $0.head), RunEvidence($0, $0.tail)] } ?? [])
        + (clip.map { [RunEvidence($0, $0.tail)] } ?? []),
      step: explained.onset(below: RunThresholds.explained) ?? last.first,
      advice:
        "Raise the critic's learning rate or vf_coef, widen its clip, or train it for some steps before the policy; see whether returns and "
        + "values have the same scale.", topic: .critic)
  }

  static let resumeJump = RunPuzzle(
    "resume-jump", needs: [[.learningRate], [.progress], [.kl, .reward], [.kl, .entropy]]
  ) { run in
    if let rate = run.curve(.learningRate, atLeast: RunThresholds.fewest) {
      let jump = rate.values.indices.dropFirst(5).first { i in
        // A warm-up rises, too, but it has been rising.
        let before = rate.values[i - 1]
        let earlier = rate.values[i - 3]
        let rises = before > 0 && rate.values[i] > RunThresholds.rateJump * before && earlier >= before * 0.9
        return rises && !restarts(rate, i) || beginsAnew(rate, i)
      }
      if let jump {
        let verb = rate.values[jump] > rate.values[jump - 1] ? "jumps" : "falls"
        return resumed(
          run, rate, jump,
          "The learning rate \(verb) from \(NumberText.short(rate.values[jump - 1])) to \(NumberText.short(rate.values[jump]))"
        )
      }
    }
    if let begun = begunAgain(run) { return begun }
    guard let progress = run.curve(.progress, atLeast: RunThresholds.fewest) else { return nil }
    let back = progress.values.indices.dropFirst().first { i in
      progress.values[i] < progress.values[i - 1] && progress.steps[i] > progress.steps[i - 1]
    }
    guard let back else { return nil }
    return resumed(
      run, progress, back,
      "\(progress.name) goes back from \(NumberText.short(progress.values[back - 1])) to \(NumberText.short(progress.values[back]))"
    )
  }

  /// A KL and another curve that are from one row to the next where they began: a reference that is renewed brings back the KL
  /// alone, and no update undoes all that was learned at once.
  private static func begunAgain(_ run: RunExamination) -> RunFinding? {
    guard let kl = run.curve(.kl, atLeast: 2 * RunThresholds.fewest) else { return nil }
    let others = [RunMetric.reward, .entropy].compactMap { run.curve($0, atLeast: 2 * RunThresholds.fewest) }
    let row = kl.values.indices.first { i in
      kl.isBack(at: i) && !kl.beginsAnew(at: i)
        && others.contains { other in other.place(of: kl, i).map { other.isBack(at: $0) } ?? false }
    }
    guard let row else { return nil }
    return resumed(
      run, kl, row,
      "\(kl.name) goes back from \(NumberText.short(kl.values[row - 1])) to \(NumberText.short(kl.values[row])), where it began,",
      explanation:
        "The policy is there again what it was at the beginning: the run went on without the weights that it had "
        + "learned")
  }

  /// Whether a rate that had come down nearly to 0 is where it began again: so does a schedule with restarts, on purpose.
  private static func restarts(_ rate: RunCurve, _ i: Int) -> Bool {
    let peak = largest(Array(rate.values[..<i]))
    return rate.values[i - 1] < 0.1 * peak && (rate.values[i] - peak).magnitude < 0.1 * peak
  }

  /// Whether a rate falls at once, unlike before, and rises from there again: a warm-up in the middle of a run.
  private static func beginsAnew(_ rate: RunCurve, _ i: Int) -> Bool {
    let values = rate.values
    let fall = values[i - 1] - values[i]
    guard values[i] * RunThresholds.rateJump < values[i - 1], i + 3 < values.count,
      (values[i - 2] - values[i - 1]).magnitude < 0.25 * fall
    else { return false }
    let next = values[i...(i + 3)]
    return zip(next, next.dropFirst()).allSatisfy { $0 < $1 }
  }

  private static func resumed(
    _ run: RunExamination, _ curve: RunCurve, _ i: Int, _ title: String,
    explanation: String = "The run went on there with other settings, or without its state"
  ) -> RunFinding {
    let step = curve.steps[i]
    // What else changed its level there.
    let shifted = [RunMetric.loss, .reward, .entropy, .kl, .gradNorm].compactMap { run[$0] }.compactMap {
      other -> [RunEvidence]? in
      guard let at = other.place(of: curve, i), at >= other.width, at + other.width <= other.count
      else { return nil }
      let (before, after) = (other.window(at - other.width..<at), other.window(at..<at + other.width))
      guard (after.median - before.median).magnitude > RunThresholds.levelJump * other.error(of: other.width) else {
        return nil
      }
      return [RunEvidence(other, before), RunEvidence(other, after)]
    }
    return RunFinding(
      name: "resume-jump", verdict: .bug, title: "\(title) at step \(step)",
      explanation: explanation
        + (shifted.isEmpty
          ? "."
          : ", and \(shifted.count == 1 ? "another curve changes" : "other curves change") level at the same step."),
      inference: curve.name == run[.learningRate]?.name
        ? "a schedule with restarts jumps as well, and then on purpose" : nil,
      evidence: [
        RunEvidence(curve.name, step: curve.steps[i - 1], curve.values[i - 1]),
        RunEvidence(curve.name, step: step, curve.values[i]),
      ]
        + shifted.flatMap { $0 },
      step: step,
      advice:
        "Resume with the same configuration, and with the optimizer's and the schedule's state; compare the first step after it with "
        + "the last one before.", topic: .averaging)
  }

  static let stepsMissing = RunPuzzle("steps-missing", needs: []) { run in
    guard let curve = run.densest, curve.count >= RunThresholds.fewest else { return nil }
    let gaps = (1..<curve.count).map { curve.steps[$0] - curve.steps[$0 - 1] }.filter { $0 > 0 }
    let usual = RunCurve.median(gaps.map(Double.init)[...])
    guard usual > 0, Double(gaps.count { Double($0) == usual }) > RunThresholds.regular * Double(gaps.count) else {
      return nil
    }
    // A value that is no number is a value that was logged.
    let holes = (1..<curve.count).filter { place in
      let (from, to) = (curve.steps[place - 1], curve.steps[place])
      return Double(to - from) > 1.5 * usual && !curve.notFinite.contains { $0.step > from && $0.step < to }
    }
    guard let hole = holes.max(by: { curve.steps[$0] - curve.steps[$0 - 1] < curve.steps[$1] - curve.steps[$1 - 1] })
    else { return nil }
    let (from, to) = (curve.steps[hole - 1], curve.steps[hole])
    return RunFinding(
      name: "steps-missing", verdict: .caution,
      title: "Nothing was logged between the steps \(from) and \(to)"
        + RunFinding.others(holes.count, "gaps"),
      explanation:
        "The log has a value every \(NumberText.short(usual)) steps: a program died and another went on, or part of the log was lost.",
      evidence: [
        RunEvidence(curve.name, step: from, curve.values[hole - 1]),
        RunEvidence(curve.name, step: to, curve.values[hole]),
      ], step: to,
      advice:
        "See whether the run went on from a checkpoint of step \(from) or later; curves may not be read across the gap.",
      topic: .averaging)
  }

  static let stepsRepeated = RunPuzzle("steps-repeated", needs: []) { run in
    guard let curve = run.densest, curve.count >= 3,
      let back = (1..<curve.count).first(where: { curve.steps[$0] <= curve.steps[$0 - 1] })
    else {
      return nil
    }
    let (from, to) = (curve.steps[back - 1], curve.steps[back])
    let first = curve.steps[..<back].firstIndex { $0 >= to } ?? back - 1
    let count = Set(curve.steps[first..<back]).intersection(curve.steps[back...]).count
    let isSame = curve.values[first] == curve.values[back]
    let isAnew = curve.beginsAnew(at: back)
    return RunFinding(
      name: "steps-repeated", verdict: .caution,
      title:
        "After step \(from) the log has step \(to) again: \(count) \(count == 1 ? "step is" : "steps are") in it twice",
      explanation: (isAnew
        ? "That is where the log begins: a run was started anew, and two launches are in one log"
        : "The run went on from an earlier checkpoint and the log was not cut there")
        + (isSame
          ? "; the values are the same, so that it repeated them."
          : "; the values differ, so that it took another way."),
      evidence: [
        RunEvidence(curve.name, step: curve.steps[first], curve.values[first]),
        RunEvidence(curve.name, step: to, curve.values[back]),
      ], step: to,
      advice: isAnew
        ? "Examine each launch by itself: curves may not be read across the two."
        : "Keep the later values of each step; if they differ, random numbers or the order of the data were not part of the checkpoint.",
      topic: .averaging)
  }

  static let zeroRate = RunPuzzle("learning-rate-zero", needs: [[.learningRate]]) { run in
    guard let rate = run.curve(.learningRate, atLeast: 5), rate.values.dropFirst().allSatisfy({ $0 == 0 }) else {
      return nil
    }
    return RunFinding(
      name: "learning-rate-zero", verdict: .bug, title: "The learning rate is 0",
      explanation: "No step changes a weight.",
      evidence: [RunEvidence(rate, rate.head), RunEvidence(rate, rate.tail)], step: rate.steps[0],
      advice: "Look at the schedule and its number of steps: a schedule that believes it is at its end gives 0.",
      topic: .averaging)
  }

  static let schedule = RunPuzzle("schedule", needs: [[.learningRate]]) { run in
    guard let rate = run.curve(.learningRate, atLeast: 2 * RunThresholds.fewest), let last = rate.values.last else {
      return nil
    }
    if rate.isWarmingUp, run.isHalfWay {
      return RunFinding(
        name: "schedule", verdict: .caution, title: "The learning rate is still rising at step \(rate.tail.last)",
        explanation: "It has come to \(NumberText.short(last)) and the warm-up has not ended.",
        evidence: [RunEvidence(rate, rate.head), RunEvidence(rate, rate.tail)], step: rate.tail.last,
        advice:
          "Set warmup_steps to a few hundredths of the run; a ratio where a number of steps is expected does this.",
        topic: .averaging)
    }
    guard last == 0, rate.values.contains(where: { $0 > 0 }), let end = rate.values.lastIndex(where: { $0 > 0 }) else {
      return nil
    }
    let idle = rate.count - 1 - end
    guard Double(idle) > RunThresholds.idle * Double(rate.count), idle >= 5 else { return nil }
    return RunFinding(
      name: "schedule", verdict: .caution, title: "The learning rate has been 0 since step \(rate.steps[end + 1])",
      explanation:
        "\(idle) logged steps since then changed no weight: the schedule was made for fewer steps than the run takes.",
      evidence: [RunEvidence(rate.name, step: rate.steps[end], rate.values[end]), RunEvidence(rate, rate.tail)],
      step: rate.steps[end],
      advice: "Give the schedule the number of steps that the run takes.", topic: .averaging)
  }

  static let lowRate = RunPuzzle("learning-rate-low", needs: [[.loss]]) { run in
    guard !run.isRewarded, run[.margin] == nil, let loss = run.curve(.loss, atLeast: 2 * RunThresholds.fewest),
      run.isLate, run[.learningRate]?.isWarmingUp != true
    else { return nil }
    let (first, last) = loss.thirds
    guard (last.median - first.median).magnitude < RunThresholds.lossMoved * first.median.magnitude,
      !loss.wanders(beyond: RunThresholds.lossMoved * first.median.magnitude)
    else { return nil }
    if let held = run.curve(.evalLoss, atLeast: 3),
      (held.tail.median - held.values[0]).magnitude > RunThresholds.lossMoved * held.values[0].magnitude
    {
      return nil
    }
    return RunFinding(
      name: "learning-rate-low", verdict: .caution,
      title: "The loss does not move: \(NumberText.short(first.median)), then \(NumberText.short(last.median))",
      explanation:
        "Over \(loss.count) logged steps it changed by less than \(NumberText.percent(RunThresholds.lossMoved)).",
      inference:
        "the learning rate is too low, or the weights that learn are not those that the loss depends on; or it had converged before",
      evidence: [RunEvidence(loss, first), RunEvidence(loss, last)] + rate(run, at: last.last)
        + run.latest(.gradNorm),
      step: loss.steps[0],
      advice:
        "If the gradient's norm is not 0, raise the learning rate ten times; if it is, see which weights are frozen.",
      topic: .averaging)
  }

  static let stuckLoss = RunPuzzle("stuck-loss", needs: [[.loss, .margin], [.loss, .accuracy]]) { run in
    guard !run.isRewarded, let loss = run.curve(.loss, atLeast: 2 * RunThresholds.fewest), run.isLate else {
      return nil
    }
    let margin = run.curve(.margin, atLeast: 1)
    if let vanished = vanishedGradient(run, loss) { return vanished }
    let last = loss.thirds.last.median
    guard [0.6931471805599453, 0.5, 1.0].contains(where: { (last - $0).magnitude < RunThresholds.indifferent * $0 }),
      (margin?.tail.median.magnitude ?? 0) < RunThresholds.marginMoved,
      // Where no margin is logged, the loss itself must not have moved, as that of anything else does on its way.
      margin != nil || (last - loss.values[0]).magnitude < RunThresholds.lossMoved * loss.values[0].magnitude
    else { return nil }
    let accuracy = run.curve(.accuracy, atLeast: 1)
    let learns = accuracy.map { $0.tail.median > 0.65 } ?? false
    return RunFinding(
      name: "stuck-loss", verdict: .caution,
      title: "The loss stands at \(NumberText.short(loss.thirds.last.median)), where nothing is preferred",
      explanation: margin.map { "Margins are \(NumberText.short($0.tail.median)), far too small to move the loss." }
        ?? "It has not moved from where it began.",
      inference: learns
        ? "it ranks \(NumberText.percent(accuracy?.tail.median ?? 0)) of the pairs rightly, by margins that are too small to count: beta or the learning rate is too small"
        : "the learning rate is too low, the score is read at the wrong token, or both answers are cut off to the same text",
      evidence: [RunEvidence(loss, loss.head), RunEvidence(loss, loss.tail)]
        + (margin.map { [RunEvidence($0, $0.tail)] } ?? [])
        + (accuracy.map { [RunEvidence($0, $0.tail)] } ?? []) + rate(run, at: loss.tail.last),
      step: loss.tail.last,
      advice:
        "Open the step and see whether the gradients of the chosen answer's tokens are 0; if not, raise the learning rate, or beta.",
      topic: .preferences)
  }

  /// A gradient that is gone although the loss has not fallen: all is saturated.
  private static func vanishedGradient(_ run: RunExamination, _ loss: RunCurve) -> RunFinding? {
    guard let norm = run.curve(.gradNorm, atLeast: 2 * RunThresholds.fewest), norm.values[0] > 0,
      norm.tail.median < RunThresholds.vanished * norm.values[0],
      loss.tail.median > (1 - RunThresholds.indifferent) * loss.values[0]
    else { return nil }
    return RunFinding(
      name: "stuck-loss", verdict: .bug,
      title: "The gradient is gone, and the loss is \(NumberText.short(loss.tail.median)), as at the beginning",
      explanation:
        "Every pair is where the loss is flat, on the right side or on the wrong one: no step moves it any more.",
      inference: "a step that was too large threw the log-probabilities there",
      evidence: [
        RunEvidence(norm.name, step: norm.steps[0], norm.values[0]), RunEvidence(norm, norm.tail),
        RunEvidence(loss, loss.tail),
      ]
        + [run[.chosenLogp]].compactMap { $0 }.filter { $0.count > 0 }.flatMap {
          [RunEvidence($0, $0.head), RunEvidence($0, $0.tail)]
        },
      step: norm.onset(below: RunThresholds.vanished * norm.values[0]) ?? norm.tail.first,
      advice: "Begin again with a lower learning rate, or a smaller beta.", topic: .preferences)
  }

  static let chosenFalling = RunPuzzle("chosen-falling", needs: [[.chosenLogp], [.evalChosenLogp]]) { run in
    let curves = [
      run.curve(.evalChosenLogp, atLeast: RunThresholds.fewestEvaluations),
      run.curve(.chosenLogp, atLeast: 2 * RunThresholds.fewest),
    ]
    guard let logp = curves.compactMap({ $0 }).first, let start = logp.values.first, start < 0 else { return nil }
    let tail = logp.tail
    guard start - tail.median > RunThresholds.chosenLost * -start,
      start - tail.median > RunThresholds.sigmas * logp.noise
    else { return nil }
    return RunFinding(
      name: "chosen-falling", verdict: .caution,
      title:
        "Chosen answers became less likely: \(logp.name) fell from \(NumberText.short(start)) to \(NumberText.short(tail.median))",
      explanation:
        "The margin grows as long as the rejected answer falls faster; the probability goes to answers that nobody chose.",
      evidence: [RunEvidence(logp.name, step: logp.steps[0], start), RunEvidence(logp, tail)]
        + run.latest(.margin, .evalAccuracy),
      step: logp.onset(below: (1 + RunThresholds.chosenLost) * start) ?? tail.first,
      advice: "Lower the learning rate, raise beta, or add the chosen answers' likelihood to the loss (RPO).",
      topic: .preferences)
  }
}

extension RunCurve {
  /// Whether the curve goes at a row from a level that it had come to back to the one that it began with, and stays.
  fileprivate func isBack(at i: Int) -> Bool {
    guard i >= 2 * width, i + width <= count else { return false }
    let (before, after) = (window(i - width..<i).median, window(i..<i + width).median)
    let way = before - head.median
    guard way.magnitude > RunThresholds.levelJump * error(of: width) else { return false }
    /// How much of the way is left.
    func left(_ value: Double) -> Double { (value - head.median) / way }
    return left(after) < RunThresholds.wayLeft && left(values[i]) < 0.5 && left(values[i - 1]) > 0.5
  }

  /// Whether a learning rate has been rising all the time.
  fileprivate var isWarmingUp: Bool { count > 1 && zip(values, values.dropFirst()).allSatisfy { $0 < $1 } }
}

extension RunExamination {
  /// Whether enough of the run is there to expect that something has moved.
  var isLate: Bool { reached(RunThresholds.patience, of: 4 * RunThresholds.fewest) }
  var isHalfWay: Bool { reached(0.5, of: 8 * RunThresholds.fewest) }

  /// Whether a share of all steps is done; so many rows where their number is not known.
  private func reached(_ share: Double, of rows: Int) -> Bool {
    guard let total = record.total, total > 0 else { return record.rows.count >= rows }
    return Double(lastStep) >= share * Double(total)
  }

  /// The curve with most values among those that are logged at each step.
  var densest: RunCurve? {
    [RunMetric.loss, .policyLoss, .reward, .gradNorm, .learningRate].compactMap { self[$0] }.max { $0.count < $1.count }
  }
}
