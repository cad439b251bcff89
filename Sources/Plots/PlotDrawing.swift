import Documents

/// A plot as shapes on paper, from which SVG and Graphviz's drawing are written.
struct PlotDrawing {
  /// A shape, in pixels from the upper left corner.
  struct Shape {
    enum Figure {
      case line([(x: Double, y: Double)], width: Double, isDashed: Bool)
      case polygon([(x: Double, y: Double)])
      case circle(x: Double, y: Double, radius: Double)
      case text(String, x: Double, y: Double, size: Double, anchor: Anchor, isBold: Bool)
    }

    enum Anchor { case start, middle, end }

    /// How an area is filled.
    enum Fill { case full, pale, paper }

    let figure: Figure
    let tone: Plot.Tone
    var fill = Fill.full
    /// What it is, for whoever points at it or reads the file.
    var data: [(name: String, value: String)] = []
    var note: String?
  }

  static let standardWidth = 800.0
  let width: Double
  private(set) var height = 0.0
  private(set) var shapes: [Shape] = []

  /// - Parameters:
  ///   - plot: What is drawn.
  ///   - width: In pixels; text has the same size in a narrow drawing, but for its title.
  ///   - rowHeight: How high a panel is; nil for what suits their number.
  init(_ plot: Plot, width: Double = standardWidth, rowHeight: Double? = nil) {
    self.width = width
    let share = width / Self.standardWidth
    let titleSize = share < 0.75 ? 15.0 : 18
    let isBare = plot.title.isEmpty && rowHeight != nil
    var y = isBare ? -14.0 : 16.0
    for line in isBare ? [] : NumberText.lines(plot.title, width: Int(80 * share * 18 / titleSize)) {
      y += 16
      text(line, x: 20, y: y, size: titleSize, isBold: true)
      y += 8
    }
    for line in isBare ? [] : NumberText.lines(ofParts: plot.subtitle, width: Int(116 * share)) {
      y += 12
      text(line, x: 20, y: y, size: 12.5, tone: .muted)
      y += 6
    }
    y += 14
    let isStacked = plot.panels.count == 2 && plot.panels.contains { isWide($0) }
    let columns = plot.panels.count == 1 || isStacked ? 1 : 2
    let suited = plot.panels.count == 1 ? 390.0 : plot.panels.count == 2 && !isStacked ? 350.0 : 250.0
    let rowHeight = rowHeight ?? suited * max(0.6, min(1, 1.2 * share))
    for (number, panel) in plot.panels.enumerated() {
      let (row, column) = (number / columns, number % columns)
      let left = 14 + Double(column) * (width - 20) / Double(columns)
      let top = y + Double(row) * rowHeight
      var layout = PanelLayout(
        panel,
        within: PlotScale.Box(
          left: left, top: top, right: left + (width - 28) / Double(columns), bottom: top + rowHeight))
      layout.draw()
      shapes += layout.shapes
    }
    y += Double((plot.panels.count + columns - 1) / columns) * rowHeight
    for formula in plot.formulas {
      for line in NumberText.lines(formula.text, width: 108) {
        y += 13
        text(line, x: 20, y: y, size: 13)
        y += 6
      }
    }
    height = y + 14
  }

  /// Whether the names of categories do not fit below half of the picture.
  private func isWide(_ panel: Plot.Panel) -> Bool {
    let longest = panel.x.categories.map { Self.width(of: $0, size: 11.5) }.max() ?? 0
    return longest * Double(panel.x.categories.count) > 0.38 * width
  }

  private mutating func text(
    _ text: String, x: Double, y: Double, size: Double, isBold: Bool = false, tone: Plot.Tone = .text
  ) {
    shapes.append(Shape(figure: .text(text, x: x, y: y, size: size, anchor: .start, isBold: isBold), tone: tone))
  }

  /// About how wide a text is.
  static func width(of text: String, size: Double) -> Double { Double(NumberText.width(text)) * size * 0.56 }
}
