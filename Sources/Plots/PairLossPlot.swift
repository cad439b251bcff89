import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// The loss of a pair over its margin, or what a judged response is worth over its implicit reward.
  static let pairLoss = PlotKind(
    name: "pair-loss", summary: "the loss of pairs over the margin; KTO's value function",
    lack: { PairLossPlot.Form.of($0.trace) == nil ? "it learns neither from pairs nor from judged responses" : nil },
    make: { PairLossPlot($0) }, plot: { $0.plot })
}

private struct PairLossPlot {
  /// What is drawn over what, and which recorded numbers are moved to draw it.
  struct Form {
    let x, y: Quantity
    let inputs: Quantity
    /// Whether each token has one of the inputs.
    let isByToken: Bool

    private static let all = [
      Form(x: .sortedDelta, y: .pairLoss, inputs: .chosenLogp, isByToken: true),
      Form(x: .margin, y: .pairLoss, inputs: .chosenLogp, isByToken: true),
      Form(x: .margin, y: .pairLoss, inputs: .chosenScore, isByToken: false),
      Form(x: .implicitReward, y: .humanValue, inputs: .logp, isByToken: true),
    ]

    static func of(_ trace: Trace) -> Form? {
      all.first { form in
        // Of several losses each has another x axis, but all of them have a margin.
        trace.records(form.x) && trace.records(form.y) && trace.records(form.inputs)
          && !(form.x == .sortedDelta && trace.records(.partLoss))
      }
    }

    /// What a term of y is about.
    func noun(_ words: Algorithm.Words) -> String {
      switch x {
      case .sortedDelta: "rank"
      case .margin: "pair"
      default: words.example
      }
    }

    /// What is said of those whose x is below 0, at 0 and above.
    var verdicts: (below: Verdict, level: Verdict, above: String) {
      x == .sortedDelta
        ? (Verdict("is behind", "are behind"), Verdict("is level", "are level"), "ahead")
        : (Verdict("is ranked wrongly", "are ranked wrongly"), Verdict("is a tie", "are ties"), "ranked correctly")
    }

    struct Verdict {
      let one, several: String

      init(_ one: String, _ several: String) { (self.one, self.several) = (one, several) }

      func callAsFunction(_ count: Int) -> String { count == 1 ? one : several }
    }
  }

  private struct Item {
    let x, y: Int
    let inputs: [Int]
    /// The derivative of y with respect to what moves, at the recorded numbers.
    let slope: Double
    /// Whether no loss pulls at what moves.
    let isIdle: Bool
    /// Whether a pair's two responses are the same, so that what pulls at one pulls back at the other.
    let isOfTwins: Bool
    /// How far what moves can go up: no further than to a probability of 1, unless y depends on a difference alone.
    let room: Double
  }

  private let subject: PlotSubject
  private let trace: Trace
  private let form: Form
  private let step: PlotStep
  private let place: String
  private let items: [Item]
  /// Which of them are drawn.
  private let drawn: [Int]

  private static let limit = 24

  init?(_ subject: PlotSubject) {
    let trace = subject.trace
    guard let form = Form.of(trace) else { return nil }
    (self.subject, self.trace, self.form) = (subject, trace, form)
    // If every pair is a tie, all points coincide.
    let chosen = subject.choose(trace.steps(recording: form.y)) { step in
      let places = step.terms.compactMap { Self.x(of: $0, form, trace).map { trace.value($0) } }
      return 1e-9 + (places.max() ?? 0) - (places.min() ?? 0)
    }
    guard let (step, place) = chosen else { return nil }
    (self.step, self.place) = (step, place)
    let items = step.terms.compactMap { Self.item($0, form, trace) }
    self.items = items
    drawn = Self.strongest(items)
    if items.isEmpty { return nil }
  }

  /// Those that are pulled hardest, in their order.
  private static func strongest(_ items: [Item]) -> [Int] {
    func pull(_ item: Item) -> Double { item.isOfTwins ? 0 : item.slope.magnitude }
    let ranked = items.indices.sorted { a, b in
      let (x, y) = (pull(items[a]), pull(items[b]))
      return x != y ? x > y : a < b
    }
    return ranked.prefix(limit).sorted()
  }

