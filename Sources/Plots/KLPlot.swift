import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// The estimators of the KL over the log-ratio to the reference, and their gradients.
  static let kl = PlotKind(
    name: "kl", summary: "k1, k2, k3 over the log-ratio to the reference, with gradients",
    lack: {
      if KLPlot.name(in: $0.trace) == nil { return "it estimates no KL per token (its weight may be 0)" }
      return $0.trace.records(.refLogp) ? nil : "it records no log-probability under its reference"
    },
    make: { KLPlot($0) }, plot: { $0.plot })
}

private struct KLPlot {
  private struct Item {
    let kl: Int
    let logp, reference: Int
  }

  private let subject: PlotSubject
  private let trace: Trace
  private let step: PlotStep
  private let place: String
  /// Those that are drawn, of all.
  private let items, all: [Item]

  private static let limit = 60

  /// The estimate in the loss, or else the one in the rewards.
  static func name(in trace: Trace) -> Quantity? { [Quantity.klTerm, .kl].first { trace.records($0) } }

  init?(_ subject: PlotSubject) {
    let trace = subject.trace
    guard let name = Self.name(in: trace) else { return nil }
    (self.subject, self.trace) = (subject, trace)
    let chosen = subject.choose(trace.steps(recording: name)) { step in
      let distances = step.terms.prefix(400).compactMap { Self.item($0, trace) }.map { Self.difference($0, trace) }
      return (distances.max() ?? 0) - (distances.min() ?? 0)
    }
    guard let (step, place) = chosen else { return nil }
    (self.step, self.place) = (step, place)
    all = step.terms.compactMap { Self.item($0, trace) }
    items = Self.mostTelling(all, trace)
    if items.isEmpty { return nil }
  }

  /// Those farthest from the reference, in the order of the recording.
  private static func mostTelling(_ items: [Item], _ trace: Trace) -> [Item] {
    guard items.count > limit else { return items }
    let ranked = items.sorted { a, b in
      let (x, y) = (difference(a, trace).magnitude, difference(b, trace).magnitude)
      return x != y ? x > y : a.kl < b.kl
    }
    return ranked.prefix(limit).sorted { $0.kl < $1.kl }
  }

  private static func difference(_ item: Item, _ trace: Trace) -> Double {
    trace.value(item.logp) - trace.value(item.reference)
  }

  /// The policy's log-probability that the estimate is of: that of the sampling policy in the rewards, the current one
  /// in the loss.
  private static func item(_ kl: Int, _ trace: Trace) -> Item? {
    let key = trace.terms[kl].key
    let inputs = trace.inputs(of: kl)
    let names = [Quantity.logp, .oldLogp]
    let own = inputs.first { input in names.contains { $0.rawValue == trace.terms[input].key.name } }
    let logp = own ?? names.lazy.compactMap { trace.term(TermKey($0, key.i, key.j), before: kl) }.first
    guard let logp, let reference = trace.term(TermKey(.refLogp, key.i, key.j), before: kl) else { return nil }
    let item = Item(kl: kl, logp: logp, reference: reference)
    return difference(item, trace).isFinite && trace.value(kl).isFinite ? item : nil
  }

  private var chosen: KLEstimator? {
    let option: Option = subject.source.options.contains(.groupKLEstimator) ? .groupKLEstimator : .klEstimator
    return KLEstimator(rawValue: subject.settings.choice(option))
  }

