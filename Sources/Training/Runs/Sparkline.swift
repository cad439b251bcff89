/// A curve in one line of text: `▁▂▃▅▇██`.
enum Sparkline {
  private static let bars = Array("▁▂▃▄▅▆▇█")

  /// The curve in so many columns, on axes that it shares with others; a column without a value is empty.
  static func text(_ series: Series, steps: ClosedRange<Double>, values: ClosedRange<Double>, columns: Int) -> String {
    let (span, height) = (steps.upperBound - steps.lowerBound, values.upperBound - values.lowerBound)
    var sums = [(sum: Double, count: Double)](repeating: (0, 0), count: columns)
    for point in series.finite where steps.contains(point.step) {
      let column = span == 0 ? 0 : Int((point.step - steps.lowerBound) / span * Double(columns))
      sums[min(columns - 1, column)].sum += point.value
      sums[min(columns - 1, column)].count += 1
    }
    let known = sums.indices.filter { sums[$0].count > 0 }
    func level(_ column: Int) -> Double {
      let value = sums[column].sum / sums[column].count
      return height == 0 ? 0.5 : (value - values.lowerBound) / height
    }
    // Between two evaluations the curve is a straight line.
    let text = (0..<columns).map { column -> Character in
      guard let left = known.last(where: { $0 <= column }), let right = known.first(where: { $0 >= column }) else {
        return " "
      }
      let share = left == right ? 0 : Double(column - left) / Double(right - left)
      let height = level(left) * (1 - share) + level(right) * share
      return bars[min(bars.count - 1, max(0, Int(height * Double(bars.count))))]
    }
    return String(text)
  }
}