  private static func x(of y: Int, _ form: Form, _ trace: Trace) -> Int? {
    trace.term(TermKey(form.x, trace.terms[y].key.i), before: y)
  }

  private static func item(_ y: Int, _ form: Form, _ trace: Trace) -> Item? {
    let i = trace.terms[y].key.i
    guard let x = x(of: y, form, trace), trace.value(x).isFinite, trace.value(y).isFinite else { return nil }
    // At a rank stands the chosen response whose number was sorted there.
    let moved = form.x == .sortedDelta ? trace.inputs(of: x).first.map { trace.terms[$0].key.i } ?? i : i
    let loops = trace.stage(ofBeat: trace.terms[y].beat).loops
    var inputs: [Int] = []
    while let input = trace.term(TermKey(form.inputs, moved, form.isByToken ? inputs.count : -1), before: y),
      trace.stage(ofBeat: trace.terms[input].beat).loops == loops
    {
      inputs.append(input)
      if !form.isByToken { break }
    }
    guard !inputs.isEmpty else { return nil }
    let slope = ScalarFunction(of: [trace.scalar(y)], moving: inputs.map { trace.scalar($0) }).slope(0)
    // All tokens move together: of a long response that counts as often as it has tokens.
    return Item(
      x: x, y: y, inputs: inputs, slope: slope / Double(inputs.count), isIdle: isIdle(inputs, y, slope, trace),
      isOfTwins: areTwins(moved, form, trace, at: trace.terms[y].beat),
      room: form.isByToken && !isOfDifference(y, trace)
        ? -(inputs.map { trace.value($0) }.max() ?? 0) : .infinity)
  }

  private static func areTwins(_ pair: Int, _ form: Form, _ trace: Trace, at beat: Int) -> Bool {
    guard form.y == .pairLoss, let words = trace.words(ofPair: pair, isRejected: false, at: beat) else { return false }
    return words == trace.words(ofPair: pair, isRejected: true, at: beat)
  }

  /// Whether the step's loss has no gradient at any of them; without a gradient the slope of y tells.
  private static func isIdle(_ inputs: [Int], _ y: Int, _ slope: Double, _ trace: Trace) -> Bool {
    trace.differentiation(after: y).map { loss in inputs.allSatisfy { loss.gradient[trace.scalar($0)] == 0 } }
      ?? (slope == 0)
  }

  /// Whether a loss is computed from a difference of log-probabilities, which a rejected response may change as well.
  private static func isOfDifference(_ loss: Int, _ trace: Trace) -> Bool {
    trace.inputs(of: loss).allSatisfy { input in
      switch trace.quantity(of: input) {
      case .margin, .logit, .sortedDelta, .blend: true
      case .partLoss: isOfDifference(input, trace)
      default: false
      }
    }
  }

  var plot: Plot {
    let range = range
    let highlighted = highlight
    var panel = Plot.Panel(
      x: Plot.Axis(label: xLabel, range: range, isFixed: true), y: Plot.Axis(label: name(form.y)))
    for (number, item) in drawn.map({ ($0, items[$0]) }) {
      panel.curves.add(
        Plot.Curve(
          vertices: curve(item, over: range), tone: tone(item), weight: number == highlighted ? .strong : .faint),
        through: Plot.Curve.Vertex(x: trace.value(item.x), y: trace.value(item.y)))
    }
    labelKinds(&panel)
    panel.curves.sortByWeight()
    if range.contains(0) { panel.levels = [Plot.Level(value: 0, isVertical: true, tone: .line, label: zeroLabel)] }
    for (number, item) in drawn.map({ ($0, items[$0]) }) {
      panel.points.append(
        Plot.Point(
          x: Plot.Reading(value: trace.value(item.x), term: trace.text(item.x)),
          y: Plot.Reading(value: trace.value(item.y), term: trace.text(item.y)), beat: step.beat, mark: mark(item),
          isCut: item.isIdle, label: label(item), isHighlighted: number == highlighted))
    }
    // What grows beyond all bounds would flatten the rest.
    let values = panel.points.map { $0.y.value } + panel.curves.map { $0.vertices[$0.vertices.count / 2].y }
    if let low = values.min(), let high = values.max() {
      let drawn = panel.curves.flatMap { $0.vertices.map { $0.y } }.filter { $0.isFinite }
      let room = max(high - low, 0.15 * max(1, high.magnitude)) * 3
      let (bottom, top) = (max(drawn.min() ?? low, low - room), min(drawn.max() ?? high, high + room))
      let margin = 0.06 * (top - bottom)
      if top > bottom { (panel.y.range, panel.y.isFixed) = ((bottom - margin)...(top + margin), true) }
    }
    return Plot(
      title: title, subtitle: subtitle, remarks: leftOut(items.count - drawn.count), claim: claim, formulas: formulas,
      panels: [panel])
  }

