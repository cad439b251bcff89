import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// What a reward costs in KL: the run's way, and the best that can be had for each price.
  static let frontier = PlotKind(
    name: "frontier", summary: "expected reward against KL: the run's path, π* for every β",
    lack: { subject in
      guard case .scenario = subject.source, subject.trace.records(.exactReward), subject.trace.records(.exactKL) else {
        return "it records no exact expected reward and KL"
      }
      return nil
    },
    draw: { FrontierPlot($0)?.plot })
}

private struct FrontierPlot {
  private let subject: PlotSubject
  private let trace: Trace
  private let responses: ExactResponses
  /// The terms of KL and reward of each enumeration.
  private let path: [(kl: Int, reward: Int)]

  init?(_ subject: PlotSubject) {
    let trace = subject.trace
    let rewards = trace.occurrences(of: TermKey(.exactReward))
    path = rewards.compactMap { reward in
      trace.occurrences(of: TermKey(.exactKL)).first { trace.terms[$0].beat == trace.terms[reward].beat }
        .map { (kl: $0, reward: reward) }
    }
    guard path.count > 1, case .scenario(let scenario) = subject.source,
      let responses = ExactResponses(scenario, overrides: trace.overrides)
    else { return nil }
    (self.subject, self.trace, self.responses) = (subject, trace, responses)
  }

  var plot: Plot {
    let ends = path.map { trace.value($0.kl) }
    let furthest = max(0.05, 1.35 * (ends.max() ?? 0))
    let optima = responses.frontier(to: furthest).map { Plot.Curve.Vertex(x: $0.kl, y: $0.reward) }
    var panel = Plot.Panel(
      x: Plot.Axis(label: "exact KL from the reference, in nats", range: 0...0.01),
      y: Plot.Axis(label: "exact expected \(subject.algorithm.outcome)"))
    panel.curves = [
      Plot.Curve(vertices: optima, tone: .mark(.changed), weight: .strong, label: "π* for every β"),
      Plot.Curve(
        vertices: path.map { Plot.Curve.Vertex(x: trace.value($0.kl), y: trace.value($0.reward)) },
        tone: .mark(.trained),
        weight: .normal),
    ]
    for (number, step) in path.enumerated() {
      let isLast = number == path.count - 1
      panel.points.append(
        Plot.Point(
          x: Plot.Reading(value: trace.value(step.kl), term: trace.text(step.kl)),
          y: Plot.Reading(value: trace.value(step.reward), term: trace.text(step.reward)),
          beat: trace.terms[step.reward].beat,
          tone: .mark(.trained),
          label: number == 0 ? "start" : "after \(counted(number, "iteration"))", isHighlighted: isLast || number == 0))
    }
    if let beta = subject.beta(at: trace.beats.count - 1) {
      let best = responses.optimum(beta: beta)
      if best.kl <= furthest * 1.5 {
        panel.levels.append(
          Plot.Level(
            value: best.kl, isVertical: true, tone: .mark(.changed), label: "π* at β = \(NumberText.plain(beta))"))
      }
    }
    return Plot(
      title: title(optima), subtitle: "every number is exact, over every possible response", formulas: [.optimum],
      panels: [panel])
  }

  private func title(_ optima: [Plot.Curve.Vertex]) -> String {
    let last = path[path.count - 1]
    let (kl, reward) = (trace.value(last.kl), trace.value(last.reward))
    let first = trace.value(path[0].reward)
    func text(_ x: Double) -> String { NumberText.short(x, digits: 3).withMinusSign }
    let gain = "From \(text(first)) to \(text(reward)) for \(text(kl)) nats"
    guard let k = optima.firstIndex(where: { $0.x >= kl }), k > 0 else { return gain }
    let share = (kl - optima[k - 1].x) / (optima[k].x - optima[k - 1].x)
    let best = optima[k - 1].y + share * (optima[k].y - optima[k - 1].y)
    return best > reward ? gain + "; the best policy as near has \(text(best))" : gain
  }
}

extension Plot.Formula {
  /// The policy of the largest reward minus β times the KL.
  static let optimum = Plot.Formula(
    text: "π*(y|x) ∝ π_ref(y|x) e^(R(y)/β)",
    latex: "\\pi^{*}(y \\mid x) \\propto \\pi_{\\mathrm{ref}}(y \\mid x)\\, e^{R(y)/\\beta}")
}
