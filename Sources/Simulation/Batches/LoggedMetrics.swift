import Documents
public import Objectives

extension Batch {
  /// A number that the trainer itself logged, to compare with what its log-probabilities give.
  public struct LoggedMetric: Sendable {
    public let metric: Metric
    public let value: Double

    public init(_ metric: Metric, _ value: Double) {
      self.metric = metric
      self.value = value
    }
  }

  /// Reads the key `logged`: `{"kl": 0.012, "objective/kl": 0.3}`, under TRL's names.
  static func loggedMetrics(_ document: Document) throws(DocumentError) -> [LoggedMetric] {
    let fields = try document.object("logged")
    let others = fields.members.map { $0.key }.filter { isOfTheRun($0) }
    try fields.rejectUnknown(allowed: ["loss"] + Metric.allCases.map { $0.name } + others)
    var metrics: [LoggedMetric] = []
    for metric in Metric.allCases {
      guard let field = fields.optional(metric.name) else { continue }
      metrics.append(LoggedMetric(metric, try field.number("logged.\(metric.name)")))
    }
    return metrics
  }

  /// Whether trainers log a name beside the metrics of a step's numbers: then it is let pass, so that a row of a log can be
  /// put into a batch as it is.
  private static func isOfTheRun(_ name: String) -> Bool {
    let ofTheRun = ["epoch", "global_step", "grad_norm", "learning_rate", "num_tokens", "step", "step_time"]
    return ofTheRun.contains(name) || name.hasSuffix("_terminated_length")
      || name.hasPrefix("rewards/") && (name.hasSuffix("/mean") || name.hasSuffix("/std"))
  }

  /// `loss` among what was logged: it is a term, not a metric.
  static func loggedLoss(_ document: Document) throws(DocumentError) -> Double? {
    try document.object("logged").optional("loss")?.number("logged.loss")
  }
}
