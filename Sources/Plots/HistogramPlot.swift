import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// How the ratios of one update are spread.
  static let ratios = PlotKind(
    name: "ratios", summary: "how many ratios lie where, and how many outside of the clip range",
    lack: { HistogramPlot.ratio(of: $0) == nil ? "it records no ratio to the policy that sampled" : nil },
    draw: { subject in HistogramPlot.ratio(of: subject).flatMap { HistogramPlot($0, subject)?.plot } })

  /// How the advantages of one step are spread.
  static let advantages = PlotKind(
    name: "advantages", summary: "how many advantages lie where",
    lack: { $0.trace.records(.advantage) ? nil : "it records no advantage" },
    draw: { HistogramPlot(.advantage, $0)?.plot })
}

/// The numbers of one quantity, counted in bins.
private struct HistogramPlot {
  private let subject: PlotSubject
  private let quantity: Quantity
  private let step: PlotStep
  private let place: String
  private let values: [Double]
  private let bins: [Bin]

  /// A bin; an end that is nil is open, since few numbers lie far beyond it.
  private struct Bin {
    let low, high: Double?
    var hasLow = true
    var hasHigh = false

    func contains(_ x: Double) -> Bool {
      (low.map { hasLow ? x >= $0 : x > $0 } ?? true) && (high.map { hasHigh ? x <= $0 : x < $0 } ?? true)
    }

    /// The number of those within, as an expression of recorded terms.
    func expression(of name: String) -> String {
      let above = low.map { "\(name) \(hasLow ? ">=" : ">") \(NumberText.full($0))" }
      let below = high.map { "\(name) \(hasHigh ? "<=" : "<") \(NumberText.full($0))" }
      guard let above, let below else { return "sum(\(above ?? below ?? name))" }
      return "sum((\(above)) * (\(below)))"
    }

    var label: String {
      func text(_ x: Double) -> String { NumberText.full(HistogramPlot.rounded(x)).withMinusSign }
      guard let low else { return "below \(text(high ?? 0))" }
      guard let high else { return "from \(text(low))" }
      return low == high ? text(low) : "\(text(low)) to \(text(high))"
    }

    /// Its middle, or of an open one its border with the way on.
    var shortLabel: String {
      func text(_ x: Double) -> String { NumberText.full(HistogramPlot.rounded(x)).withMinusSign }
      guard let low else { return "<\(text(high ?? 0))" }
      guard let high else { return "≥\(text(low))" }
      return text((low + high) / 2)
    }
  }

  /// The ratios that the objective uses: of tokens, or of whole responses.
  static func ratio(of subject: PlotSubject) -> Quantity? {
    [.ratio, .sequenceRatio].first { subject.trace.records($0) }
  }

  init?(_ quantity: Quantity, _ subject: PlotSubject) {
    let trace = subject.trace
    (self.subject, self.quantity) = (subject, quantity)
    let chosen = subject.choose(trace.steps(recording: quantity)) { step in
      let numbers = step.terms.map { trace.value($0) }.filter { $0.isFinite }
      return (numbers.max() ?? 0) - (numbers.min() ?? 0)
    }
    guard let (step, place) = chosen else { return nil }
    (self.step, self.place) = (step, place)
    values = step.terms.map { trace.value($0) }.filter { !$0.isNaN }.sorted()
    bins = Self.bins(of: values, borders: Self.markers(of: quantity, subject))
  }

  /// About a dozen bins with round borders, and with those that numbers are compared with, lest a bin has numbers of both sides;
  /// where a few numbers lie far out, those share one.
  private static func bins(of all: [Double], borders own: [Double]) -> [Bin] {
    let sorted = all.filter { $0.isFinite }
    guard let least = sorted.first, let most = sorted.last, least < most else { return [] }
    let cut = sorted.count / 50
    let inner = (low: sorted[cut], high: sorted[sorted.count - 1 - cut])
    let isWide = inner.high > inner.low && most - least > 4 * (inner.high - inner.low)
    let range = isWide ? inner.low...inner.high : least...most
    let ticks = AxisTicks(range, count: 10).values
    guard ticks.count > 1 else { return [] }
    let width = ticks[1] - ticks[0]
    var borders = ticks
    if range.lowerBound < ticks[0] { borders.insert(ticks[0] - width, at: 0) }
    if range.upperBound > ticks[ticks.count - 1] { borders.append(ticks[ticks.count - 1] + width) }
    borders = borders.map(rounded)
    let (first, last) = (borders[0], borders[borders.count - 1])
    borders = Set(borders + own.filter { first < $0 && $0 < last }).sorted()
    let isOpen = (below: all[0] < first, above: all[all.count - 1] > last)
    var bins = zip(borders, borders.dropFirst()).map { Bin(low: $0, high: $1, hasHigh: $1 == last && !isOpen.above) }
    if isOpen.below { bins.insert(Bin(low: nil, high: first), at: 0) }
    if isOpen.above { bins.append(Bin(low: last, high: nil)) }
    return own.reduce(bins) { setApart($1, in: $0, of: all) }
  }

