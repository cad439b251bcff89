import Objectives

/// A run's log, sorted into curves.
struct RunExamination {
  let record: RunRecord
  private let curves: [RunCurve?]
  /// All names in the log, in the order of their appearance.
  let names: [String]

  init(_ record: RunRecord) {
    self.record = record
    var (names, seen): ([String], Set<String>) = ([], [])
    for row in record.rows {
      for value in row.values where seen.insert(value.name).inserted { names.append(value.name) }
    }
    self.names = names
    curves = RunMetric.allCases.map { metric in metric.name(among: names).map { RunCurve($0, in: record.rows) } }
  }

  /// A metric's curve, if the log has a value of it.
  subscript(metric: RunMetric) -> RunCurve? {
    guard let curve = curves[metric.rawValue], curve.count > 0 || !curve.notFinite.isEmpty else { return nil }
    return curve
  }

  /// A metric's curve with at least so many finite values.
  func curve(_ metric: RunMetric, atLeast count: Int) -> RunCurve? {
    guard let curve = self[metric], curve.count >= count else { return nil }
    return curve
  }

  /// The held-out rewards, one of each data set, that were measured often enough to say something.
  var evaluations: [RunCurve] {
    RunMetric.evalReward.names(among: names).map { RunCurve($0, in: record.rows) }.filter {
      $0.count >= RunThresholds.fewestEvaluations
    }
  }

  /// The latest values of those metrics that have any.
  func latest(_ metrics: RunMetric...) -> [RunEvidence] {
    metrics.compactMap { curve($0, atLeast: 1) }.map { RunEvidence($0, $0.tail) }
  }

  /// The metrics that the log has.
  var present: [RunMetric] { RunMetric.allCases.filter { self[$0] != nil } }

  /// Whether a run of this kind can have a metric: what is sampled and rewarded is in runs with a reward alone, pairs are in
  /// the others, unless they learn from single texts, and a critic's numbers in those with a critic.
  func mayHave(_ metric: RunMetric) -> Bool {
    if let algorithm = record.algorithm, !algorithm.mayLog(metric) { return false }
    return switch metric {
    case .reward, .rewardSpread, .evalReward, .judged, .kl, .klCoefficient, .approxKL, .entropy, .clipShare,
      .deadGroups:
      isRewarded
    case .length, .truncated, .ended, .samplerDifference, .samplerKL, .samplerRatio: isSampled
    // Another name of what samplerDifference says better.
    case .samplerProbability: false
    case .accuracy, .evalAccuracy: !isSampled
    case .margin, .evalMargin, .chosenLogp, .evalChosenLogp: !isSampled && !learnsTexts
    // Taken from the rewards, as with a critic; in GRPO it is in the loss.
    case .penalty: self[.valueLoss] != nil
    // A reward model's; a policy that learns from pairs has log-probabilities of them.
    case .meanScore: !isSampled && self[.margin] != nil && self[.chosenLogp] == nil
    case .valueLoss, .explainedVariance, .valueClipShare: self[.valueLoss] != nil
    // Most runs have none of these.
    case .teacherKL, .toolCalls, .turns: self[metric] != nil
    case .loss, .evalLoss: !isRewarded
    case .policyLoss, .gradNorm, .learningRate, .progress: true
    }
  }

  var firstStep: Int { record.rows.first?.step ?? 0 }
  var lastStep: Int { record.rows.reduce(0) { max($0, $1.step) } }

  /// Whether it is rewarded for what it samples itself, so that its loss says nothing about how good it is.
  var isRewarded: Bool {
    [.reward, .policyLoss, .rewardSpread, .deadGroups, .approxKL, .klCoefficient].contains { self[$0] != nil }
      || names.contains { name in ["actor/", "critic/", "policy/"].contains { RunMetric.plain(name).hasPrefix($0) } }
  }

  /// Whether it learns from what it samples itself, with a reward or, as in distillation, by a loss.
  private var isSampled: Bool { isRewarded || self[.truncated] != nil }

  /// Whether it learns from examples that are given: it has a loss of them, or what is measured on them, and nothing of samples.
  /// Of a single chart neither may be known.
  var isSupervised: Bool { !isSampled && learnsByLoss }

  private var learnsByLoss: Bool {
    !isRewarded
      && [.loss, .evalLoss, .accuracy, .evalAccuracy, .margin, .evalMargin, .chosenLogp].contains { self[$0] != nil }
  }

  /// Whether it learns from single texts: it logs how many of their tokens are foreseen, and nothing of pairs.
  var learnsTexts: Bool {
    names.contains { RunMetric.plain($0) == "mean_token_accuracy" }
      && !names.contains { RunMetric.plain($0).hasPrefix("rewards/") }
  }

  /// Whether a metric is there and is about the policy: the entropy of given texts falls as they are learned, and under a
  /// teacher it becomes the teacher's.
  func tells(_ metric: RunMetric) -> Bool { self[metric] != nil && !(learnsByLoss && metric == .entropy) }

  /// How many values its longest curve has.
  var longest: Int { present.reduce(0) { max($0, self[$1]?.count ?? 0) } }

  /// A curve that stays within a range at all steps: then its course need not be seen, and fewer rows do, if they stand for as many steps.
  func curve(_ metric: RunMetric, always range: ClosedRange<Double>) -> RunCurve? {
    guard let curve = self[metric], curve.count >= RunThresholds.fewestConstants,
      curve.stepsCovered >= RunThresholds.fewest, curve.values.allSatisfy({ range.contains($0) })
    else { return nil }
    return curve
  }

  /// A curve that is one number at all steps.
  func constant(_ metric: RunMetric) -> RunCurve? {
    self[metric]?.values.first.flatMap { curve(metric, always: $0...$0) }
  }

  /// The rewards of several functions, whose sum is the reward: `rewards/NAME/mean`.
  var components: [RunCurve] {
    names.filter { name in
      let plain = RunMetric.plain(name)
      return plain.hasPrefix("rewards/") && plain.hasSuffix("/mean")
    }.map { RunCurve($0, in: record.rows) }.filter { $0.count > 0 }
  }
}

extension Algorithm {
  /// Whether its own facts allow for a metric.
  fileprivate func mayLog(_ metric: RunMetric) -> Bool {
    let hasLabels = comparesPairs || material == .judgements
    return switch metric {
    case .margin, .evalMargin: hasLabels
    case .chosenLogp, .evalChosenLogp: hasLabels && has(.policy)
    case .deadGroups: credit == .group
    case .clipShare: option(.clipLow) != nil
    default: true
    }
  }
}
