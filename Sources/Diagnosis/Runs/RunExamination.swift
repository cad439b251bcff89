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

  /// The metrics that the log has.
  var present: [RunMetric] { RunMetric.allCases.filter { self[$0] != nil } }

  /// Whether a run of this kind can have a metric: what is sampled and rewarded is in runs with a reward alone, pairs are in
  /// the others, and a critic's numbers in those with a critic.
  func mayHave(_ metric: RunMetric) -> Bool {
    switch metric {
    case .reward, .rewardSpread, .evalReward, .judged, .kl, .klCoefficient, .approxKL, .entropy, .clipShare,
      .deadGroups,
      .length, .truncated, .ended, .samplerDifference, .samplerKL, .samplerRatio:
      isRewarded
    case .accuracy, .evalAccuracy, .margin, .evalMargin, .chosenLogp, .evalChosenLogp: !isRewarded
    case .valueLoss, .explainedVariance, .valueClipShare: self[.valueLoss] != nil
    case .loss, .policyLoss, .evalLoss, .gradNorm, .learningRate, .progress: true
    }
  }

  var firstStep: Int { record.rows.first?.step ?? 0 }
  var lastStep: Int { record.rows.reduce(0) { max($0, $1.step) } }

  /// Whether it is rewarded for what it samples itself, so that its loss says nothing about how good it is.
  var isRewarded: Bool { self[.reward] != nil || self[.policyLoss] != nil }

  /// The rewards of several functions, whose sum is the reward: `rewards/NAME/mean`.
  var components: [RunCurve] {
    names.filter { name in
      let plain = RunMetric.plain(name)
      return plain.hasPrefix("rewards/") && plain.hasSuffix("/mean")
    }.map { RunCurve($0, in: record.rows) }.filter { $0.count > 0 }
  }
}
