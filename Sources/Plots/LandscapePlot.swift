import Autodiff
import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// The exact objective, or the loss on all examples, around the run's path, over two directions of the policy's parameters.
  static let landscape = PlotKind(
    name: "landscape", summary: "the exact objective, or loss, around the run's path",
    lack: { subject in
      guard case .scenario = subject.source, LandscapePlot.objective(in: subject.trace) != nil else {
        return "it records no exact objective or loss of a policy"
      }
      if let problem = subject.movingReference { return problem }
      return nil
    },
    draw: { LandscapePlot($0)?.plot })
}

private struct LandscapePlot {
  private let subject: PlotSubject
  private let trace: Trace
  private let objective: Quantity
  /// The terms of the objective, and the logits at which each was evaluated.
  private let path: [(term: Int, logits: [Double])]
  private let width: Int
  private let directions: (along: [Double], across: [Double])
  private let across: String
  private let evaluate: ([Double]) -> Double

  static func objective(in trace: Trace) -> Quantity? {
    guard trace.records(.policyLogit) else { return nil }
    return [Quantity.exactObjective, .exactReturn, .exactLoss].first { trace.records($0) }
  }

  init?(_ subject: PlotSubject) {
    let trace = subject.trace
    guard let objective = Self.objective(in: trace), case .scenario(let scenario) = subject.source else { return nil }
    (self.subject, self.trace, self.objective) = (subject, trace, objective)
    let width = trace.glossary.entries[Quantity.policyLogit.rawValue].labels[1]?.count ?? 0
    self.width = width
    path = trace.occurrences(of: TermKey(objective)).map { term in
      (term: term, logits: Self.table(.policyLogit, at: trace.terms[term].beat, trace, width).flatMap { $0 })
    }
    guard let first = path.first, let last = path.last, path.count > 1, width > 0 else { return nil }
    let way = Self.difference(last.logits, first.logits)
    guard let along = Self.unit(way) else { return nil }
    // The second direction is where the path leaves the straight line most, or else the latest exact gradient.
    let leaving = path.map { Self.without(along, Self.difference($0.logits, first.logits)) }
    let most = leaving.max { Self.length($0) < Self.length($1) } ?? []
    let gradient = Self.table(.exactGradient, at: trace.terms[last.term].beat, trace, width).flatMap { $0 }
    if Self.length(most) > 1e-3 * Self.length(way), let across = Self.unit(most) {
      directions = (along, across)
      self.across = "where its path bends most, in logits"
    } else if gradient.count == along.count, let across = Self.unit(Self.without(along, gradient)) {
      directions = (along, across)
      self.across = "across, towards the exact gradient, in logits"
    } else {
      return nil
    }
    let beta = subject.beta(at: trace.terms[last.term].beat) ?? 0
    switch scenario.surroundings {
    case .language where objective == .exactLoss:
      guard let loss = ExactLoss(scenario, overrides: trace.overrides) else { return nil }
      evaluate = { logits in loss.value(ofLogits: Self.rows(logits, width)) }
    case .decisions(let process):
      evaluate = { logits in
        process.exactReturn(
          of: Self.rows(logits, width), hasCritic: scenario.algorithm.has(.critic), settings: scenario.settings)
      }
    case .language:
      guard let responses = ExactResponses(scenario, overrides: trace.overrides) else { return nil }
      evaluate = { logits in
        responses.values(of: responses.logProbabilities(Self.rows(logits, width)), beta: beta).objective
      }
    }
  }

  private static func table(_ quantity: Quantity, at beat: Int, _ trace: Trace, _ width: Int) -> [[Double]] {
    var rows: [[Double]] = []
    while true {
      let row = (0..<width).compactMap { trace.value(quantity, rows.count, $0, at: beat) }
      guard row.count == width, width > 0 else { return rows }
      rows.append(row)
    }
  }

  private static func rows(_ logits: [Double], _ width: Int) -> [[Double]] {
    stride(from: 0, to: logits.count, by: width).map { Array(logits[$0..<$0 + width]) }
  }

  private static func difference(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }
  private static func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  private static func length(_ a: [Double]) -> Double { product(a, a).squareRoot() }

  private static func unit(_ a: [Double]) -> [Double]? {
    let length = length(a)
    return length > 1e-12 ? a.map { $0 / length } : nil
  }

  /// The part of a vector that is orthogonal to a direction of length 1.
  private static func without(_ direction: [Double], _ a: [Double]) -> [Double] {
    let share = product(direction, a)
    return zip(a, direction).map { $0 - share * $1 }
  }

  // MARK: The picture

