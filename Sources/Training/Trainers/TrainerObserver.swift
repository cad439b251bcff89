import Autodiff
import Objectives

/// Observes an objective for a trainer: it keeps the metrics and ignores everything else.
final class TrainerObserver: Observer {
  let tape = Tape()
  private(set) var metrics: [MetricValue] = []

  func begin(_ stage: Stage) {}
  func beat() {}

  func term(_ quantity: Quantity, _ i: Int, _ j: Int, _ x: Scalar) -> Scalar {
    if quantity == .metric, let metric = Metric(rawValue: i) { metrics.append(MetricValue(metric.name, x.value)) }
    return x
  }

  /// The metrics recorded since the last call.
  func takeMetrics() -> [MetricValue] {
    defer { metrics = [] }
    return metrics
  }
}

extension Gradient {
  /// The derivatives by the rows of leaves, as a backward pass wants them, each multiplied by `weight`.
  func rows(_ leaves: [[Scalar]], times weight: Double = 1) -> [Float] {
    leaves.flatMap { row in row.map { Float(self[$0]) * Float(weight) } }
  }
}
