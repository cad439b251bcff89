import Objectives
import Plots
import Recording
import Simulation
import Testing

/// How many numbers lie where.
@Suite struct HistogramTests {
  private static let sources: [(name: String, changes: [(name: String, text: String)], kind: String)] = [
    ("ppo", [], "ratios"), ("ppo", [], "advantages"), ("grpo", [], "ratios"), ("grpo", [], "advantages"),
    ("ppo", [("cliprange", "1000")], "ratios"), ("ppo-classic", [], "ratios"), ("reinforce", [], "advantages"),
    ("ppo-tight-clip.batch.json", [], "ratios"), ("grpo-larger.batch.json", [], "advantages"),
    ("gspo.batch.json", [], "ratios"),
  ]

  /// The bars count every number of the step, each once.
  @Test(arguments: sources.indices) func everyNumberIsInOneBar(index: Int) throws {
    let (name, changes, kind) = Self.sources[index]
    let (source, trace) = try PlotFixtures.recording(name, changes)
    let plot = try PlotKind.plot(kind, trace: trace, source: source, at: nil)
    let panel = try #require(plot.panels.first)
    let total = panel.bars.reduce(0) { $0 + $1.y.value }
    #expect("\(plot.title.split(separator: " ")[0])" == "\(Int(total))", "\(plot.title)")
    #expect(panel.bars.count == panel.x.categories.count)
    #expect((2...16).contains(panel.bars.count), "\(panel.x.categories)")
  }

  /// A bar has the hue of what is outside of the clip range where all of its numbers are.
  @Test func whatIsOutsideOfTheClipRangeIsMarked() throws {
    let (source, trace) = try PlotFixtures.recording("ppo", [])
    let plot = try PlotKind.plot("ratios", trace: trace, source: source, at: nil)
    let bars = plot.panels[0].bars.filter { $0.tone == .mark(.clipped) }
    #expect(!bars.isEmpty)
    #expect(plot.title.hasSuffix("outside of 0.8 to 1.2"), "\(plot.title)")
  }

  /// One number far out does not squeeze the others into one bar.
  @Test func aNumberFarOutSharesAnOpenBar() throws {
    let (source, trace) = try PlotFixtures.recording("grpo-larger.batch.json", [])
    for kind in ["ratios", "advantages"] {
      let plot = try PlotKind.plot(kind, trace: trace, source: source, at: nil)
      #expect(plot.panels[0].bars.count { $0.y.value > 0 } > 1, "\(kind)")
    }
  }

  @Test func whereThereIsNothingToSpreadItIsSaid() throws {
    let (source, trace) = try PlotFixtures.recording("dpo", [])
    #expect(throws: PlotError.self) { try PlotKind.plot("ratios", trace: trace, source: source, at: nil) }
    #expect(!PlotKind.available(for: trace, source: source).contains { $0.name == "advantages" })
  }
}

/// Two recordings in one picture, and pictures of another size.
@Suite struct PlotComparisonTests {
  private func both(_ kind: String, _ scenario: String, _ change: (name: String, text: String)) throws -> (
    Plot, Plot, Plot
  ) {
    let own = try PlotFixtures.recording(scenario, [])
    let other = try PlotFixtures.recording(scenario, [change])
    let a = try PlotKind.plot(kind, trace: own.trace, source: own.source, at: nil)
    let b = try PlotKind.plot(kind, trace: other.trace, source: other.source, at: nil)
    return (a, b, a.beside(b, name: "own", otherName: "other"))
  }

