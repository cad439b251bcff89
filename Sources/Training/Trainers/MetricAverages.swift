/// Metrics of several passes, averaged in the order in which they first appeared.
struct MetricAverages {
  private var sums: [(name: String, sum: Double, weight: Double)] = []

  mutating func add(_ metrics: [MetricValue], weight: Double = 1) {
    for metric in metrics {
      if let i = sums.firstIndex(where: { $0.name == metric.name }) {
        sums[i].sum += weight * metric.value
        sums[i].weight += weight
      } else {
        sums.append((metric.name, weight * metric.value, weight))
      }
    }
  }

  var values: [MetricValue] { sums.map { MetricValue($0.name, $0.sum / $0.weight) } }
}
