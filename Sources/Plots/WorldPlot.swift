import Documents
import Objectives
public import Simulation

/// Several algorithms in one world: reward against KL, a path for each, and the best that can be had for each price.
public struct WorldPlot {
  private let comparison: WorldComparison
  private typealias Round = WorldComparison.Round
  private static let tones: [Plot.Tone] = [
    .mark(.positive), .mark(.negative), .mark(.clipped), .mark(.trained), .mark(.frozen), .text,
  ]

  public init(_ comparison: WorldComparison) { self.comparison = comparison }

  /// True reward, and learned reward where there are both.
  public var plot: Plot {
    let start = comparison.start
    var panels: [Plot.Panel] = []
    if start.trueReward != nil { panels.append(panel("true reward", .trueReward) { $0.trueReward }) }
    if start.learnedReward != nil { panels.append(panel("learned reward", .learnedReward) { $0.learnedReward }) }
    if start.worstGroup != nil { panels.append(panel("true reward of the worst group", nil) { $0.worstGroup }) }
    return Plot(
      title: title, subtitle: subtitle,
      formulas: [.optimum], panels: panels)
  }

  private var furthest: Double {
    let ends = comparison.learners.flatMap { $0.rounds.map { $0.kl } }
    return max(0.05, 1.15 * (ends.max() ?? 0))
  }

  private func panel(
    _ name: String, _ measure: WorldComparison.Measure?, _ reward: (Round) -> Double?
  ) -> Plot.Panel {
    var panel = Plot.Panel(
      x: Plot.Axis(label: "exact KL from the reference, in nats", range: 0...0.01),
      y: Plot.Axis(label: "exact expected \(name)"))
    func curve(_ points: [(kl: Double, reward: Double)], _ label: String, _ weight: Plot.Curve.Weight) -> Plot.Curve {
      var curve = Plot.Curve(
        vertices: points.map { Plot.Curve.Vertex(x: $0.kl, y: $0.reward) }, tone: .mark(.changed), weight: weight)
      curve.label = label
      return curve
    }
    if let measure {
      let points = comparison.frontier(after: measure, by: measure, to: furthest)
      panel.curves.append(curve(points, measure == .trueReward ? "π* (true)" : "π* (learned)", .strong))
    }
    if measure == .trueReward, comparison.start.learnedReward != nil {
      let points = comparison.frontier(after: .learnedReward, by: .trueReward, to: furthest)
      var hacked = curve(points, "π* (learned)", .normal)
      hacked.stroke = .dashed
      panel.curves.append(hacked)
    }
    for (n, learner) in comparison.learners.enumerated() {
      let tone = Self.tones[n % Self.tones.count]
      let places = learner.rounds.compactMap { round in reward(round).map { (kl: round.kl, reward: $0) } }
      panel.curves.append(
        Plot.Curve(vertices: places.map { Plot.Curve.Vertex(x: $0.kl, y: $0.reward) }, tone: tone, weight: .normal))
      for (k, place) in places.enumerated() where k > 0 || n == 0 {
        let isLast = k == places.count - 1
        panel.points.append(
          Plot.Point(
            x: Plot.Reading(value: place.kl, term: nil), y: Plot.Reading(value: place.reward, term: nil), beat: 0,
            tone: k == 0 ? .text : tone,
            label: k == 0 ? "reference" : isLast ? learner.label : "\(learner.label), round \(k)",
            isHighlighted: isLast || k == 0))
      }
    }
    return panel
  }

  private var title: String {
    func text(_ x: Double) -> String { NumberText.short(x, digits: 3).withMinusSign }
    let name = comparison.start.trueReward == nil ? "learned" : "true"
    func reward(_ round: Round) -> Double { round.trueReward ?? round.learnedReward ?? 0 }
    guard let best = comparison.learners.max(by: { reward($0.last) < reward($1.last) }) else { return "One world" }
    return "\(best.label) ends with the most \(name) reward, \(text(reward(best.last))) at \(text(best.last.kl)) nats"
  }

  private var subtitle: String {
    let parted = comparison.learners.compactMap { learner in
      comparison.parting(learner).map { "\(learner.label) after \($0)" }
    }
    let hacking = parted.isEmpty ? "" : " · learned and true reward part: \(parted.joined(separator: ", "))"
    return "exact, a point after each round · π*: for every β\(hacking)"
  }
}
