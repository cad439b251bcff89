import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// How a reward's credit spreads back over the tokens before it.
  static let gae = PlotKind(
    name: "gae", summary: "how a reward's credit spreads back for λ; one response",
    lack: { subject in
      if subject.trace.records(.rejectionMask) { return "it leaves tokens out, over which credit is handed on" }
      return subject.trace.records(.rawAdvantage) && subject.trace.records(.oldValue) ? nil : "it has no critic"
    },
    make: { AdvantagePlot($0) }, plot: { $0.plot })
}

/// One response's way from rewards to advantages by generalized advantage estimation.
private struct AdvantagePlot {
  private let subject: PlotSubject
  private let trace: Trace
  private let step: PlotStep
  private let place: String
  private let sequence: Int
  /// Of the sequence, from the first token to the last.
  private let advantages, deltas, rewards, values: [Int]
  private let bootstrap: Int?

  init?(_ subject: PlotSubject) {
    let trace = subject.trace
    (self.subject, self.trace) = (subject, trace)
    let chosen = subject.choose(trace.steps(recording: .rawAdvantage)) { step in
      step.terms.reduce(0) { max($0, trace.value($1).magnitude) }
    }
    guard let (step, place) = chosen else { return nil }
    (self.step, self.place) = (step, place)
    // The longer a response, the further its credit spreads.
    var lengths: [Int: Int] = [:]
    for term in step.terms { lengths[trace.terms[term].key.i, default: 0] += 1 }
    func size(_ i: Int) -> Double {
      let own = step.terms.filter { trace.terms[$0].key.i == i }.map { trace.value($0).magnitude }
      return Double(min(lengths[i] ?? 0, 12)) + 0.5 * min(1, own.max() ?? 0)
    }
    let numbers = lengths.keys.sorted().filter { (lengths[$0] ?? 0) <= 16 }
    let longest = numbers.max { size($0) < size($1) }
    // The end of the stage is about all of them.
    let own =
      subject.beat == step.beat && subject.about.isEmpty
      ? nil : subject.index(of: .rawAdvantage).flatMap { numbers.contains($0) ? $0 : nil }
    guard let sequence = own ?? longest else { return nil }
    self.sequence = sequence
    let count = lengths[sequence] ?? 0
    func terms(_ quantity: Quantity) -> [Int] {
      let first = step.terms[0]
      return (0..<count).compactMap { t in
        let key = TermKey(quantity, sequence, t)
        return [Quantity.rawAdvantage, .delta].contains(quantity)
          ? trace.term(key, at: step.beat) : trace.term(key, before: first)
      }
    }
    (advantages, deltas) = (terms(.rawAdvantage), terms(.delta))
    (rewards, values) = (terms(.reward), terms(.oldValue))
    guard [deltas, rewards, values].allSatisfy({ $0.count == count }), advantages.count == count else { return nil }
    let cut = trace.term(TermKey(.bootstrapValue, sequence), before: step.terms[0])
    let iteration = step.run.loops.iteration
    bootstrap = cut.flatMap { trace.stage(ofBeat: trace.terms[$0].beat).loops.iteration == iteration ? $0 : nil }
  }

  var plot: Plot {
    let lam = subject.settings.number(.lam)
    let gamma = subject.settings.number(.gamma)
    let words = tokens
    var credit = Plot.Panel(
      title: "What 1 more in the last reward adds", x: Plot.Axis(label: axisLabel, categories: words),
      y: Plot.Axis(label: "change of raw_advantage", range: 0...1))
    var own = Plot.Panel(
      title: "\(capitalized(subject.words.example)) \(sequence)", x: Plot.Axis(label: axisLabel, categories: words),
      y: Plot.Axis(label: "bars delta, points raw_advantage"))
    let others = [0, 1].filter { $0 != lam }.map { Double($0) }
    for value in others + [lam] {
      let isOwn = value == lam
      let result = estimate(lam: value)
      let label = "λ = " + NumberText.plain(value)
      let tone = isOwn ? Plot.Tone.mark(.trained) : .muted
      func curve(_ numbers: [Double]) -> Plot.Curve {
        Plot.Curve(
          vertices: numbers.enumerated().map { Plot.Curve.Vertex(x: Double($0), y: $1) }, tone: tone,
          weight: isOwn ? .strong : .normal, stroke: isOwn ? .full : .dashed, label: label, isLabelledAtStart: true)
      }
      credit.curves.append(curve(result.credit))
      own.curves.append(curve(result.advantages))
    }
    for (t, delta) in deltas.enumerated() {
      own.bars.append(
        Plot.Bar(
          x: Double(t), width: 0.5, y: Plot.Reading(value: trace.value(delta), term: trace.text(delta)),
          beat: step.beat,
          tone: .faint, label: words[t], showsValue: false))
    }
    let largest = advantages.indices.reduce(0) {
      trace.value(advantages[$1]).magnitude > trace.value(advantages[$0]).magnitude ? $1 : $0
    }
    for (t, advantage) in advantages.enumerated() {
      let value = trace.value(advantage)
      own.points.append(
        Plot.Point(
          x: Plot.Reading(value: Double(t), term: nil), y: Plot.Reading(value: value, term: trace.text(advantage)),
          beat: step.beat, mark: value >= 0 ? .positive : .negative,
          label: "“\(words[t])”: " + NumberText.short(value, digits: 3).withMinusSign, isHighlighted: t == largest))
    }
    let first = estimate(lam: lam).credit[0]
    let length = advantages.count
    let title =
      length == 1
      ? "One \(subject.words.step): its advantage is its delta, whatever λ is"
      : "With lam \(NumberText.plain(lam)) and gamma \(NumberText.plain(gamma)), the last reward counts "
        + "\(NumberText.short(first, digits: 3)) at the first of \(subject.words.steps(length))"
    return Plot(
      title: title, subtitle: "\(place) · before whitening", claim: claim(credit: estimate(lam: lam).credit),
      formulas: subject.formulas(of: [advantages[0]], down: [.delta]), panels: [credit, own])
  }

  /// How far back the last reward is felt.
  private func claim(credit: [Double]) -> String? {
    guard credit.count > 1 else { return nil }
    if credit.allSatisfy({ $0 > 0 }) {
      return "A reward at the end is felt back to the first \(subject.words.step)"
    }
    return credit.dropLast().allSatisfy { $0 == 0 } ? "Only the last \(subject.words.step) feels the last reward" : nil
  }

  private var axisLabel: String { "\(subject.words.step) of the \(subject.words.example)" }

  private var tokens: [String] {
    advantages.indices.map { t in
      // An empty slot after the response has no token.
      trace.tokenText(sequence, t, at: step.beat) ?? "(slot)"
    }
  }

  /// The advantages that the objective's own estimator gives for the recorded rewards and values, and the derivative of
  /// each with respect to the last reward.
  private func estimate(lam: Double) -> (advantages: [Double], credit: [Double]) {
    let tape = Tape()
    let rewards = rewards.map { tape.leaf(trace.value($0)) }
    let result = generalizedAdvantages(
      sequence: sequence, rewards: rewards, values: values.map { tape.leaf(trace.value($0)) },
      bootstrap: bootstrap.map { tape.leaf(trace.value($0)) }, gamma: subject.settings.value(.gamma),
      lam: Constant(lam),
      observer: Unobserved(tape: tape))
    let last = rewards[rewards.count - 1]
    return (result.advantages.map { $0.value }, result.advantages.map { tape.gradient(of: $0)[last] })
  }
}