  private var isPairs: Bool { form.y == .pairLoss }
  private func name(_ quantity: Quantity) -> String { trace.glossary.entries[quantity.rawValue].name }
  private var noun: String { form.noun(subject.words) }

  private var xLabel: String {
    switch form.inputs {
    case .chosenScore: "margin: the score of the chosen response minus that of the rejected one"
    case .chosenLogp: "\(name(form.x)) (changed by the chosen response's log-probability)"
    default: "implicit_reward (β times the log-ratio to the reference)"
    }
  }

  private var zeroLabel: String {
    guard isPairs else { return "as likely as under the reference" }
    return form.x == .margin ? "a tie" : "level"
  }

  private var range: ClosedRange<Double> {
    let places = drawn.map { trace.value(items[$0].x) }
    let reach = max(isPairs ? 2 : 3, 1.6 * (places.map { $0.magnitude }.max() ?? 0))
    // Nothing is drawn beyond the place where every curve has ended.
    let ends = drawn.map { end(of: items[$0]) }
    let last = (ends.max() ?? reach) + 0.15 * reach
    return -reach...max(0.15 * reach, min(reach, last))
  }

  /// How far to the right an item's curve can go.
  private func end(of item: Item) -> Double {
    guard item.room.isFinite else { return .infinity }
    let function = ScalarFunction(of: [trace.scalar(item.x)], moving: item.inputs.map { trace.scalar($0) })
    return max(trace.value(item.x), trace.value(item.x) + max(0, function.slope(0)) * item.room)
  }

  private func curve(_ item: Item, over range: ClosedRange<Double>) -> [Plot.Curve.Vertex] {
    var function = ScalarFunction(
      of: [trace.scalar(item.x), trace.scalar(item.y)], moving: item.inputs.map { trace.scalar($0) })
    let (start, speed) = (function.value(0), function.slope(0))
    guard speed != 0 else { return [] }
    let shifts = spaced(range, 121).map { ($0 - start) / speed }.filter { $0 <= item.room }
    var vertices: [Plot.Curve.Vertex] = []
    for shift in shifts {
      function.move(by: shift)
      let (x, y) = (function.value(0), function.value(1))
      if x.isFinite, y.isFinite { vertices.append(Plot.Curve.Vertex(x: x, y: y)) }
    }
    return vertices.sorted { $0.x < $1.x }
  }

  /// Up or down: where the gradient moves what is on the x axis.
  private func mark(_ item: Item) -> Mark? {
    guard isPairs else { return item.slope >= 0 ? .positive : .negative }
    return trace.value(item.x) < 0 ? .negative : .positive
  }

  private func tone(_ item: Item) -> Plot.Tone {
    isPairs ? .text : .mark(item.slope >= 0 ? .positive : .negative)
  }

  private func labelKinds(_ panel: inout Plot.Panel) {
    guard !isPairs else { return }
    for (sign, label) in [(Mark.positive, "desirable"), (.negative, "undesirable")] {
      if let k = panel.curves.lastIndex(where: { $0.tone == .mark(sign) }) { panel.curves[k].label = label }
    }
  }

