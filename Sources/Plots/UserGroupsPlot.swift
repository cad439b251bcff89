import Documents
import Objectives
import Recording
import Simulation

extension PlotKind {
  /// What the run makes of each kind of users.
  static let userGroups = PlotKind(
    name: "groups", summary: "exact expected reward of each group of users by iteration",
    lack: { $0.trace.records(.groupRewardAfter) ? nil : "it has no kinds of users" },
    draw: { subject in
      let trace = subject.trace
      let all = trace.occurrences(
        .groupRewardAfter, count: trace.steps(recording: .groupRewardAfter).first?.terms.count ?? 0)
      guard let first = all.first, !first.isEmpty else { return nil }
      let after = subject.known(of: all)
      // At a position before the first numbers all are shown.
      let isWhole = subject.beat != nil && after == all
      let names = trace.glossary.entries[Quantity.groupRewardAfter.rawValue].labels[0]
      var panel = Plot.Panel(
        x: Plot.Axis(label: "iterations", range: 0...Double(first.count), counts: true),
        y: Plot.Axis(label: "exact expected reward of the group"))
      let tones: [Plot.Tone] = [.mark(.trained), .mark(.changed), .mark(.clipped), .mark(.frozen)]
      var changes: [(name: String, change: Double, last: Double)] = []
      for (g, terms) in after.enumerated() {
        let name = names.flatMap { $0.indices.contains(g) ? $0[g] : nil } ?? "group \(g)"
        let tone = tones[g % tones.count]
        let before = trace.occurrences(of: TermKey(.groupRewardBefore, g)).prefix(1)
        var points: [Plot.Point] = []
        for (number, term) in (before + terms).enumerated() {
          points.append(
            Plot.Point(
              x: Plot.Reading(value: Double(number + 1 - before.count), term: nil),
              y: Plot.Reading(value: trace.value(term), term: trace.text(term)), beat: trace.terms[term].beat,
              tone: tone,
              label:
                "\(name) after \(counted(number, "iteration")): \(NumberText.short(trace.value(term), digits: 3).withMinusSign)"
            ))
        }
        panel.curves.append(
          Plot.Curve(
            vertices: points.map { Plot.Curve.Vertex(x: $0.x.value, y: $0.y.value) }, tone: tone, weight: .normal,
            label: name))
        let seen = labelled(trace, g, tone, name, count: terms.count)
        panel.curves += seen.curves
        panel.points += seen.points
        changes.append((name, points[points.count - 1].y.value - points[0].y.value, points[points.count - 1].y.value))
        panel.points += points
      }
      guard let worst = changes.min(by: { $0.last < $1.last }), let best = changes.max(by: { $0.last < $1.last }) else {
        return nil
      }
      if let k = panel.points.lastIndex(where: { $0.y.value == worst.last }) { panel.points[k].isHighlighted = true }
      func text(_ x: Double) -> String { NumberText.short(x, digits: 3).withMinusSign }
      if changes.allSatisfy({ $0.change == 0 }) { return nil }
      let losers = changes.filter { $0.change < 0 }.map { $0.name }
      let title =
        losers.isEmpty
        ? "\(changes.allSatisfy { $0.change > 0 } ? "Every group gains" : "No group loses"); \(worst.name) ends lowest at \(text(worst.last)), \(best.name) highest at \(text(best.last))"
        : "\(losers.joined(separator: " and ")) \(losers.count == 1 ? "loses" : "lose") while \(best.name) ends at \(text(best.last))"
      return Plot(
        title: title,
        subtitle: [isWhole ? "the whole run" : "", asLabelled(in: trace)].filter { !$0.isEmpty }.joined(
          separator: " · "),
        remarks: ["exact, over every possible response, after each iteration"],
        panels: [panel])
    })

  /// What the users labelled as a kind get; nothing where all users are taken for what they are.
  private static func labelled(
    _ trace: Trace, _ g: Int, _ tone: Plot.Tone, _ name: String, count: Int
  ) -> (curves: [Plot.Curve], points: [Plot.Point]) {
    let points = trace.occurrences(of: TermKey(.labelledReward, g)).prefix(count).enumerated().map { number, term in
      Plot.Point(
        x: Plot.Reading(value: Double(number + 1), term: nil),
        y: Plot.Reading(value: trace.value(term), term: trace.text(term)), beat: trace.terms[term].beat, tone: tone,
        label: "labelled \(name) after \(counted(number + 1, "iteration"))")
    }
    guard !points.isEmpty else { return ([], []) }
    var curve = Plot.Curve(
      vertices: points.map { Plot.Curve.Vertex(x: $0.x.value, y: $0.y.value) }, tone: tone, weight: .normal)
    curve.stroke = .dashed
    return ([curve], points)
  }

  /// How far apart the labels make the kinds look at the end.
  private static func asLabelled(in trace: Trace) -> String {
    guard let spread = trace.occurrences(of: TermKey(.groupSpread)).last,
      let apparent = trace.occurrences(of: TermKey(.labelledSpread)).last
    else { return "" }
    func text(_ term: Int) -> String { NumberText.short(trace.value(term), digits: 3) }
    return "dashed: all who are labelled as this kind; at the end \(text(apparent)) apart, the kinds themselves "
      + "\(text(spread))"
  }
}

extension PlotSubject {
  /// Of each group the terms up to the position; all where there is none, or where nothing was recorded yet.
  fileprivate func known(of terms: [[Int]]) -> [[Int]] {
    guard let beat else { return terms }
    let end = trace.stage(ofBeat: beat).beats.upperBound
    let known = terms.map { $0.filter { trace.terms[$0].beat < end } }
    return known.contains { $0.isEmpty } ? terms : known
  }
}

extension Trace {
  /// All terms of a quantity with one index, by the index.
  func occurrences(_ quantity: Quantity, count: Int) -> [[Int]] {
    (0..<count).map { occurrences(of: TermKey(quantity, $0)) }
  }
}
