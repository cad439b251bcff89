import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// What becomes of a run: up to four of its numbers over its steps.
  static let progress = PlotKind(
    name: "progress",
    summary: "exact reward, KL, entropy, clip share over the iterations",
    lack: {
      guard ProgressPlot($0).series.isEmpty else { return nil }
      return $0.trace.occurrences(of: TermKey(.loss)).count > 1
        ? "over its steps no number of it is finite and changes" : "one step has no progress"
    },
    draw: { ProgressPlot($0).plot })
}

private struct ProgressPlot {
  struct Series {
    let name: String
    let meaning: String
    let terms: [Int]
    /// The iteration, or the number of the update.
    let places: [Double]
    let isByIteration: Bool

    var note: String { meaning.isEmpty ? "" : "\(name): \(meaning)" }
  }

  private let subject: PlotSubject
  private let trace: Trace
  let series: [Series]

  /// What tells most of a run first.
  private static let quantities: [Quantity] = [
    .exactReward, .exactReturn, .trueReward, .meanMargin, .meanDesirableLogp, .meanUndesirableLogp, .exactKL,
    .meanChosenLogp,
    .meanRejectedLogp, .pairAccuracy, .perplexity,
  ]
  private static let metrics: [Metric] = [
    .entropyAverage, .policyClipFraction, .entropy, .clipRegionMean, .meanTokenAccuracy,
  ]

  init(_ subject: PlotSubject) {
    let trace = subject.trace
    (self.subject, self.trace) = (subject, trace)
    var found: [Series] = []
    let standard =
      Self.quantities.map { TermKey($0) } + Self.metrics.map { TermKey(.metric, $0.rawValue) } + [TermKey(.loss)]
    let asked = subject.about.filter { $0.i < 0 || $0.name == Quantity.metric.rawValue }
    for key in asked + standard.filter({ !asked.contains($0) }) where found.count < 4 {
      let terms = trace.occurrences(of: key)
      let values = terms.map { trace.value($0) }
      guard terms.count > 1, values.allSatisfy({ $0.isFinite }), values.contains(where: { $0 != values[0] }) else {
        continue
      }
      found.append(Self.series(key, terms, trace))
    }
    series = found
  }

  private static func series(_ key: TermKey, _ terms: [Int], _ trace: Trace) -> Series {
    let iterations = terms.map { trace.stage(ofBeat: trace.terms[$0].beat).loops.iteration ?? 0 }
    let isByIteration = Set(iterations).count == terms.count
    let entry = trace.glossary.entries[key.name]
    let name = entry.name == "metric" ? trace.glossary.indexTexts(key)[0] : entry.name
    return Series(
      name: name, meaning: entry.name == "metric" ? "" : entry.meaning, terms: terms,
      places: isByIteration ? iterations.map { Double($0) } : terms.indices.map { Double($0) },
      isByIteration: isByIteration)
  }

  var plot: Plot? {
    guard !series.isEmpty else { return nil }
    let panels = series.map { series in
      var panel = Plot.Panel(
        x: Plot.Axis(label: series.isByIteration ? "iterations" : "updates", counts: true),
        y: Plot.Axis(label: series.name))
      panel.note = series.note
      let last = trace.value(series.terms[series.terms.count - 1])
      let tone = Plot.Tone.mark(.trained)
      let places = series.terms.indices.map { (x: series.places[$0], y: trace.value(series.terms[$0])) }
      panel.curves = [
        Plot.Curve(
          vertices: places.map { Plot.Curve.Vertex(x: $0.x, y: $0.y) }, tone: tone,
          label: NumberText.short(last, digits: 3).withMinusSign)
      ]
      for (k, place) in places.enumerated() {
        panel.points.append(
          Plot.Point(
            x: Plot.Reading(value: place.x, term: nil),
            y: Plot.Reading(value: place.y, term: trace.text(series.terms[k])), beat: trace.terms[series.terms[k]].beat,
            tone: tone, label: series.name))
      }
      return panel
    }
    return Plot(title: title, subtitle: subtitle, panels: panels)
  }

  /// What the first number did, and what the second one did meanwhile.
  private var title: String {
    func change(_ series: Series) -> String {
      let (first, last) = (trace.value(series.terms[0]), trace.value(series.terms[series.terms.count - 1]))
      var digits = 3
      func text(_ x: Double) -> String { NumberText.short(x, digits: digits).withMinusSign }
      // A change in the last place of a double is none.
      if (last - first).magnitude <= 0x1p-46 * max(last.magnitude, first.magnitude) {
        return "\(series.name) stays \(text(last))"
      }
      while text(first) == text(last), digits < 17 { digits += 1 }
      return "\(series.name) \(last > first ? "rises" : "falls") from \(text(first)) to \(text(last))"
    }
    return series.prefix(2).map { change($0) }.joined(separator: ", ")
  }

  /// What these two are.
  private var subtitle: String {
    series.prefix(2).map { $0.note }.filter { !$0.isEmpty }.joined(separator: " · ")
  }
}
