/// The keys under which trainers and trackers write the step of a row.
enum StepNames {
  /// A trainer's own step comes before a tracker's count of rows.
  static let known = [
    "train/global_step", "trainer/global_step", "training/global_step", "global_step", "step", "_step", "Step",
    "training_step", "train/step", "iteration", "iter",
  ]

  /// What describes the row and is not a metric.
  private static let others: Set<String> = [
    "_runtime", "_timestamp", "timestamp", "time", "wall_time", "id", "total_flos", "train_loss",
  ]

  /// The step among some members, if one of them is.
  static func step(in members: [(key: String, value: Double)]) -> Int? {
    for name in known {
      if let value = members.first(where: { $0.key == name })?.value, let step = whole(value) { return step }
    }
    return nil
  }

  /// Those members that are metrics.
  static func metrics(in members: [(key: String, value: Double)]) -> [MetricValue] {
    members.filter { member in
      !known.contains(member.key) && !others.contains(member.key) && !isOfTheClock(member.key)
    }.map { MetricValue($0.key, $0.value) }
  }

  /// A whole number that is a step.
  static func whole(_ value: Double) -> Int? {
    value.isFinite && value.magnitude < 0x1p53 && value == value.rounded() ? Int(value) : nil
  }

  /// `train_runtime` and the like tell of the whole run, at its last step.
  private static func isOfTheClock(_ name: String) -> Bool {
    ["_runtime", "_samples_per_second", "_steps_per_second", "_tokens_per_second"].contains(where: name.hasSuffix)
      || name.hasPrefix("timing") || name.hasPrefix("perf/") || name.hasPrefix("system.")
  }
}
