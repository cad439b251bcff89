import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// What a token, or a response, counts for at other ratios: the recorded operations at other log-probabilities.
  static let clip = PlotKind(
    name: "clip", summary: "the objective over the ratio, and what the loss pushes tokens by",
    lack: { subject in
      ClipPlot.names(in: subject.trace) == nil ? "it records no ratio to the policy that sampled" : nil
    },
    isClear: { ClipPlot.hasMoved($0) }, make: { ClipPlot($0) }, plot: { $0.plot })
}

private struct ClipPlot {
  private let trace: Trace
  private let subject: PlotSubject
  private let step: PlotStep
  private let place: String
  private let names: ClipItem.Names
  /// Those that are drawn, of all.
  private let items, all: [ClipItem]
  private let loss: Int?

  /// More curves than that nobody can tell apart.
  private static let limit = 24

  /// The names of the ratio and of what is made of it.
  static func names(in trace: Trace) -> ClipItem.Names? {
    let pairs: [ClipItem.Names] = [
      (.sequenceRatio, .sequenceObjective), (.sequenceRatio, .objective),
      (.geometricRatio, .sequenceObjective), (.sequenceWeight, .objective), (.ratio, .objective),
    ]
    return pairs.first { trace.records($0.ratio) && trace.records($0.objective) }
  }

  init?(_ subject: PlotSubject) {
    guard let names = Self.names(in: subject.trace) else { return nil }
    let trace = subject.trace
    (self.trace, self.subject, self.names) = (trace, subject, names)
    // A ratio that is 1 everywhere shows no clip, and advantages of 0 show nothing at all.
    let steps = trace.steps(recording: names.objective)
    var looked: (beat: Int, items: [ClipItem]) = (-1, [])
    let chosen = subject.choose(steps) { step in
      let loss = step.terms.last.flatMap { trace.differentiation(after: $0) }
      let items = step.terms.prefix(400).compactMap { ClipItem($0, names, loss, in: trace) }
      looked = (step.beat, items)
      guard items.contains(where: { $0.advantage != 0 }) else { return 0 }
      return Double(items.count { $0.isCut }) + Self.spread(items, in: trace)
    }
    guard let (step, place) = chosen else { return nil }
    (self.step, self.place) = (step, place)
    let differentiation = step.terms.last.flatMap { trace.differentiation(after: $0) }
    let rest = looked.beat == step.beat ? step.terms.dropFirst(400) : step.terms[...]
    all =
      (looked.beat == step.beat ? looked.items : [])
      + rest.compactMap { ClipItem($0, names, differentiation, in: trace) }
    items = Self.mostTelling(all, in: trace)
    loss = differentiation?.term
  }

  /// Whether a ratio with an advantage is not 1, somewhere.
  static func hasMoved(_ subject: PlotSubject) -> Bool {
    guard let names = names(in: subject.trace) else { return false }
    return subject.trace.steps(recording: names.objective).contains { step in
      step.terms.prefix(400).contains { objective in
        guard let parts = ClipItem.parts(of: objective, names, in: subject.trace) else { return false }
        return subject.trace.value(parts.advantage) != 0
          && Elementary.log(subject.trace.value(parts.ratio)).magnitude > 0
      }
    }
  }

  private static func spread(_ items: [ClipItem], in trace: Trace) -> Double {
    let distances = items.filter { $0.advantage != 0 }.map { Elementary.log(trace.value($0.ratio)).magnitude }
    return min(0.9, (distances.max() ?? 0))
  }

  /// Those whose gradient is cut off first, then those that have moved most; in the order of the recording.
  private static func mostTelling(_ items: [ClipItem], in trace: Trace) -> [ClipItem] {
    guard items.count > limit else { return items }
    let ranked = items.sorted { a, b in
      if a.isCut != b.isCut { return a.isCut }
      let (x, y) = (Elementary.log(trace.value(a.ratio)).magnitude, Elementary.log(trace.value(b.ratio)).magnitude)
      return x != y ? x > y : a.objective < b.objective
    }
    return ranked.prefix(limit).sorted { $0.objective < $1.objective }
  }

  // MARK: What is seen