  @Test(arguments: ["clip", "progress", "policy", "frontier", "kl", "gae"]) func bothAreWhole(kind: String) throws {
    let (a, b, both) = try both(kind, "ppo", ("kl_coef", "0.5"))
    for (number, panel) in both.panels.enumerated() {
      let own = a.panels[number]
      #expect(panel.points.prefix(own.points.count).map { $0.y.value } == own.points.map { $0.y.value })
      // Of the other recording no point claims to be a term of this one.
      #expect(panel.points.dropFirst(own.points.count).allSatisfy { $0.subject.term == nil && $0.mark == .changed })
      #expect(panel.bars.dropFirst(own.bars.count).allSatisfy { $0.y.term == nil && $0.isHollow })
      #expect(panel.curves.dropFirst(own.curves.count).allSatisfy { $0.stroke == .dotted })
      if b.panels.indices.contains(number), b.panels[number].x.categories == own.x.categories,
        b.panels[number].y.label == own.y.label, b.panels[number].x.label == own.x.label
      {
        #expect(panel.points.count == own.points.count + b.panels[number].points.count)
      }
    }
    #expect(both.subtitle.contains(": other · else: own"))
  }

  /// The other's edges are told by their hue: their names are as short as one's own.
  @Test func theEdgesOfBothHaveShortNames() throws {
    let (_, _, both) = try both("clip", "ppo", ("cliprange", "0.05"))
    let others = both.panels[0].levels.filter { $0.tone == .mark(.changed) }
    #expect(!others.isEmpty)
    #expect(others.allSatisfy { ($0.label ?? "").count < 8 }, "\(others.map { $0.label ?? "" })")
  }

  @Test func eachCurveIsNamedByWhatItHas() throws {
    let (_, _, both) = try both("progress", "ppo", ("kl_coef", "0.5"))
    for panel in both.panels { #expect(panel.curves.map { $0.label } == ["own", "other"]) }
  }

  /// Text is as large in a narrow picture, and nothing stands outside of it.
  @Test(arguments: ["clip", "progress", "ratios", "policy"], [360.0, 470]) func aNarrowPictureIsWhole(
    kind: String, width: Double
  ) throws {
    let (source, trace) = try PlotFixtures.recording("ppo", [])
    let plot = try PlotKind.plot(kind, trace: trace, source: source, at: nil)
    for svg in [plot.svg(width: width)] + [plot.onePanel.svg(width: width, height: 220)] {
      #expect(svg.contains("width=\"\(Int(width))\""))
      for match in svg.matches(of: /<text[^>]* x="(-?[\d.]+)"[^>]*font-size="([\d.]+)"/) {
        let (x, size) = (try #require(Double(match.1)), try #require(Double(match.2)))
        #expect(x >= 0 && x <= width, "\(match.0)")
        #expect(size >= 11)
      }
    }
    #expect(plot.onePanel.svg(width: width, height: 220).contains("height=\"220\""))
    #expect(plot.svg(width: 800) == plot.svg)
  }
}

/// The borders of a clip say which option they follow from.
@Suite struct HandleTests {
  @Test(
    arguments: [
      ("ppo", [], ["cliprange", "cliprange_high"]),
      ("ppo", [("cliprange_high", "0.3")], ["cliprange", "cliprange_high"]),
      ("grpo", [("epsilon", "0.1")], ["epsilon", "epsilon_high"]),
      ("grpo", [("delta", "2")], ["epsilon", "epsilon_high", "delta"]),
      ("ppo", [("clip_ratio_c", "3")], ["cliprange", "cliprange_high", "clip_ratio_c"]),
    ] as [(String, [(String, String)], [String])])
  func theOptionGivesThePlace(name: String, changes: [(String, String)], options: [String]) throws {
    let (source, trace) = try PlotFixtures.recording(name, changes.map { (name: $0.0, text: $0.1) })
    let plot = try PlotKind.plot("clip", trace: trace, source: source, at: nil)
    let levels = plot.panels[0].levels.filter { $0.handle != nil }
    #expect(Set(levels.compactMap { $0.handle?.option }) == Set(options))
    for level in levels {
      let handle = try #require(level.handle)
      let option = try #require(source.options.first { $0.name == handle.option })
      guard let value = Double(source.settings[option].text) else { continue }
      #expect((handle.origin + handle.sign * value - level.value).magnitude < 1e-9, "\(handle)")
    }
    // The picture says so to whoever drags one.
    #expect(plot.svg.matches(of: /data-option="/).count == 2 * levels.count)
  }
}
