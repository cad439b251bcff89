import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// What a reward costs in KL: the run's way, the best that can be had for each price, and where other algorithms end.
  static let frontier = PlotKind(
    name: "frontier", summary: "expected reward over KL: the run, π* for every β, where others end",
    lack: { subject in
      guard case .scenario = subject.source, subject.trace.records(.exactKL) else {
        return "it records no exact KL of a policy"
      }
      if let problem = subject.movingReference { return problem }
      if subject.algorithm.has(.teacher) { return "it follows a teacher, and weighs no reward against a KL" }
      return FrontierPlot.reward(in: subject.trace) == nil
        ? "its world does not say what a response is truly worth" : nil
    },
    make: { FrontierPlot($0) }, plot: { $0.plot })
}

/// An algorithm that samples is after its own reward, and is measured by it. One that learns from given examples is measured
/// by what a response is truly worth, beside the best policies by a reward model that learned from the same pairs.
private struct FrontierPlot {
  private let subject: PlotSubject
  private let trace: Trace
  private let scenario: Scenario
  private let rewardName: String
  /// The responses with the reward by which the run is measured.
  private let responses: ExactResponses
  /// The same, with `π*` after what the run is after; nil where that is the reward by which it is measured.
  private let pursued: Pursued?
  /// The terms of KL and reward of each enumeration.
  private let path: [(kl: Int, reward: Int)]

  private struct Pursued {
    let responses: ExactResponses
    let label: String
    let note: String
    /// The label of the best policies by the reward that the run is measured by.
    let other: String
  }

  static func reward(in trace: Trace) -> Quantity? {
    [Quantity.exactReward, .trueReward].first { trace.records($0) }
  }

  init?(_ subject: PlotSubject) {
    let trace = subject.trace
    guard case .scenario(let scenario) = subject.source, let quantity = Self.reward(in: trace) else { return nil }
    (self.subject, self.trace, self.scenario) = (subject, trace, scenario)
    path = trace.occurrences(of: TermKey(quantity)).compactMap { reward in
      trace.occurrences(of: TermKey(.exactKL)).first { trace.terms[$0].beat == trace.terms[reward].beat }
        .map { (kl: $0, reward: reward) }
    }
    let measures = quantity == .trueReward ? WorldMeasures(of: scenario, overrides: trace.overrides) : nil
    guard path.count > 1, let own = measures?.truth ?? ExactResponses(scenario, overrides: trace.overrides)
    else { return nil }
    let bare = own.withoutRules
    responses = bare ?? own
    if let hacked = measures?.hacked {
      pursued = Pursued(
        responses: hacked, label: "π* (learned)", note: "after the reward that the same pairs teach a reward model",
        other: "π* (true)")
    } else if bare != nil {
      pursued = Pursued(
        responses: own, label: "π* (with rules)",
        note: "after the \(subject.algorithm.outcome) with the rules for length, <eos> and clipping",
        other: "π* (without)"
      )
    } else {
      pursued = nil
    }
    rewardName = quantity == .trueReward ? "true reward" : subject.algorithm.outcome
  }

