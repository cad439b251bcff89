import Documents

extension Plot {
  /// The picture for a terminal: curves in Braille dots, points as the signs of their marks, bars in blocks.
  ///
  /// - Parameter width: The most characters of a line, from 40.
  public func text(width: Int = 80) -> String {
    // What is hollow or grey elsewhere has a sign of its own here.
    let own = ["hollow:": Mark.clipped.symbol, "grey:": Self.signOfOthers]
    let signs = wholeSubtitle.split(separator: " ").map { own[String($0)] ?? String($0) }.joined(separator: " ")
    var lines = NumberText.lines(title, width: width) + NumberText.lines(signs, width: width)
    for panel in panels {
      lines.append("")
      lines +=
        panel.bars.isEmpty ? PlotCanvas(panel, told: signs, width: width).lines : PlotBars(panel, width: width).lines
    }
    if !formulas.isEmpty { lines.append("") }
    for formula in formulas { lines += NumberText.lines(formula.text, width: width) }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Plot {
  /// Where another algorithm's run ends.
  fileprivate static var signOfOthers: String { "○" }
}

extension Plot.Panel {
  fileprivate var heading: String {
    title.isEmpty ? "\(y.label) over \(x.label)" : "\(title): \(y.label) over \(x.label)"
  }
}

extension Plot.Point {
  /// One character.
  fileprivate var sign: String {
    if isCut { return Mark.clipped.symbol }
    return mark?.symbol ?? (run != nil ? Plot.signOfOthers : isHighlighted ? "◆" : "●")
  }
}

/// A panel of curves and points in characters of 2 × 4 dots.
private struct PlotCanvas {
  private let panel: Plot.Panel
  /// The subtitle, which may say what signs mean.
  private let told: String
  private let width: Int
  private let columns: Int
  private let rows = 13
  private let margin = 9
  private let scale: PlotScale
  private var dots: [[UInt32]]
  private var signs: [[String?]]

  init(_ panel: Plot.Panel, told: String, width: Int) {
    self.panel = panel
    self.told = told
    self.width = width
    columns = max(20, width - margin - 1)
    // Dots, from the upper left one.
    scale = PlotScale(
      panel, frame: PlotScale.Box(left: 0, top: 0, right: Double(2 * columns - 1), bottom: Double(4 * rows - 1)))
    dots = Array(repeating: Array(repeating: 0, count: columns), count: rows)
    signs = Array(repeating: Array(repeating: nil, count: columns), count: rows)
    draw()
  }

  /// Of many faint curves those that have a name.
  private var curves: [Plot.Curve] {
    panel.curves.allSatisfy { $0.weight == .faint }
      ? panel.curves : panel.curves.filter { $0.weight != .faint || $0.label != nil }
  }

  private mutating func draw() {
    if scale.y.contains(0) {
      for x in stride(from: 0, to: 2 * columns, by: 6) { dot(Double(x), scale.place(y: 0)) }
    }
    for level in panel.levels {
      if level.isVertical, scale.x.contains(level.value) {
        for y in stride(from: 0, to: 4 * rows, by: 3) { dot(scale.place(x: level.value), Double(y)) }
      } else if !level.isVertical, scale.y.contains(level.value) {
        for x in stride(from: 0, to: 2 * columns, by: 4) { dot(Double(x), scale.place(y: level.value)) }
      }
    }
    for curve in curves {
      for part in scale.visible(curve.vertices) {
        for k in part.indices.dropFirst() { line(part[k - 1], part[k], isDashed: curve.stroke != .full) }
      }
    }
    for point in panel.points.filter({ !$0.isHighlighted }) + panel.points.filter({ $0.isHighlighted }) {
      let column = Int((scale.place(x: point.x.value) / 2).rounded(.down))
      let row = Int((scale.place(y: point.y.value) / 4).rounded(.down))
      if (0..<rows).contains(row), (0..<columns).contains(column) { signs[row][column] = point.sign }
    }
  }

  private mutating func line(_ a: (x: Double, y: Double), _ b: (x: Double, y: Double), isDashed: Bool) {
    let steps = max(1, Int(max((b.x - a.x).magnitude, (b.y - a.y).magnitude).rounded(.up)))
    for k in 0...steps {
      let share = Double(k) / Double(steps)
      let x = a.x + share * (b.x - a.x)
      if isDashed, Int(x.rounded()) % 4 > 1 { continue }
      dot(x, a.y + share * (b.y - a.y))
    }
  }

  private mutating func dot(_ x: Double, _ y: Double) {
    let (x, y) = (Int(x.rounded()), Int(y.rounded()))
    guard x >= 0, y >= 0, x < 2 * columns, y < 4 * rows else { return }
    let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    dots[y / 4][x / 2] |= bits[y % 4][x % 2]
  }

  var lines: [String] {
    var lines = NumberText.lines(panel.heading, width: width)
    let ticks = AxisTicks(scale.y, count: 4)
    for row in 0..<rows {
      let tick = ticks.values.firstIndex { Int((scale.place(y: $0) / 4).rounded(.down)) == row }
      var text =
        NumberText.alignedRight(tick.map { ticks.labels[$0] } ?? "", to: margin - 2) + (tick == nil ? " │" : " ┤")
      for column in 0..<columns {
        if let sign = signs[row][column] {
          text += sign
        } else if dots[row][column] != 0, let braille = Unicode.Scalar(0x2800 + dots[row][column]) {
          text.unicodeScalars.append(braille)
        } else {
          text += " "
        }
      }
      lines.append(Self.trimmed(text))
    }
    lines.append(String(repeating: " ", count: margin - 1) + "└" + String(repeating: "─", count: columns))
    lines.append(labels)
    return lines + notes
  }

  /// The names of the places below the axis, as many as there is room for.
  private var labels: String {
    var places: [(column: Int, text: String)] = []
    if panel.x.categories.isEmpty {
      let ticks = AxisTicks(scale.x, count: 6, whole: panel.x.counts)
      for (value, label) in zip(ticks.values, ticks.labels) { places.append((Int(scale.place(x: value) / 2), label)) }
    } else {
      for (number, name) in panel.x.categories.enumerated() {
        places.append((Int(scale.place(x: Double(number)) / 2), name))
      }
    }
    var text = ""
    for place in places {
      let start = max(0, margin + place.column - NumberText.width(place.text) / 2)
      let used = NumberText.width(text)
      guard start > used || text.isEmpty, start + NumberText.width(place.text) <= margin + columns + 1 else { continue }
      text += String(repeating: " ", count: start - used) + place.text
    }
    return text
  }

  /// What the signs mean, and what the highlighted point is.
  private var notes: [String] {
    var notes: [String] = []
    for point in panel.points where point.isHighlighted && point.isNamed {
      let number = NumberText.short(point.subject.value).withMinusSign
      let name = point.subject.term.map { "\($0) = \(number)" } ?? number
      let label = point.label.split(separator: "\n").joined(separator: " ")
      notes += NumberText.lines("\(point.sign) \(label): \(name)", width: width)
    }
    let names = curves.compactMap { $0.label }
    if !names.isEmpty { notes += NumberText.lines("curves: " + names.joined(separator: ", "), width: width) }
    let signs = Mark.allCases.filter { mark in
      panel.points.contains { $0.sign == mark.symbol && !$0.isHighlighted }
        && !told.contains { String($0) == mark.symbol }
    }
    let meanings = signs.map { "\($0.symbol) \($0.meaning)" }
    if !meanings.isEmpty { notes += NumberText.lines(meanings.joined(separator: "   "), width: width) }
    return notes
  }

  private static func trimmed(_ line: String) -> String {
    var line = line[...]
    while line.last == " " { line = line.dropLast() }
    return String(line)
  }
}

/// A panel of bars, one below the other.
private struct PlotBars {
  private let panel: Plot.Panel
  private let width: Int

  init(_ panel: Plot.Panel, width: Int) {
    self.panel = panel
    self.width = width
  }

  var lines: [String] {
    var lines = NumberText.lines(panel.heading, width: width)
    var rows: [(name: String, value: Double, isHollow: Bool)] = []
    for (number, category) in panel.x.categories.enumerated() {
      let bars = panel.bars.filter { ($0.x - Double(number)).magnitude < 0.5 }
      for (k, bar) in bars.enumerated() {
        let name = bars.count == 1 ? category : (k == 0 ? category : "") + " · " + bar.label
        rows.append((name, bar.y.value, bar.isHollow))
      }
      // A point at the same place is a bar of its own here.
      for point in panel.points where point.x.value == Double(number) {
        rows.append((" · " + (point.y.term ?? point.label), point.y.value, true))
      }
    }
    let nameWidth = min(34, rows.map { NumberText.width($0.name) }.max() ?? 0)
    let numbers = rows.map { NumberText.short($0.value).withMinusSign }
    let numberWidth = numbers.map { NumberText.width($0) }.max() ?? 0
    let room = Double(width - nameWidth - numberWidth - 6)
    let low = min(0, rows.map { $0.value }.min() ?? 0)
    let high = max(0, rows.map { $0.value }.max() ?? 0)
    let unit = high > low ? room / (high - low) : 0
    let left = Int((-low * unit).rounded())
    for (row, number) in zip(rows, numbers) {
      let length = Int((row.value.magnitude * unit).rounded())
      let bar = String(repeating: row.isHollow ? "░" : "█", count: length)
      let drawn =
        row.value < 0
        ? NumberText.alignedRight(bar, to: left) + "│" : String(repeating: " ", count: left) + "│" + bar
      let name = NumberText.width(row.name) > nameWidth ? row.name.prefix(nameWidth - 1) + "…" : row.name
      lines.append(
        NumberText.alignedLeft(String(name), to: nameWidth) + " " + NumberText.alignedRight(number, to: numberWidth)
          + " "
          + drawn)
    }
    for level in panel.levels where level.label != nil && level.across == nil && !level.isVertical {
      lines.append("level: " + (level.label ?? ""))
    }
    return lines
  }
}