  /// What is computed as 0.30000000000000004 is meant as 0.3.
  private static func rounded(_ x: Double) -> Double { NumberText.parse(NumberText.short(x, digits: 10)) ?? x }

  /// The bins with one more for the numbers that are just on a border, if there are any.
  private static func setApart(_ border: Double, in bins: [Bin], of all: [Double]) -> [Bin] {
    guard all.contains(border), let place = bins.firstIndex(where: { $0.contains(border) }) else { return bins }
    let bin = bins[place]
    let parts = [
      Bin(low: bin.low, high: border, hasLow: bin.hasLow), Bin(low: border, high: border, hasHigh: true),
      Bin(low: border, high: bin.high, hasLow: false, hasHigh: bin.hasHigh),
    ]
    let filled = parts.filter { $0.low != $0.high || ($0.hasLow && $0.hasHigh) }
    return Array(bins[..<place]) + filled + bins[(place + 1)...]
  }

  // MARK: What is seen

  var plot: Plot? {
    guard !bins.isEmpty else { return nil }
    let name = quantity.name
    var panel = Plot.Panel(
      x: Plot.Axis(label: name, categories: bins.map { $0.label }, shortCategories: bins.map { $0.shortLabel }),
      y: Plot.Axis(label: "how many", counts: true))
    for (number, bin) in bins.enumerated() {
      let own = values.filter { bin.contains($0) }
      panel.bars.append(
        Plot.Bar(
          x: Double(number), width: 0.9, y: Plot.Reading(value: Double(own.count), term: bin.expression(of: name)),
          beat: step.beat, tone: tone(own), label: "\(name) \(bin.label)"))
    }
    panel.levels = Self.markers(of: quantity, subject).compactMap { value in
      position(of: value).map { Plot.Level(value: $0, isVertical: true, label: borderText(value)) }
    }
    return Plot(title: title, subtitle: subtitle, panels: [panel])
  }

  /// Where a number lies between the borders of the bins, in places of the axis.
  private func position(of value: Double) -> Double? {
    for (number, bin) in bins.enumerated() where bin.contains(value) {
      guard let low = bin.low, let high = bin.high, low < high else { return nil }
      return Double(number) - 0.5 + (value - low) / (high - low)
    }
    return nil
  }

  private var widths: (low: Double, high: Double)? {
    quantity == .advantage ? nil : subject.algorithm.clipWidths(subject.settings)
  }

  /// What the numbers are compared with.
  private static func markers(of quantity: Quantity, _ subject: PlotSubject) -> [Double] {
    guard quantity != .advantage else { return [0] }
    return (subject.algorithm.clipWidths(subject.settings).map { [1 - $0.low, 1 + $0.high] } ?? []) + [1]
  }

  private func isOutside(_ ratio: Double) -> Bool {
    widths.map { ratio < 1 - $0.low || ratio > 1 + $0.high } ?? false
  }

  /// The hue that all numbers of a bin share.
  private func tone(_ own: [Double]) -> Plot.Tone {
    if own.isEmpty { return .muted }
    if quantity != .advantage { return own.allSatisfy(isOutside) ? .mark(.clipped) : .muted }
    return own.allSatisfy { $0 > 0 } ? .mark(.positive) : own.allSatisfy { $0 < 0 } ? .mark(.negative) : .muted
  }

  private var title: String {
    func text(_ x: Double) -> String { NumberText.short(x, digits: 3).withMinusSign }
    let range = "\(text(values.first ?? 0)) to \(text(values.last ?? 0))"
    if quantity == .advantage {
      let (up, down) = (values.count { $0 > 0 }, values.count { $0 < 0 })
      return "\(values.count) advantages from \(range): \(up) positive, \(down) negative"
    }
    let named = "\(values.count) ratios from \(range)"
    guard let widths else { return named }
    let outside = values.count(where: isOutside)
    let number = outside == 0 ? "none" : "\(outside)"
    return "\(named): \(number) outside of \(borderText(1 - widths.low)) to \(borderText(1 + widths.high))"
  }

  private var subtitle: String {
    let lost = step.terms.count - values.count
    let ofWhole = quantity == .sequenceRatio ? "of whole \(subject.words.example)s" : nil
    return ([place, ofWhole, lost > 0 ? "\(lost) left out that are NaN" : nil].compactMap { $0 })
      .joined(separator: " · ")
  }
}