  /// Those that are about anything; all, where none is.
  private var telling: [Int] {
    let own = items.indices.filter { !items[$0].isOfTwins }
    return own.isEmpty ? Array(items.indices) : own
  }

  private var highlight: Int {
    telling.reduce(telling[0]) { items[$1].slope.magnitude > items[$0].slope.magnitude * (1 + 1e-12) ? $1 : $0 }
  }

  private func label(_ item: Item) -> String {
    let i = trace.terms[item.y].key.i
    let value = NumberText.short(trace.value(item.x), digits: 3).withMinusSign
    return "\(noun) \(i): \(name(form.x)) \(value)"
  }

  private var title: String {
    guard isPairs else {
      let gained = items.count { trace.value($0.x) != 0 && (trace.value($0.x) > 0) == ($0.slope >= 0) }
      return
        "\(gained) of \(counted(items.count, noun)) \(gained == 1 ? "has" : "have") moved the right way from the reference"
    }
    let wrong = items.count { trace.value($0.x) < 0 }
    let ties = items.count { trace.value($0.x) == 0 }
    let (below, level, above) = form.verdicts
    if wrong > 0 { return "\(wrong) of \(counted(items.count, noun)) \(below(wrong))" }
    if ties == items.count { return "Every \(noun) \(level(1))" }
    if ties > 0 { return "\(ties) of \(counted(items.count, noun)) \(level(ties)), the others are \(above)" }
    let idle = items.count { $0.isIdle }
    return "Every \(noun) is \(above), and "
      + (idle == 0 ? "the loss still pulls at each" : "\(idle) of \(items.count) are left alone")
  }

  /// Which pair is pulled hardest, or what becomes of judged responses.
  private var claim: String? {
    guard isPairs else {
      let (up, down) = (items.count { $0.slope > 0 }, items.count { $0.slope < 0 })
      return "No pairs are needed: \(counted(up, noun)) \(up == 1 ? "is" : "are") pushed up, \(down) down"
    }
    guard form.x == .margin else { return nil }
    let strongest = items[highlight]
    guard strongest.slope != 0, !strongest.isOfTwins else { return nil }
    let items = telling.map { self.items[$0] }
    let weaker = items.filter {
      strongest.slope.magnitude - $0.slope.magnitude > 1e-9 * strongest.slope.magnitude
    }
    if weaker.isEmpty {
      if items.count == 1 { return nil }
      return items.count < self.items.count
        ? "Where the responses differ, every pair is pulled equally hard" : "The loss pulls at every pair equally hard"
    }
    let place = trace.value(strongest.x)
    // Pairs with the same lead may be pulled by different weights.
    guard items.allSatisfy({ trace.value($0.x) >= place }), weaker.allSatisfy({ trace.value($0.x) > place }) else {
      return nil
    }
    if place < 0 { return "The pair that is most wrong is pulled hardest" }
    return self.items.contains { trace.value($0.x) < place }
      ? "Where the responses differ, the smallest lead is pulled hardest"
      : "The pair with the smallest lead is pulled hardest"
  }

  private var subtitle: String {
    let signs =
      isPairs
      ? [
        "\(Mark.positive.symbol) \(form.verdicts.above), or \(zeroLabel)",
        "\(Mark.negative.symbol) \(form.x == .margin ? "ranked wrongly" : "behind")",
      ].enumerated()
        .filter { number, _ in
          items.contains { (trace.value($0.x) < 0) == (number == 1) }
        }.map { $0.element }
      : ["\(Mark.positive.symbol) desirable", "\(Mark.negative.symbol) undesirable"]
    let hollow = items.contains { $0.isIdle } ? ["hollow: no gradient"] : []
    return ([place] + signs + hollow).joined(separator: " · ")
  }

  private var formulas: [Plot.Formula] {
    subject.formulas(
      of: [items[highlight].y],
      down: [.logit, .margin, .chosenLoss, .rejectedLoss, .logOdds, .sortedDelta, .chosenScore, .rejectedScore, .blend])
  }
}