  var plot: Plot {
    let differences = items.map { Self.difference($0, trace) }
    let reach = max(1, 1.25 * (differences.map { $0.magnitude }.max() ?? 1))
    let range = -reach...reach
    var value = Plot.Panel(title: "Value", x: axis(range), y: Plot.Axis(label: "estimate, in nats"))
    var gradient = Plot.Panel(
      title: "Gradient by log π, where the estimate is in a loss", x: axis(range), y: Plot.Axis(label: "derivative"))
    let estimators: [KLEstimator] = [.k1, .k2, .k3] + (chosen == .k3WithGradientOfK2 ? [.k3WithGradientOfK2] : [])
    for estimator in estimators {
      let own = estimator == chosen
      let samples = samples(estimator, (spaced(range, 121) + differences).sorted())
      let label = estimator.rawValue + (own ? " (used here)" : "")
      let tone = tone(estimator)
      let weight = own ? Plot.Curve.Weight.strong : .normal
      value.curves.append(
        Plot.Curve(vertices: samples.value, tone: tone, weight: weight, label: label))
      gradient.curves.append(
        Plot.Curve(vertices: samples.slope, tone: tone, weight: weight, label: estimator.rawValue))
    }
    let highlighted = items.indices.reduce(0) { differences[$1].magnitude > differences[$0].magnitude ? $1 : $0 }
    for (number, item) in items.enumerated() {
      let key = trace.terms[item.kl].key
      let token = trace.tokenText(of: key, at: step.beat).map { "“\($0)” of \(subject.words.example) \(key.i)" }
      value.points.append(
        Plot.Point(
          x: Plot.Reading(value: differences[number], term: "\(trace.text(item.logp)) - \(trace.text(item.reference))"),
          y: Plot.Reading(value: trace.value(item.kl), term: trace.text(item.kl)), beat: step.beat,
          tone: chosen.map { tone($0) } ?? .text, label: token ?? trace.text(item.kl),
          isHighlighted: number == highlighted))
    }
    limit(&value, to: value.points.map { $0.y.value } + [reach, -reach, 0])
    limit(&gradient, to: [-reach, reach, 0])
    return Plot(title: title, subtitle: subtitle, remarks: remarks, formulas: formulas, panels: [value, gradient])
  }

  private func axis(_ range: ClosedRange<Double>) -> Plot.Axis {
    Plot.Axis(label: "log π − log π_ref of the sampled token", range: range, isFixed: true)
  }

  /// e^−d would flatten everything else.
  private func limit(_ panel: inout Plot.Panel, to values: [Double]) {
    let (low, high) = (values.min() ?? -1, values.max() ?? 1)
    let margin = 0.06 * (high - low)
    (panel.y.range, panel.y.isFixed) = ((low - margin)...(high + margin), true)
  }

  private func samples(
    _ estimator: KLEstimator, _ places: [Double]
  ) -> (value: [Plot.Curve.Vertex], slope: [Plot.Curve.Vertex]) {
    let bounds = KLEstimator.Bounds(subject.settings)
    var (value, slope): ([Plot.Curve.Vertex], [Plot.Curve.Vertex]) = ([], [])
    for d in places {
      let tape = Tape()
      let logp = tape.leaf(d)
      let estimate = estimator(logp: logp, reference: tape.constant(0), within: bounds)
      value.append(Plot.Curve.Vertex(x: d, y: estimate.value))
      slope.append(Plot.Curve.Vertex(x: d, y: tape.gradient(of: estimate)[logp]))
    }
    return (value, slope)
  }

  private func tone(_ estimator: KLEstimator) -> Plot.Tone {
    switch estimator {
    case .k1: .mark(.trained)
    case .k2: .mark(.positive)
    case .k3: .mark(.clipped)
    case .k3WithGradientOfK2: .text
    }
  }

  private var title: String {
    let less = all.count { Self.difference($0, trace) < 0 }
    let noun = counted(all.count, subject.words.step)
    return less == 0
      ? "No \(subject.words.step) is less likely than under the reference: no estimate is negative"
      : "\(less) of \(noun) \(less == 1 ? "is" : "are") less likely than under the reference: there k1 is negative, k2 and k3 are not"
  }

  private var subtitle: String {
    let used = chosen == nil ? "here the KL is exact, over the whole vocabulary: points lie on no curve" : nil
    return [place, used].compactMap { $0 }.joined(separator: " · ")
  }

  private var remarks: [String] {
    let lost = step.terms.count - all.count
    return leftOut(all.count - items.count) + (lost > 0 ? ["\(lost) left out that are not finite"] : [])
  }

  private var formulas: [Plot.Formula] { subject.formulas(of: [items[0].kl], down: []) }
}
