import Debugging
import Foundation
import Objectives
import Plots
import Recording
import Simulation
import Testing

/// Every kind of plot of every source: the numbers in the picture are those of the recording.
@Suite struct PlotsTests {
  /// A source, changed or not, with one of its plots.
  struct Case: CustomTestStringConvertible, Sendable {
    let scenario: String
    var changes: [(name: String, text: String)] = []
    let kind: String

    var testDescription: String { ([scenario] + changes.map { "\($0.name)=\($0.text)" } + [kind]).joined(separator: " ") }

    func plot(at beat: Int? = nil) throws -> (plot: Plot, trace: Trace, source: Source) {
      let recording = try PlotFixtures.recording(scenario, changes)
      return (
        try PlotKind.plot(kind, trace: recording.trace, source: recording.source, at: beat), recording.trace, recording.source
      )
    }
  }

  static let cases: [Case] = Scenario.builtIn.flatMap { scenario in
    let source = Source.scenario(scenario)
    return PlotKind.available(for: source.record(), source: source).map { Case(scenario: scenario.name, kind: $0.name) }
  }

  static let variants: [Case] = [
    ("grpo", "loss_type", ["grpo", "dr_grpo", "bnpo", "cispo", "sapo", "luspo"], "clip"),
    ("grpo", "delta", ["1.5"], "clip"),
    ("grpo", "importance_sampling_level", ["sequence"], "clip"),
    ("ppo", "clip_ratio_c", ["3"], "clip"),
    ("ppo", "kl_estimator", ["k2", "k3", "k3+", "exact"], "kl"),
    ("dpo", "loss_type", PreferenceLoss.all.map { $0.name }, "pair-loss"),
    ("dpo", "f_divergence_type", ["forward_kl", "js_divergence"], "pair-loss"),
    ("kto", "loss_type", ["apo_zero_unpaired"], "pair-loss"),
  ].flatMap { scenario, option, values, kind in
    values.map { Case(scenario: scenario, changes: [(option, $0)], kind: kind) }
  }

  /// What an element of the SVG says of itself.
  struct Mark {
    let term: String
    let x, y: Double
    let value: Double
    let xTerm: String?
    let beat: Int

    static func all(in svg: String) throws -> [Mark] {
      try svg.matches(of: /<[^>]* data-term="[^"]*"[^>]*>/).map { match in
        func attribute(_ name: String) throws -> String? {
          try Regex("data-\(name)=\"([^\"]*)\"", as: (Substring, Substring).self).firstMatch(in: match.output)
            .map { $0.1.replacing("&quot;", with: "\"").replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&") }
        }
        func number(_ name: String) throws -> Double? { try attribute(name).flatMap { Double($0) } }
        let y = try #require(try number("y"))
        return Mark(
          term: try #require(try attribute("term")), x: try #require(try number("x")), y: y, value: try number("value") ?? y,
          xTerm: try attribute("x-term"), beat: try #require(try number("beat").map { Int($0) }))
      }
    }
  }

  @Test(arguments: cases + variants) func everyPointIsARecordedTerm(_ test: Case) throws {
    let (plot, trace, source) = try test.plot()
    var session = Session(source: source)
    let marks = try Mark.all(in: plot.svg)
    #expect(!marks.isEmpty)
    #expect(marks.count == plot.panels.reduce(0) { $0 + $1.points.count + $1.bars.count })
    for mark in marks {
      _ = session.run("goto \(mark.beat)")
      #expect(try session.number(mark.term).isClose(to: mark.value), "\(mark.term) at \(mark.beat)")
      if let term = mark.xTerm { #expect(try session.number(term).isClose(to: mark.x), "\(term) at \(mark.beat)") }
      #expect(trace.beats.indices.contains(mark.beat))
    }
  }

  /// A point lies on a curve of its panel where the panel has curves that were computed through it.
  @Test(arguments: (cases + variants).filter { ["clip", "pair-loss", "gae", "progress", "groups"].contains($0.kind) || $0.kind == "kl" && !$0.changes.contains { $0.text == "exact" } })
  func curvesPassThroughThePoints(_ test: Case) throws {
    let (plot, _, _) = try test.plot()
    for panel in plot.panels {
      for point in panel.points {
        let isOn = panel.curves.contains { curve in
          curve.vertices.contains { $0.x.isClose(to: point.x.value) && $0.y.isClose(to: point.y.value) }
        }
        #expect(isOn || panel.curves.isEmpty || point.mark == nil, "\(point.label) of \(panel.title)")
      }
    }
  }

  @Test(arguments: cases) func theSVGIsTheGolden(_ test: Case) throws {
    expectGolden(try test.plot().plot.svg, "\(test.scenario).\(test.kind).svg")
  }

  @Test(arguments: cases) func theTerminalsTextIsTheGolden(_ test: Case) throws {
    let text = try test.plot().plot.text(width: 80)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    expectGolden(text, "\(test.scenario).\(test.kind).txt")
  }

  /// Nothing lies outside of the paper, and no picture is without a title, axes and something to see.
  @Test(arguments: cases + variants) func aPictureIsWhole(_ test: Case) throws {
    let (plot, _, _) = try test.plot()
    #expect(!plot.title.isEmpty && !plot.subtitle.isEmpty && !plot.panels.isEmpty)
    for panel in plot.panels {
      #expect(!panel.x.label.isEmpty && !panel.y.label.isEmpty)
      #expect(!panel.points.isEmpty || !panel.bars.isEmpty || !panel.curves.isEmpty)
      #expect(panel.points.allSatisfy { $0.x.value.isFinite && $0.y.value.isFinite })
    }
    let text = plot.svg
    #expect(!text.contains("NaN") && !text.contains("nan") && !text.contains("Infinity"))
  }

  /// Wherever one is in the run, there is the same picture or one that says what it shows instead.
  @Test(arguments: cases.filter { !["landscape", "frontier"].contains($0.kind) }) func everyPositionHasAPicture(_ test: Case) throws {
    let recording = try PlotFixtures.recording(test.scenario, [])
    for beat in stride(from: 0, to: recording.trace.beats.count, by: max(1, recording.trace.beats.count / 12)) {
      let plot = try PlotKind.plot(test.kind, trace: recording.trace, source: recording.source, at: beat)
      #expect(!plot.panels.isEmpty)
    }
  }
}

enum PlotFixtures {
  static func recording(_ name: String, _ changes: [(name: String, text: String)]) throws -> (source: Source, trace: Trace) {
    var source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name }))
    do { try source.set(changes) } catch { throw FixtureError(text: "\(error)") }
    return (source, source.record())
  }

  struct FixtureError: Error { let text: String }
}

extension Double {
  func isClose(to other: Double) -> Bool { (self - other).magnitude <= 1e-12 * Swift.max(1, magnitude) }
}