  var plot: Plot? {
    let start = path[0].logits
    let places = path.map { step in
      let moved = Self.difference(step.logits, start)
      return (x: Self.product(moved, directions.along), y: Self.product(moved, directions.across))
    }
    let (xs, ys) = (grid(places.map { $0.x }, least: 0), grid(places.map { $0.y }, least: 0.35 * (places.last?.x ?? 1)))
    let values = ys.map { y in
      xs.map { x in
        evaluate(start.indices.map { start[$0] + x * directions.along[$0] + y * directions.across[$0] })
      }
    }
    let all = values.flatMap { $0 }.filter { $0.isFinite }
    guard let low = all.min(), let high = all.max(), high > low else { return nil }
    var panel = Plot.Panel(
      x: Plot.Axis(
        label: "from the first policy to the last, in logits", range: xs[0]...xs[xs.count - 1], isFixed: true),
      y: Plot.Axis(label: across, range: ys[0]...ys[ys.count - 1], isFixed: true))
    let levels = AxisTicks(low...high, count: 9)
    for (level, label) in zip(levels.values, levels.labels) {
      let lines = contours(xs, ys, values, at: level).sorted { $0.count > $1.count }
      for (number, line) in lines.enumerated() {
        panel.curves.append(
          Plot.Curve(
            vertices: line,
            tone: level == (isLoss ? levels.values.first : levels.values.last) ? .mark(.changed) : .muted,
            weight: .faint,
            label: number == 0 ? label : nil))
      }
    }
    let trained = Plot.Tone.mark(.trained)
    panel.curves.append(
      Plot.Curve(vertices: places.map { Plot.Curve.Vertex(x: $0.x, y: $0.y) }, tone: trained, weight: .strong))
    for (number, place) in places.enumerated() {
      let term = path[number].term
      let value = trace.value(term)
      panel.points.append(
        Plot.Point(
          x: Plot.Reading(value: place.x, term: nil), y: Plot.Reading(value: place.y, term: nil),
          reading: Plot.Reading(value: value, term: trace.text(term)), beat: trace.terms[term].beat, tone: trained,
          label: (number == 0
            ? "start: " : number == places.count - 1 ? "end: " : "after \(counted(number, subject.round)): ")
            + NumberText.short(value, digits: 3).withMinusSign,
          isHighlighted: number == 0 || number == places.count - 1))
    }
    return Plot(title: title(low, high), subtitle: "lines of equal \(name)", remarks: remarks(places), panels: [panel])
  }

  private func grid(_ places: [Double], least: Double) -> [Double] {
    let (low, high) = (places.min() ?? 0, places.max() ?? 1)
    let room = max(0.3 * (high - low), least)
    return spaced((low - room)...(high + room), 25)
  }

  /// Whether the run is to go down.
  private var isLoss: Bool { objective == .exactLoss }

  private func title(_ low: Double, _ high: Double) -> String {
    let (first, last) = (trace.value(path[0].term), trace.value(path[path.count - 1].term))
    func text(_ x: Double) -> String { NumberText.short(x, digits: 3).withMinusSign }
    let verb = last > first ? "climbs" : "falls"
    let best =
      isLoss ? "the lowest point drawn here has \(text(low))" : "the highest point drawn here has \(text(high))"
    return "The run \(verb) from \(text(first)) to \(text(last)); \(best)"
  }

  private var name: String { trace.glossary.entries[objective.rawValue].name }

  /// How exact it is, and how much of the way lies in the plane.
  private func remarks(_ places: [(x: Double, y: Double)]) -> [String] {
    let start = path[0].logits
    var (inPlane, whole) = (0.0, 0.0)
    for (step, place) in zip(path, places) {
      let moved = Self.difference(step.logits, start)
      whole += Self.product(moved, moved)
      inPlane += place.x * place.x + place.y * place.y
    }
    let share = NumberText.fixed(100 * inPlane / max(whole, 1e-300), decimals: 0)
    return [
      (trace.records(.exactObjectiveError) ? "its rules by sampled responses" : "by exact evaluation")
        + "; the points carry the recorded \(name)",
      "\(share) % of the path's squared distance from its start lies in this plane",
    ]
  }

  /// The lines on which a function on a grid has a value: a segment in each triangle, joined end to end.
  private func contours(
    _ xs: [Double], _ ys: [Double], _ values: [[Double]], at level: Double
  ) -> [[Plot.Curve.Vertex]] {
    typealias Vertex = Plot.Curve.Vertex
    var segments: [(Vertex, Vertex)] = []
    for row in 0..<ys.count - 1 {
      for column in 0..<xs.count - 1 {
        let corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        for triangle in [[corners[0], corners[1], corners[2]], [corners[0], corners[2], corners[3]]] {
          var ends: [Vertex] = []
          for k in 0..<3 {
            // From the lower corner to the higher one, so that neighbours compute the same bits.
            var (a, b) = (triangle[k], triangle[(k + 1) % 3])
            if (b.0, b.1) < (a.0, a.1) { swap(&a, &b) }
            let (u, v) = (values[a.0][a.1], values[b.0][b.1])
            guard (u < level) != (v < level) else { continue }
            let share = (level - u) / (v - u)
            ends.append(
              Vertex(x: xs[a.1] + share * (xs[b.1] - xs[a.1]), y: ys[a.0] + share * (ys[b.0] - ys[a.0])))
          }
          if ends.count == 2 { segments.append((ends[0], ends[1])) }
        }
      }
    }
    return joined(segments)
  }

  private func joined(_ segments: [(Plot.Curve.Vertex, Plot.Curve.Vertex)]) -> [[Plot.Curve.Vertex]] {
    typealias Vertex = Plot.Curve.Vertex
    func same(_ a: Vertex, _ b: Vertex) -> Bool { a.x == b.x && a.y == b.y }
    var open = segments
    var lines: [[Vertex]] = []
    while let (a, b) = open.popLast() {
      var line = [a, b]
      var grows = true
      while grows {
        grows = false
        for k in open.indices.reversed() {
          let (c, d) = open[k]
          if same(c, line[line.count - 1]) {
            line.append(d)
          } else if same(d, line[line.count - 1]) {
            line.append(c)
          } else if same(c, line[0]) {
            line.insert(d, at: 0)
          } else if same(d, line[0]) {
            line.insert(c, at: 0)
          } else {
            continue
          }
          open.remove(at: k)
          grows = true
        }
      }
      lines.append(line)
    }
    return lines
  }
}
