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

  /// How many steps the values stand for: trainers that log every tenth step average over ten.
  var stepsCovered: Int {
    guard let first = steps.first, let last = steps.last, count > 1 else { return count }
    return (last - first) * count / (count - 1)
  }

  /// The values that are not finite since the last one that is.
  var notFiniteAtEnd: Int { notFinite.count { odd in steps.last.map { odd.step > $0 } ?? true } }

  /// How many values a window has: a tenth of the curve, within limits, or single values of a short one.
  var width: Int { count < 8 ? 1 : max(3, min(25, count / 10)) }

  /// The curve upside down.
  var negated: RunCurve { RunCurve(name, in: zip(steps, values).map { .init(step: $0, [(name: name, value: -$1)]) }) }

  /// Whether the log begins once more at a row, where a run was started anew: before its first step there is no checkpoint.
  func beginsAnew(at i: Int) -> Bool {
    i > 0 && count > 1 && steps[i] <= steps[i - 1] && steps[i] <= steps[0] && steps[i] <= max(1, steps[1] - steps[0])
  }

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

  /// By how much two of its windows differ by chance at most.
  private var chance: Double { RunThresholds.collapseSigmas * 1.4142 * error(of: width) }

  /// Whether its windows differ by more than a distance and chance: in between it is elsewhere, wherever it ends.
  func wanders(beyond distance: Double) -> Bool {
    guard let peak, let trough else { return false }
    return peak.median - trough.median > distance + chance
  }

  /// Whether it both rises and falls by more than chance, in whichever order.
  var swings: Bool {
    let chance = chance
    var (low, high, rises, falls) = (Double.infinity, -Double.infinity, false, false)
    for window in windows {
      rises = rises || window.median - low > chance
      falls = falls || high - window.median > chance
      (low, high) = (min(low, window.median), max(high, window.median))
    }
    return rises && falls
  }

  /// How much of a stray value the next one keeps: the correlation of neighbours around the curve, of 0 at least.
  ///
  /// How far values lie from the middle of those two steps away is more, by squares, than how far they lie from that of their
  /// neighbours, the more so the more is kept: `(1 + φ)(3 − φ²) / (3 − φ)` times. A trend changes neither, whether it goes on or
  /// turns back; of a jump no more counts than of a value that strays by three deviations.
  private var persistence: Double {
    let own = changes
    guard own.count > RunThresholds.fewest else { return 0 }
    func spread(_ lag: Int) -> Double {
      let bends = (2 * lag..<own.count).map { i -> Double in
        let ends: Double = own[i] + own[i - 2 * lag]
        return (ends - 2 * own[i - lag]).magnitude
      }
      // 3 · 1.4826 · median
      let most = 4.4478 * Self.median(bends[...])
      return bends.reduce(0) { $0 + min($1, most) * min($1, most) } / Double(bends.count)
    }
    let (one, two) = (spread(1), spread(2))
    guard one > 0 else { return 0 }
    /// How many times as much it is, where so much is kept.
    func growth(_ kept: Double) -> Double { (1 + kept) * (3 - kept * kept) / (3 - kept) }
    return stride(from: 0.0, to: 0.8, by: 0.01).first { growth($0) >= two / one } ?? 0.8
  }

  /// The standard error of the median of so many values in a row, where values that stray do so together.
  func errorOfRun(of count: Int) -> Double {
    let kept = persistence
    // What `noise` is estimated from shrinks by the first factor, means of neighbours stray more by the second.
    let shrunk = (1 - 4 / 3 * kept + kept * kept / 3).squareRoot()
    return error(of: count) / shrunk * ((1 + kept) / (1 - kept)).squareRoot()
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

  /// The value below which a share of some values lies; 0 of none.
  static func quantile(_ share: Double, of values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[Int(share * Double(values.count - 1))]
  }

  var median: Double { Self.median(values[...]) }

  /// Where it has the row in which another curve has its i-th value, or the next one: a log that went back has steps twice.
  func place(of other: RunCurve, _ i: Int) -> Int? {
    // How often the log has gone back.
    var pass = zip(other.steps[...i], other.steps[...i].dropFirst()).count { $1 <= $0 }
    for (place, step) in steps.enumerated() {
      if place > 0, step <= steps[place - 1] { pass -= 1 }
      if pass == 0, step >= other.steps[i] { return place }
    }
    return nil
  }

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
    return xs.count >= 8 ? pearson(xs, ys) : nil
  }

  /// A function of two curves at the steps that both have; what it does not give a number for is left out.
  func combined(with other: RunCurve, by function: (Double, Double) -> Double?) -> RunCurve {
    var others: [Int: Double] = [:]
    for (step, value) in zip(other.steps, other.values) { others[step] = value }
    let rows = zip(steps, values).compactMap { step, value in
      others[step].flatMap { function(value, $0) }.map { RunRecord.Row(step: step, [(name: name, value: $0)]) }
    }
    return RunCurve(name, in: rows)
  }
}