  var plot: Plot {
    let highlighted = highlight
    let functions = items.map { item in
      ScalarFunction(
        of: [trace.scalar(item.ratio), trace.scalar(item.objective)] + (loss.map { [trace.scalar($0)] } ?? []),
        moving: item.logps.map { trace.scalar($0) })
    }
    let borders = Set((functions.first?.borders(clipping: 0) ?? []) + floors).sorted()
    var canBeCut = false
    let range = range(borders)
    var objective = Plot.Panel(
      title: "What it counts for", x: Plot.Axis(label: ratioLabel),
      y: Plot.Axis(label: trace.glossary.entries[names.objective.rawValue].name))
    var push = Plot.Panel(
      title: "How hard the loss pushes it up", x: Plot.Axis(label: ratioLabel), y: Plot.Axis(label: pushLabel))
    for (number, item) in items.enumerated() where item.advantage != 0 {
      var function = functions[number]
      let own = (
        objective: Plot.Curve.Vertex(x: function.value(0), y: function.value(1)),
        push: loss.map { _ in Plot.Curve.Vertex(x: function.value(0), y: -function.slope(2)) }
      )
      let samples = samples(&function, over: range, borders)
      canBeCut = canBeCut || samples.isFlatAtAnEnd
      let isHighlighted = number == highlighted
      let tone = Plot.Tone.mark(item.advantage > 0 ? .positive : .negative)
      let weight = isHighlighted ? Plot.Curve.Weight.strong : .faint
      let label =
        isHighlighted || isExtreme(number) ? "A = " + NumberText.short(item.advantage, digits: 3).withMinusSign : nil
      objective.curves.add(
        Plot.Curve(vertices: samples.objective, tone: tone, weight: weight, label: label), through: own.objective)
      guard let pushed = own.push else { continue }
      push.curves.add(Plot.Curve(vertices: samples.push, tone: tone, weight: weight), through: pushed)
    }
    for (number, item) in items.enumerated() {
      let ratio = Plot.Reading(value: trace.value(item.ratio), term: trace.text(item.ratio))
      let point = Plot.Point(
        x: ratio, y: Plot.Reading(value: trace.value(item.objective), term: trace.text(item.objective)),
        beat: step.beat, mark: item.advantage > 0 ? .positive : item.advantage < 0 ? .negative : nil, tone: .muted,
        isCut: item.isCut, label: name(item), isHighlighted: number == highlighted)
      objective.points.append(point)
      guard let loss, let pushed = pushReading(item) else { continue }
      var other = point
      (other.y, other.beat, other.isNamed) = (pushed, trace.terms[loss].beat, false)
      push.points.append(other)
    }
    objective.curves.sortByWeight()
    push.curves.sortByWeight()
    for k in [0, 1] {
      var panel = k == 0 ? objective : push
      panel.x.range = range
      panel.x.isFixed = true
      panel.levels = borders.map {
        Plot.Level(value: $0, isVertical: true, label: borderText($0), handle: handle($0))
      }
      if borders.count >= 2 { panel.bands = [Plot.Band(range: borders[0]...borders[1])] }
      if k == 0 { objective = panel } else { push = panel }
    }
    return Plot(
      title: title, subtitle: subtitle, remarks: leftOut(all.count - items.count), claim: claim(canBeCut: canBeCut),
      formulas: formulas,
      panels: push.curves.isEmpty ? [objective] : [objective, push])
  }

  /// The ratios beyond which a dual clip holds the objective of a negative advantage.
  private var floors: [Double] {
    let floors = items.compactMap { item -> Double? in
      let key = trace.terms[item.objective].key
      guard item.advantage < 0, let floor = trace.term(TermKey(.dualClip, key.i, key.j), before: item.objective),
        trace.terms[floor].beat == trace.terms[item.objective].beat
      else { return nil }
      return trace.value(floor) / item.advantage
    }
    // All are the same option's value, but for rounding.
    return floors.first.map { [($0 * 1e9).rounded() / 1e9] } ?? []
  }

