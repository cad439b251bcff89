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
    try fields.rejectUnknown(allowed: ["loss"] + Metric.allCases.map { $0.name })
    var metrics: [LoggedMetric] = []
    for metric in Metric.allCases {
      guard let field = fields.optional(metric.name) else { continue }
      metrics.append(LoggedMetric(metric, try field.number("logged.\(metric.name)")))
    }
    return metrics
  }

  /// `loss` among what was logged: it is a term, not a metric.
  static func loggedLoss(_ document: Document) throws(DocumentError) -> Double? {
    try document.object("logged").optional("loss")?.number("logged.loss")
  }
}
