import Foundation
import Plots
import Testing

@testable import Training

@Suite struct CurveSVGTests {
  private func series(_ values: [Double]) -> Series {
    Series(values.enumerated().map { Series.Point(step: Double($0 + 1), value: $1) })
  }

  private func svg(_ values: [Double], heldOut: Series? = nil) -> String {
    CurveSVG(title: "a<b", trained: values.isEmpty ? nil : series(values), heldOut: heldOut).text(standalone: true)
  }

  @Test(arguments: [
    [1.0], [2, 2, 2], [0], [.nan], [.nan, 1, .nan, 2, 3], [1e200, -1e200], [1e-300, 2e-300], [5, 5.0000000000000001],
    [-1, .infinity, 1], Array(repeating: 0.25, count: 500), [1e308, -1e308, 1],
  ])
  func everySeriesIsAWellFormedPicture(values: [Double]) {
    let lines = values.enumerated().map { MetricsLog.Line(step: $0 + 1, [MetricValue("a", $1)]) }
    let text = CurveSVG(title: "a<b", trained: Series("a", in: lines), heldOut: nil).text(standalone: true)
    let parser = XMLCheck(text)
    #expect(parser.isWellFormed)
    #expect(!text.lowercased().contains("nan"))
    #expect(!text.lowercased().contains("inf"))
    #expect(text.contains("a&lt;b"))
  }

  @Test func gapsAreGaps() {
    let path = svg([1, 2, .nan, 3, 4]).split(separator: "\n").first { $0.contains("class=\"mean\"") }
    #expect(path?.split(separator: "M").count == 3)
    #expect(svg([1, 2, .nan, 3]).contains("<circle class=\"dot\""))
    #expect(svg([.nan]).contains("no finite values"))
  }

  @Test func manyPointsBecomeFewAndKeepTheirExtremes() {
    var values = (0..<20_000).map { sin(Double($0) / 1000) }
    values[5_432] = 7
    values[17_777] = -9
    let few = series(values).decimated(to: 160)
    #expect(few.points.count <= 160 * 4)
    #expect(few.points.map(\.value).max() == 7)
    #expect(few.points.map(\.value).min() == -9)
    #expect(few.points.first == series(values).points.first)
    #expect(few.points.last == series(values).points.last)
    #expect(zip(few.points, few.points.dropFirst()).allSatisfy { $0.step < $1.step })
    #expect(svg(values).utf8.count < 40_000)
  }

  @Test func decimationKeepsGaps() {
    var values = (0..<10_000).map(Double.init)
    values[5000] = .nan
    #expect(series(values).decimated(to: 160).segments.count == 2)
  }

  @Test func theMeanIsOverNeighboursAndStepsOverGaps() {
    let mean = series([1, 2, 3, .nan, 5]).smoothed(radius: 1).points.map(\.value)
    #expect(mean[0...2] == [1.5, 2, 2.5])
    #expect(mean[3].isNaN)
    #expect(mean[4] == 5)
  }

  @Test func theLastValueStandsBesideTheCurve() {
    #expect(svg([3, 2, -1.25]).contains(">−1.25</text>"))
    let both = svg([1, 2], heldOut: series([1, 2]))
    let ys = both.matches(of: /class="end [^"]*" x="376" y="([0-9.]+)"/).compactMap { Double($0.output.1) }
    #expect(ys.count == 2 && abs(ys[0] - ys[1]) >= 12.9)
  }

  @Test(arguments: [
    (0.0, 1.0, ["0.0", "0.5", "1.0"]), (0, 500, ["0", "200", "400"]), (-0.012, 0.011, ["−0.01", "0.00", "0.01"]),
    (1, 4, ["1", "2", "3", "4"]), (0, 3e7, ["0", "1e+07", "2e+07", "3e+07"]),
  ])
  func ticksAreRound(low: Double, high: Double, labels: [String]) {
    #expect(AxisTicks(low...high, count: 3).labels == labels)
  }

  @Test(arguments: [(10, true, true), (40, false, true), (60, false, false)])
  func aLongNameTakesTheLegendsRoom(length: Int, saysMean: Bool, saysHeldOut: Bool) {
    let many = series((0..<100).map(Double.init))
    let text = CurveSVG(title: String(repeating: "m", count: length), trained: many, heldOut: many).text(
      standalone: false)
    #expect(text.contains("mean of") == saysMean)
    #expect(text.contains("held out") == saysHeldOut)
    #expect(!text.contains(">" + String(repeating: "m", count: 51)))
  }

  @Test func stepsAreWhole() { #expect(AxisTicks(0.9...1.1, count: 5, whole: true).labels == ["1"]) }
}

/// Whether tags are closed in order and text is escaped.
private struct XMLCheck {
  var isWellFormed = true

  init(_ text: String) {
    var open: [Substring] = []
    for match in text.matches(of: /<(\/?)([a-z]+)[^<>]*?(\/?)>/) {
      if match.output.1 == "/" {
        if open.popLast() != match.output.2 { isWellFormed = false }
      } else if match.output.3.isEmpty {
        open.append(match.output.2)
      }
    }
    if !open.isEmpty || text.count(where: { $0 == "<" }) != text.count(where: { $0 == ">" }) { isWellFormed = false }
  }
}
