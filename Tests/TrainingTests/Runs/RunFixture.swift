@testable import Training

/// A run that might have been; `values` are those of a metric at steps 1, 2, ….
func exampleRun(
  _ name: String, trainer: String = "sft", metric: String = "loss", _ values: [Double],
  settings: [(String, String)] = [], state: RecordedRun.State = .finished, total: Int? = nil, written: Double = 0
) -> RecordedRun {
  RecordedRun(
    path: "runs/\(name)", name: name, trainer: trainer, state: state, total: total ?? values.count, written: written,
    settings: settings.map { RecordedRun.Setting(name: $0.0, value: $0.1) },
    metrics: MetricSummary(values.enumerated().map { MetricsLog.Line(step: $0 + 1, [MetricValue(metric, $1)]) }))
}
