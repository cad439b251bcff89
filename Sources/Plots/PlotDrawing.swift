import Documents

/// A plot as shapes on paper, from which SVG and Graphviz's drawing are written.
struct PlotDrawing {
  /// A shape, in pixels from the upper left corner.
  struct Shape {
    enum Figure {
      case line([(x: Double, y: Double)], width: Double, stroke: Plot.Curve.Stroke)
      case polygon([(x: Double, y: Double)])
      case circle(x: Double, y: Double, radius: Double)
      case text(String, x: Double, y: Double, size: Double, anchor: Anchor, isBold: Bool)
    }

    enum Anchor { case start, middle, end }

    /// How an area is filled; what is erased has no outline.
    enum Fill { case full, pale, paper, erased }

    let figure: Figure
    let tone: Plot.Tone
    var fill = Fill.full
    /// What it is, for whoever points at it or reads the file.
    var data: [(name: String, value: String)] = []
    var note: String?
  }

  static let standardWidth = 800.0
  private static let leastRowHeight = 150.0
  /// Below this width text is a bit smaller, and panels stand one below the other.
  private static let narrow = 480.0
  let width: Double
  private(set) var height = 0.0
  private(set) var shapes: [Shape] = []

  /// - Parameters:
  ///   - plot: What is drawn.
  ///   - width: In pixels; text has the same size in a narrow drawing, but for its title.
  ///   - height: In pixels; panels for which there is no room are left out. Nil for what suits their number.
  init(_ plot: Plot, width: Double = standardWidth, height total: Double? = nil) {
    self.width = width
    let share = width / Self.standardWidth
    let isNarrow = width < Self.narrow
    // Without words above it, a picture of a given size begins at its top.
    let isBare = total != nil && plot.title.isEmpty && plot.wholeSubtitle.isEmpty
    var y = isBare ? 0.0 : isNarrow ? 2 : 16
    let titleSize = total == nil && share >= 0.75 ? 18.0 : isNarrow ? 13 : 15
    let titleLine = isNarrow ? 17.0 : 24
    for line in plot.title.isEmpty ? [] : NumberText.lines(plot.title, width: Int(72 * share * 18 / titleSize)) {
      text(line, x: isNarrow ? 8 : 20, y: y + titleLine - 8, size: titleSize, isBold: true)
      y += titleLine
    }
    let (size, line) = isNarrow ? (11.5, 15.0) : (12.5, 18)
    for part in NumberText.lines(
      ofParts: isNarrow && total != nil ? plot.subtitle : plot.wholeSubtitle, width: Int(116 * share * 12.5 / size))
    {
      text(part, x: isNarrow ? 8 : 20, y: y + line - 6, size: size, tone: .muted)
      y += line
    }
    y += isBare ? 0 : isNarrow ? 6 : 14
    let foot = isNarrow ? 2.0 : 14
    let isStacked = plot.panels.count == 2 && plot.panels.contains { isWide($0) }
    let columns = plot.panels.count == 1 || isStacked || isNarrow ? 1 : 2
    let room = total.map { $0 - y - foot }
    let panels = Self.fitting(plot, columns, in: room)
    let suited = panels.count == 1 ? 390.0 : panels.count == 2 && !isStacked ? 350.0 : 250.0
    let rows = Double((panels.count + columns - 1) / columns)
    let rowHeight = room.map { max(90, $0 / max(1, rows)) } ?? suited * max(0.6, min(1, 1.2 * share))
    for (number, panel) in panels.enumerated() {
      let (row, column) = (number / columns, number % columns)
      let left = 14 + Double(column) * (width - 20) / Double(columns)
      let top = y + Double(row) * rowHeight
      shapes +=
        PanelLayout.drawn(
          panel,
          within: PlotScale.Box(
            left: left, top: top, right: left + (width - 28) / Double(columns), bottom: top + rowHeight)
        ).shapes
    }
    y += rows * rowHeight
    for formula in plot.formulas {
      for line in NumberText.lines(formula.text, width: 108) {
        y += 13
        text(line, x: 20, y: y, size: 13)
        y += 6
      }
    }
    height = y + foot
  }

  /// The panels for which there is room, at least a row of them: those from the one that matters most.
  private static func fitting(_ plot: Plot, _ columns: Int, in room: Double?) -> [Plot.Panel] {
    guard let room else { return plot.panels }
    let count = columns * max(1, Int(room / leastRowHeight))
    guard plot.panels.count > count else { return plot.panels }
    let first = max(0, min(plot.focus, plot.panels.count - count))
    return Array(plot.panels[first..<first + count])
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
