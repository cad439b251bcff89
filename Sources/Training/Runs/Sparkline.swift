/// A curve in one line of a terminal: `▁▂▃▅▇██`.
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
    // Between two evaluations the line goes on at the height of the earlier one.
    let last = sums.lastIndex { $0.count > 0 } ?? -1
    var (text, level): (String, Character) = ("", " ")
    for (i, sum) in sums.enumerated() {
      if sum.count > 0 {
        let share = height == 0 ? 0.5 : (sum.sum / sum.count - values.lowerBound) / height
        level = bars[min(bars.count - 1, max(0, Int(share * Double(bars.count))))]
      }
      text.append(i > last ? " " : level)
    }
    return text
  }
}