  /// The option from which a border of the clip follows; nil where it does not follow from a single one.
  private func handle(_ border: Double) -> Plot.Handle? {
    func isAt(_ place: Double) -> Bool { (border - place).magnitude <= 1e-9 * max(1, place.magnitude) }
    let floor = subject.source.options.first { option in
      [Option.dualClip, .delta].contains(option) && subject.settings.optionalNumber(option).map(isAt) ?? false
    }
    if let floor { return Plot.Handle(option: floor.name, origin: 0, sign: 1) }
    guard let low = subject.algorithm.option(.clipLow), let widths = subject.algorithm.clipWidths(subject.settings)
    else {
      return nil
    }
    if isAt(1 - widths.low) { return Plot.Handle(option: low.name, origin: 1, sign: -1) }
    let high = subject.algorithm.option(.clipHigh) ?? low
    return isAt(1 + widths.high) ? Plot.Handle(option: high.name, origin: 1, sign: 1) : nil
  }

  private var isShared: Bool { names.ratio != .ratio }
  private var noun: String {
    isShared && names.objective == .sequenceObjective ? subject.words.example : subject.words.step
  }
  private var ratioLabel: String {
    "\(trace.glossary.entries[names.ratio.rawValue].name) (1: as likely as under the old policy)"
  }
  private var pushLabel: String { isShared ? "−sum of grad(logp)" : "−grad(logp)" }

  private var highlight: Int? {
    func distance(_ k: Int) -> Double { Elementary.log(trace.value(items[k].ratio)).magnitude }
    let cut = items.indices.filter { items[$0].isCut }
    let candidates = cut.isEmpty ? items.indices.filter { items[$0].advantage != 0 } : cut
    return candidates.reduce(nil as Int?) { best, k in best.map { distance(k) > distance($0) ? k : $0 } ?? k }
  }

  /// Whether an item's line is the steepest of its sign.
  private func isExtreme(_ number: Int) -> Bool {
    let own = items[number].advantage
    let alike = items.indices.filter { (items[$0].advantage > 0) == (own > 0) && items[$0].advantage != 0 }
    return alike.max { a, b in
      items[a].advantage.magnitude < items[b].advantage.magnitude
    } == number
  }

  private func name(_ item: ClipItem) -> String {
    let key = trace.terms[item.objective].key
    if key.j >= 0, let token = trace.tokenText(of: key, at: step.beat) {
      return "“\(token)” of \(subject.words.example) \(key.i)"
    }
    return "\(subject.words.example) \(key.i)"
  }

  /// «no gradient», or none from the objective where the loss has other parts that reach the log-probability.
  private func absence(_ cut: [ClipItem]) -> String { "no gradient" + limit(cut) }

  /// Where the loss has other parts that push what the objective does not.
  private func limit(_ cut: [ClipItem]) -> String {
    cut.contains { (pushReading($0)?.value ?? 0) != 0 } ? " from the objective" : ""
  }

  private func pushReading(_ item: ClipItem) -> Plot.Reading? {
    let at = loss.map { trace.terms[$0].beat } ?? step.beat
    var sum = 0.0
    for logp in item.logps {
      guard let gradient = trace.gradient(of: logp, at: at) else { return nil }
      sum += gradient
    }
    let terms = item.logps.map { "grad(\(trace.text($0)))" }
    return Plot.Reading(
      value: -sum, term: "-" + (terms.count == 1 ? terms[0] : "(" + terms.joined(separator: " + ") + ")"))
  }

  private var title: String {
    let cut = all.filter { $0.isCut }
    let live = all.count { $0.advantage != 0 }
    let ratios = all.map { trace.value($0.ratio) }
    let range =
      "\(NumberText.short(ratios.min() ?? 1, digits: 3)) to \(NumberText.short(ratios.max() ?? 1, digits: 3))"
    if !cut.isEmpty { return "\(stops): \(absence(cut))" }
    if live < all.count {
      return
        "\(live) of \(counted(all.count, noun)) \(live == 1 ? "has" : "have") an advantage, and none of them is cut off"
    }
    return "No \(noun)'s gradient is cut off: the ratios are \(range)"
  }