  var plot: Plot {
    let others = scenario.endsOfOthers(from: responses.reference).map { other in
      (name: other.name, values: responses.values(of: other.policy, beta: 0))
    }
    let own = max(0.03, path.map { trace.value($0.kl) }.max() ?? 0)
    // If ends that are far away were shown, nothing could be seen of the run itself.
    let near = others.map { $0.values.kl }.filter { $0 <= 6 * own }
    let furthest = max(1.35 * own, 1.1 * (near.max() ?? 0))
    let optima = responses.frontier(to: furthest).map { Plot.Curve.Vertex(x: $0.kl, y: $0.reward) }
    let end = max(furthest, optima.last?.x ?? 0)
    var panel = Plot.Panel(
      x: Plot.Axis(label: "exact KL from the reference, in nats", range: 0...0.01),
      y: Plot.Axis(label: "exact expected \(rewardName)"))
    panel.curves.append(
      Plot.Curve(
        vertices: optima, tone: .mark(.changed), weight: .strong,
        label: pursued?.other ?? "π* for every β"))
    if let pursued {
      panel.curves.append(
        Plot.Curve(
          vertices: pursued.responses.frontier(to: furthest).map { Plot.Curve.Vertex(x: $0.kl, y: $0.reward) },
          tone: .mark(.changed), weight: .normal, stroke: .dashed, label: pursued.label))
    }
    panel.curves.append(
      Plot.Curve(
        vertices: path.map { Plot.Curve.Vertex(x: trace.value($0.kl), y: trace.value($0.reward)) },
        tone: .mark(.trained), weight: .normal))
    for (number, step) in path.enumerated() {
      let isLast = number == path.count - 1
      panel.points.append(
        Plot.Point(
          x: Plot.Reading(value: trace.value(step.kl), term: trace.text(step.kl)),
          y: Plot.Reading(value: trace.value(step.reward), term: trace.text(step.reward)),
          beat: trace.terms[step.reward].beat,
          tone: .mark(.trained),
          label: number == 0 ? "start" : "after \(counted(number, subject.round))",
          isHighlighted: isLast || number == 0))
    }
    for other in others where other.values.kl <= end {
      panel.points.append(
        Plot.Point(
          x: Plot.Reading(value: other.values.kl, term: nil), y: Plot.Reading(value: other.values.reward, term: nil),
          beat: trace.beats.count - 1, tone: .muted, run: other.name, label: other.name, isHighlighted: true))
    }
    if let beta = subject.beta(at: trace.beats.count - 1) {
      let best = (pursued?.responses ?? responses).optimum(beta: beta)
      if best.kl <= furthest * 1.5 {
        panel.levels.append(
          Plot.Level(
            value: best.kl, isVertical: true, tone: .mark(.changed), label: "π* at β = \(NumberText.plain(beta))"))
      }
    }
    var parts: [String] = []
    var remarks = ["every number is exact, over every possible response"]
    if let pursued { parts.append("\(pursued.label): \(pursued.note)") }
    let beyond = others.filter { $0.values.kl > end }
    if beyond.count < others.count { parts.append("grey: where other algorithms end in this world") }
    if !beyond.isEmpty {
      let ends = beyond.map { "\($0.name) \(Self.short($0.values.reward)) at \(Self.short($0.values.kl)) nats" }
      remarks.append("further to the right: " + ends.joined(separator: ", "))
    }
    return Plot(
      title: title(optima), subtitle: parts.joined(separator: " · "), remarks: remarks,
      formulas: subject.hasFormulas ? [.optimum] : [], panels: [panel])
  }

  private static func short(_ x: Double) -> String { NumberText.short(x, digits: 3).withMinusSign }

  private func title(_ optima: [Plot.Curve.Vertex]) -> String {
    let last = path[path.count - 1]
    let (kl, reward) = (trace.value(last.kl), trace.value(last.reward))
    let first = trace.value(path[0].reward)
    let gain = "From \(Self.short(first)) to \(Self.short(reward)) for \(Self.short(kl)) nats"
    guard let k = optima.firstIndex(where: { $0.x >= kl }), k > 0 else { return gain }
    let share = (kl - optima[k - 1].x) / (optima[k].x - optima[k - 1].x)
    let best = optima[k - 1].y + share * (optima[k].y - optima[k - 1].y)
    let isAhead = best > reward && Self.short(best) != Self.short(reward)
    return isAhead ? gain + "; the best policy as near has \(Self.short(best))" : gain
  }
}

extension Plot.Formula {
  /// The policy of the largest reward minus β times the KL.
  static let optimum = Plot.Formula(
    text: "π*(y|x) ∝ π_ref(y|x) e^(R(y)/β)",
    latex: "\\pi^{*}(y \\mid x) \\propto \\pi_{\\mathrm{ref}}(y \\mid x)\\, e^{R(y)/\\beta}")
}
