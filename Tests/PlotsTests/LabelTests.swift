import Testing

@testable import Plots

/// What is written in a picture can be read, on a projector, in a page and on a phone.
@Suite struct LabelTests {
  private static let cases = PlotsTests.cases

  /// A drawing, and how it is made.
  private static func drawings(_ plot: Plot) -> [(name: String, drawing: PlotDrawing)] {
    // Formulas stand beside the picture there.
    var (bare, untitled) = (plot, plot.onePanel)
    (bare.formulas, untitled.title) = ([], "")
    return [
      ("projector", PlotDrawing(plot)), ("phone", PlotDrawing(bare, width: 366)),
      ("phone page", PlotDrawing(untitled, width: 366, height: 300)),
    ]
  }

  /// The texts of a drawing, each with the room that it takes at least: letters are often narrower than they are taken for.
  private static func texts(_ drawing: PlotDrawing) -> [(text: String, box: PlotScale.Box)] {
    drawing.shapes.compactMap { shape in
      guard case .text(let text, let x, let y, let size, let anchor, _) = shape.figure else { return nil }
      let width = 0.8 * PlotDrawing.width(of: text, size: size)
      let left = anchor == .start ? x : anchor == .middle ? x - width / 2 : x - width
      return (text, PlotScale.Box(left: left, top: y - 0.7 * size, right: left + width, bottom: y))
    }
  }

  @Test(arguments: cases) func noTextLiesOnAnother(_ test: PlotsTests.Case) throws {
    let plot = try test.plot().plot
    for (name, drawing) in Self.drawings(plot) {
      let texts = Self.texts(drawing)
      for (number, one) in texts.enumerated() {
        for other in texts.dropFirst(number + 1) {
          #expect(one.box.overlap(other.box) < 4, "\(name): “\(one.text)” and “\(other.text)”")
        }
        #expect(one.box.right <= drawing.width + 1 && one.box.left >= -1, "\(name): “\(one.text)” is cut off")
      }
    }
  }

  /// The picture in a page, on a laptop and on a phone.
  private static func pictures(_ plot: Plot) -> [PlotDrawing] {
    var (bare, untitled) = (plot, plot.onePanel)
    (bare.formulas, untitled.title) = ([], "")
    return [PlotDrawing(bare, width: 698, height: 333), PlotDrawing(untitled, width: 352, height: 216)]
  }

  /// The name of the token that is meant hides no other one.
  @Test(arguments: cases.filter { $0.kind == "clip" }) func aNameLiesOnNoPoint(_ test: PlotsTests.Case) throws {
    for drawing in Self.pictures(try test.plot().plot) {
      let points = drawing.shapes.compactMap { shape -> PlotScale.Box? in
        guard case .polygon(let corners) = shape.figure, !shape.data.isEmpty else { return nil }
        let (xs, ys) = (corners.map { $0.x }, corners.map { $0.y })
        return PlotScale.Box(left: xs.min()!, top: ys.min()!, right: xs.max()!, bottom: ys.max()!)
      }
      for text in Self.texts(drawing) where text.text.hasPrefix("“") {
        #expect(points.allSatisfy { $0.overlap(text.box) < 4 }, "\(text.text)")
      }
    }
  }

  /// Each point of another algorithm has its name beside it where there is as much room as on a laptop. DPO's plot has ReMax's
  /// point between REINFORCE's and two curves, and no place for its name.
  @Test(arguments: cases.filter { $0.kind == "frontier" }) func everyEndIsNamed(_ test: PlotsTests.Case) throws {
    let plot = try test.plot().plot
    let texts = Self.texts(Self.pictures(plot)[0]).map { $0.text }
    for run in plot.panels[0].points.compactMap({ $0.run }) where test.scenario != "dpo" || run != "remax" {
      #expect(texts.contains(run), "\(run) in \(texts)")
    }
  }

  /// A phone has no room for both ends of each bin, and names it by its middle.
  @Test(arguments: cases.filter { $0.kind == "advantages" || $0.kind == "ratios" })
  func binsHaveWholeNames(_ test: PlotsTests.Case) throws {
    let texts = Self.texts(Self.pictures(try test.plot().plot)[1]).map { $0.text }
    #expect(!texts.contains { $0.hasSuffix("…") }, "\(texts)")
  }

  /// A number above a bar does not stand on the bar beside it.
  @Test(arguments: cases.filter { $0.kind == "policy" }) func numbersStandBesideBars(_ test: PlotsTests.Case) throws {
    let drawing = PlotDrawing(try test.plot().plot)
    let bars = drawing.shapes.compactMap { shape -> PlotScale.Box? in
      guard case .polygon(let corners) = shape.figure, !shape.data.isEmpty else { return nil }
      let (xs, ys) = (corners.map { $0.x }, corners.map { $0.y })
      return PlotScale.Box(left: xs.min()!, top: ys.min()!, right: xs.max()!, bottom: ys.max()!)
    }
    for text in Self.texts(drawing) where Double(text.text) != nil {
      #expect(bars.allSatisfy { $0.overlap(text.box) < 4 }, "\(text.text)")
    }
  }
}
