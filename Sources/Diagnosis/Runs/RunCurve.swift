/// One metric of a run over its steps, with robust statistics: medians of windows, and noise by the median of differences.
struct RunCurve: Sendable {
  /// The name in the log.
  let name: String
  let steps: [Int]
  let values: [Double]
  /// The values that are NaN or infinite, which the others leave out.
  let notFinite: [(step: Int, value: Double)]

  init(_ name: String, in rows: [RunRecord.Row]) {
    self.name = name
    var (steps, values): ([Int], [Double]) = ([], [])
    var odd: [(step: Int, value: Double)] = []
    for row in rows {
      guard let value = row.values.first(where: { $0.name == name })?.value else { continue }
      if value.isFinite, value.magnitude < 1e300 {
        steps.append(row.step)
        values.append(value)
      } else {
        odd.append((row.step, value))
      }
    }
    (self.steps, self.values, notFinite) = (steps, values, odd)
  }

  var count: Int { values.count }

  /// The values that are not finite since the last one that is.
  var notFiniteAtEnd: Int { notFinite.count { odd in steps.last.map { odd.step > $0 } ?? true } }

  /// How many values a window has: a tenth of the curve, within limits, or single values of a short one.
  var width: Int { count < 8 ? 1 : max(3, min(25, count / 10)) }

  /// Some values in a row, by their median.
  struct Window: Sendable {
    let first: Int
    let last: Int
    let median: Double
  }

  func window(_ range: Range<Int>) -> Window {
    Window(first: steps[range.lowerBound], last: steps[range.upperBound - 1], median: Self.median(values[range]))
  }

  /// The first values; the curve must have some.
  var head: Window { window(0..<min(width, count)) }
  /// The latest values.
  var tail: Window { window(max(0, count - width)..<count) }
  /// Windows that overlap by half, as far as they are whole.
  var windows: [Window] {
    stride(from: 0, through: count - width, by: max(1, width / 2)).map { window($0..<$0 + width) }
  }

  var peak: Window? { windows.max { $0.median < $1.median } }
  var trough: Window? { windows.min { $0.median < $1.median } }

  /// How much a single value strays around the curve: a standard deviation, robustly from how far values lie from the middle
  /// of their neighbours, so that neither a trend nor a few jumps count as noise.
  var noise: Double {
    // A trainer that learns from a batch in several steps logs its reward several times.
    let own = changes
    guard own.count > 3 else { return 0 }
    var bends: [Double] = []
    for i in 2..<own.count {
      let neighbours: Double = own[i] + own[i - 2]
      bends.append((neighbours - 2 * own[i - 1]).magnitude)
    }
    // 1.4826 · median / √6
    return 0.6053 * Self.median(bends[...])
  }

  /// The values without those that repeat the one before.
  private var changes: [Double] {
    values.indices.filter { $0 == 0 || values[$0] != values[$0 - 1] }.map { values[$0] }
  }

  /// The standard error of the median of so many values; repeated ones count once.
  func error(of count: Int) -> Double {
    let independent = max(1, Double(count * changes.count) / Double(max(1, self.count)))
    return noise * (independent < 3 ? 1 : 1.2533) / independent.squareRoot()
  }

  /// By how many of its standard errors one window's median lies above another's.
  func sigmas(from a: Window, to b: Window) -> Double {
    let error = error(of: width) * 1.4142
    let difference = b.median - a.median
    if error == 0 { return difference == 0 ? 0 : difference > 0 ? .infinity : -.infinity }
    return difference / error
  }

  /// Whether the latest values lie above the first ones by more than chance.
  func rises(by sigmas: Double) -> Bool { count >= 2 && self.sigmas(from: head, to: tail) > sigmas }
  func falls(by sigmas: Double) -> Bool { count >= 2 && self.sigmas(from: head, to: tail) < -sigmas }

  static func median(_ values: ArraySlice<Double>) -> Double {
    if values.isEmpty { return 0 }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  var median: Double { Self.median(values[...]) }

  /// Pearson's correlation with another curve over the steps that both have; nil of fewer than eight.
  func correlation(with other: RunCurve) -> Double? {
    var (xs, ys): ([Double], [Double]) = ([], [])
    var j = 0
    for i in values.indices {
      while j < other.count, other.steps[j] < steps[i] { j += 1 }
      if j < other.count, other.steps[j] == steps[i] {
        xs.append(values[i])
        ys.append(other.values[j])
      }
    }
    guard xs.count >= 8 else { return nil }
    let (mx, my) = (mean(xs), mean(ys))
    var (sxy, sxx, syy) = (0.0, 0.0, 0.0)
    for i in xs.indices {
      sxy += (xs[i] - mx) * (ys[i] - my)
      sxx += (xs[i] - mx) * (xs[i] - mx)
      syy += (ys[i] - my) * (ys[i] - my)
    }
    return sxx > 0 && syy > 0 ? sxy / (sxx * syy).squareRoot() : nil
  }
}
