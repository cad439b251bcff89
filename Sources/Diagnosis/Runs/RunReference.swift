import Documents

extension RunPuzzle {
  /// A KL, or a margin, at a step before which nothing was learned: the reference is not the policy that learning starts from.
  static let firstReference = RunPuzzle("first-reference", needs: [[.kl], [.margin]]) { run in
    if run.record.countsRows { return nil }
    if let kl = run[.kl], run.tells(.kl), kl.steps.first == 1, let first = kl.values.first {
      let limit = run.isPerResponse(kl) ? RunThresholds.firstKLPerResponse : RunThresholds.firstKLPerToken
      guard first > limit else { return nil }
      return differs(
        kl, "The KL from the reference is \(NumberText.short(first)) at the first step", topic: .kl)
    }
    guard let margin = run[.margin], run.isSupervised, run.implicitRewardsHaveReference, margin.steps.first == 1,
      let first = margin.values.first, first.magnitude > RunThresholds.firstMargin
    else { return nil }
    return differs(
      margin, "\(margin.name) is \(NumberText.short(first)) at the first step", topic: .preferences,
      with: run[.loss].flatMap { $0.steps.first == 1 ? [RunEvidence($0.name, step: 1, $0.values[0])] : nil } ?? [])
  }

  /// A loss of given texts that begins where a model is that knows nothing: at the logarithm of its vocabulary's size.
  static let unlearnedStart = RunPuzzle("unlearned-start", needs: [[.loss]]) { run in
    guard !run.record.countsRows, run.learnsTexts, let loss = run.curve(.loss, atLeast: RunThresholds.fewestConstants),
      let first = loss.values.first, RunThresholds.vocabularies.contains(first)
    else { return nil }
    return RunFinding(
      name: "unlearned-start", verdict: .caution, title: "The loss begins at \(NumberText.short(first))",
      explanation:
        "A model that gives each of V tokens the same probability has a loss of ln V, and that of a usual vocabulary lies "
        + "between \(NumberText.short(RunThresholds.vocabularies.lowerBound, digits: 2)) and "
        + "\(NumberText.short(RunThresholds.vocabularies.upperBound, digits: 3)): what is trained knows nothing of these texts.",
      inference:
        "weights that were not loaded, and texts that another tokenizer cut, look so; a training from nothing is so on purpose",
      evidence: [RunEvidence(loss.name, step: loss.steps[0], first), RunEvidence(loss, loss.tail)]
        + [run[.accuracy]].compactMap { $0 }.filter { $0.count > 0 }.map {
          RunEvidence($0.name, step: $0.steps[0], $0.values[0])
        },
      step: loss.steps[0],
      advice:
        "Measure the loss of the model before training, on a plain text; look for warnings about weights that were newly made, and "
        + "whether model and tokenizer are of one folder.",
      topic: .averaging)
  }

  private static func differs(_ curve: RunCurve, _ title: String, topic: Topic, with others: [RunEvidence] = [])
    -> RunFinding
  {
    RunFinding(
      name: "first-reference", verdict: .caution, title: title,
      explanation:
        "Before the first update the policy is what learning starts from. Where the reference is that same model, the KL is 0, and every "
        + "implicit reward too, but for rounding.",
      inference: "a policy that goes on from where another run ended, with that run's reference, looks the same",
      evidence: [RunEvidence(curve.name, step: 1, curve.values[0]), RunEvidence(curve, curve.tail)] + others,
      step: 1,
      advice:
        "Look at what the reference is: the base under an adapter that was trained before, another checkpoint, the model in another "
        + "precision or with dropout on, or log-probabilities of a reference that were computed for other data.",
      topic: topic)
  }
}

extension RunExamination {
  /// Whether implicit rewards are of a policy beside its reference: without one (SimPO, ORPO, CPO) they are its own
  /// log-probabilities times a number, and are not 0 at the beginning.
  fileprivate var implicitRewardsHaveReference: Bool {
    // The loss of what is chosen alone is logged by trainers without a reference; DPO's may add one (RPO).
    if names.contains(where: { ["nll_loss", "log_odds_ratio"].contains(RunMetric.plain($0)) }) { return false }
    guard let reward = curve(named: "rewards/chosen"), let logp = self[.chosenLogp] else { return false }
    let factors = reward.combined(with: logp) { $1 == 0 ? nil : $0 / $1 }.values
    guard factors.count > 1, let first = factors.first else { return false }
    return factors.contains { ($0 - first).magnitude > 0.01 * first.magnitude }
  }

  private func curve(named plain: String) -> RunCurve? {
    names.first { RunMetric.plain($0) == plain }.map { RunCurve($0, in: record.rows) }
  }
}
