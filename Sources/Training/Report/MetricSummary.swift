import Documents

/// A summary of a run's metrics: which of them matter, and their values at the beginning and at the end.
struct MetricSummary {
  let lines: [MetricsLog.Line]
  /// All metrics in the order of their appearance.
  let names: [String]

  init(_ lines: [MetricsLog.Line]) {
    self.lines = lines
    var (names, seen): ([String], Set<String>) = ([], [])
    for line in lines {
      for metric in line.values where seen.insert(metric.name).inserted { names.append(metric.name) }
    }
    self.names = names
  }

  /// `loss` for `eval_loss` and `eval/loss`; nil for a metric of training itself.
  static func trainedName(of name: String) -> String? {
    for prefix in ["eval_", "eval/"] where name.hasPrefix(prefix) { return String(name.dropFirst(prefix.count)) }
    return nil
  }

  /// The metrics that say most about a run, most telling first.
  private static let telling = [
    "eval_accuracy", "eval_reward", "eval_rewards/accuracies", "eval_objective/scores", "eval_gold",
    "eval_objective/kl", "eval_loss", "accuracy", "reward", "objective/scores", "rewards/accuracies", "loss", "kl",
    "objective/kl",
  ]

  /// The metrics whose first and last values a summary names; where there is a held-out one, only that.
  var toldNames: [String] {
    let names = names
    let groups = names.filter(Self.isOfGroup)
    let known = Self.telling.filter { names.contains($0) && !names.contains("eval_" + $0) }
    return Array((known.isEmpty ? names : known).prefix(groups.isEmpty ? 4 : 1)) + groups
  }

  /// `eval_rewards/young/mean`, where groups of users are told apart.
  private static func isOfGroup(_ name: String) -> Bool { name.hasPrefix("eval_rewards/") && name.hasSuffix("/mean") }

  /// A metric's values at the beginning and at the end.
  ///
  /// Of many values a tenth is averaged, since a single step's value is noise.
  struct Change: Equatable {
    let name: String
    let first: Double
    let last: Double
    let averaged: Int
  }

  /// The metrics that matter; those without a finite value are left out.
  var changes: [Change] { toldNames.compactMap(change) }

  /// Of these, the held-out ones where there are any.
  var outcomes: [Change] {
    let (all, heldOut) = (changes, changes.filter { $0.name.hasPrefix("eval_") })
    return heldOut.isEmpty ? all : heldOut
  }

  /// A metric's change; nil if it has no finite value. If none at the end is finite, the last value is NaN.
  func change(_ name: String) -> Change? {
    guard let series = Series(name, in: lines) else { return nil }
    let values = series.finite.map(\.value)
    if values.isEmpty { return nil }
    let count = Self.averaged(values.count, of: name)
    let hasEnd = series.points.suffix(count).contains { $0.value.isFinite }
    return Change(
      name: name, first: values.prefix(count).mean, last: hasEnd ? values.suffix(count).mean : .nan, averaged: count)
  }

  /// How many values are averaged for the beginning, or the end: more than one for noisy metrics. What is held out is measured
  /// on all of it, and its first value is that of the model before it learned.
  static func averaged(_ count: Int, of name: String) -> Int {
    count >= 20 && isNoisy(name) && trainedName(of: name) == nil ? count / 10 : 1
  }

  /// Whether values of single steps are noise; counters and schedules have none.
  static func isNoisy(_ name: String) -> Bool {
    !["num_tokens", "learning_rate", "epoch", "episode", "kl_coef", "objective/kl_coef"].contains(name)
  }

  /// Whether the last loss is NaN or infinite.
  var hasDiverged: Bool { lines.last { $0["loss"] != nil }.map { $0["loss"]?.isFinite == false } ?? false }

  /// Three significant digits, with a true minus sign.
  static func short(_ x: Double) -> String { NumberText.short(x, digits: 3).replacing("-", with: "−") }
}

extension ArraySlice<Double> {
  /// The mean of the values.
  var mean: Double { reduce(0, +) / Double(count) }
}