  /// «4 of 9 tokens have moved as far as the objective rewards, 2 are where the objective falls no further».
  private var stops: String {
    let counts = ClipItem.Stop.allCases.map { stop in (stop, all.count { $0.stop == stop }) }.filter { $0.1 > 0 }
    return counts.enumerated().map { place, entry in
      let number = place == 0 ? "\(entry.1) of \(counted(all.count, noun))" : "\(entry.1)"
      return "\(number) \(entry.0.predicate(entry.1))"
    }.joined(separator: ", ")
  }

  /// What happens to an item that has moved far enough, if there is one.
  ///
  /// - Parameter canBeCut: Whether one of the objectives passes no gradient at some ratio.
  private func claim(canBeCut: Bool) -> String? {
    let cut = all.filter { $0.isCut }
    let far = cut.filter { $0.stop == .limit && trace.value($0.ratio) != 1 }
    if !far.isEmpty {
      return "\(capitalized(withArticle(noun))) that has already moved far enough gets no more push\(limit(far))"
    }
    if !cut.isEmpty {
      return "\(cut.count) of \(counted(all.count, noun)) \(cut.count == 1 ? "gets" : "get") no push\(limit(cut))"
    }
    guard all.contains(where: { $0.advantage != 0 }) else { return nil }
    return canBeCut
      ? "No \(noun) has moved far enough yet: each that has an advantage is still pushed"
      : "However far it moves, each \(noun) that has an advantage is pushed"
  }

  private var subtitle: String {
    let signs = [
      items.contains { $0.advantage > 0 } ? "\(Mark.positive.symbol) positive advantage" : nil,
      items.contains { $0.advantage < 0 } ? "\(Mark.negative.symbol) negative advantage" : nil,
      items.contains { $0.isCut } ? "hollow: \(absence(items.filter { $0.isCut }))" : nil,
    ].compactMap { $0 }
    return ([place] + signs).joined(separator: " · ")
  }

  private var formulas: [Plot.Formula] {
    let term = highlight.map { items[$0].objective } ?? step.terms[0]
    return subject.formulas(
      of: [term],
      down: [
        .surrogate, .clippedSurrogate, .clippedRatio, .boundedRatio, .ratioWeight, .softRatio, .dualClip,
        .sequenceSurrogate, .clippedSequenceSurrogate, .clippedSequenceRatio, .boundedSequenceRatio,
        .sequenceRatioWeight, .sequenceSoftRatio, .gammaWeight,
      ])
  }

  // MARK: Curves

  private func range(_ borders: [Double]) -> ClosedRange<Double> {
    let all = items.map { trace.value($0.ratio) }.filter { $0.isFinite } + borders + [0.6, 1.4]
    let (low, high) = (all.min() ?? 0.5, all.max() ?? 1.5)
    let room = 0.08 * (high - low)
    return max(0.01, low - room)...(high + room)
  }

  /// The curve through an item's point, without the point itself: its log-probabilities move together until the ratio
  /// is the wanted one. And whether the objective passes no gradient at the least of these ratios, or at the largest.
  private func samples(
    _ function: inout ScalarFunction, over range: ClosedRange<Double>, _ borders: [Double]
  ) -> (objective: [Plot.Curve.Vertex], push: [Plot.Curve.Vertex], isFlatAtAnEnd: Bool) {
    let start = function.value(0)
    let speed = function.slope(0) / start
    guard start > 0, speed > 0 else { return ([], [], false) }
    // Close to a border on both sides, since a slope jumps there.
    let wanted = (spaced(range, 81) + borders.flatMap { [$0 - 1e-9, $0, $0 + 1e-9] }).filter { range.contains($0) }
    let shifts = wanted.sorted().map { Elementary.log($0 / start) / speed }
    var (objective, push): ([Plot.Curve.Vertex], [Plot.Curve.Vertex]) = ([], [])
    var isFlatAtAnEnd = false
    for (number, shift) in shifts.enumerated() {
      function.move(by: shift)
      if number == 0 || number == shifts.count - 1 { isFlatAtAnEnd = isFlatAtAnEnd || function.slope(1) == 0 }
      objective.append(Plot.Curve.Vertex(x: function.value(0), y: function.value(1)))
      if loss != nil { push.append(Plot.Curve.Vertex(x: function.value(0), y: -function.slope(2))) }
    }
    return (objective, push, isFlatAtAnEnd)
  }
}
