/// Whether more or less of a metric is better.
enum MetricDirection {
  case up, down

  /// The direction of a metric; nil if more is neither better nor worse, as with a KL or a length.
  ///
  /// - Parameters:
  ///   - name: The metric.
  ///   - others: The run's metrics: where a reward is maximised, the loss says nothing about how good the policy is.
  init?(of name: String, among others: [String]) {
    let name = MetricSummary.trainedName(of: name) ?? name
    let last = String(name.split(separator: "/").last ?? "")
    if name == "loss" {
      if others.contains("reward") || others.contains(where: { $0.hasPrefix("objective/") }) { return nil }
      self = .down
    } else if name.hasSuffix("perplexity") {
      self = .down
    } else if ["accuracy", "accuracies", "margins", "reward", "scores", "rlhf_reward", "gold"].contains(last)
      || name.hasSuffix("_accuracy") || (name.hasPrefix("rewards/") && last == "mean")
    {
      self = .up
    } else {
      return nil
    }
  }

  func isBetter(_ a: Double, than b: Double) -> Bool { self == .up ? a > b : a < b }
}
