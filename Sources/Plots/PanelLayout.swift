import Documents

/// Places what is in a panel: axes, bars, curves, points, and labels where nothing else is.
struct PanelLayout {
  typealias Shape = PlotDrawing.Shape
  typealias Box = PlotScale.Box

  private let panel: Plot.Panel
  private let scale: PlotScale
  private let outer: Box
  private(set) var shapes: [Shape] = []
  /// Where labels should not be, and how much it would matter.
  private var obstacles: [(box: Box, weight: Double)] = []

  private var frame: Box { scale.frame }

  init(_ panel: Plot.Panel, within outer: Box) {
    self.panel = panel
    self.outer = outer
    let top = outer.top + (panel.title.isEmpty ? 0 : 20) + 27
    let bottom = outer.bottom - 46 - Double(Self.categoryLines(panel, outer) - 1) * 13
    var frame = Box(left: outer.left + 54, top: top, right: outer.right - 14, bottom: bottom)
    // Labels at the ends of curves need room on the right.
    let rough = PlotScale(panel, frame: frame)
    let labels =
      panel.curves.filter { Self.endsAtTheRight($0, rough) }.compactMap { $0.label }
      + panel.levels.filter { !$0.isVertical }.compactMap { $0.label }
    let widest = labels.map { PlotDrawing.width(of: $0, size: 12) }.max() ?? 0
    if widest > 0 { frame.right -= min(widest + 4, outer.width * 0.3) }
    scale = PlotScale(panel, frame: frame)
  }

  private static func endsAtTheRight(_ curve: Plot.Curve, _ scale: PlotScale) -> Bool {
    guard !curve.isLabelledAtStart, let last = scale.visible(curve.vertices).last?.last else { return false }
    return last.x > scale.frame.right - 0.12 * scale.frame.width
  }

  mutating func draw() {
    drawTitles()
    drawBands()
    drawTicks()
    drawLevels()
    drawBars()
    for curve in panel.curves { draw(curve) }
    for point in panel.points where !point.isHighlighted { draw(point) }
    for point in panel.points where point.isHighlighted { draw(point) }
    labelAtTheRight()
    labelLevels()
    for point in panel.points where point.isHighlighted && point.isNamed { label(point) }
  }

  // MARK: Adding shapes

  private mutating func add(_ figure: Shape.Figure, _ tone: Plot.Tone, fill: Shape.Fill = .full) {
    shapes.append(Shape(figure: figure, tone: tone, fill: fill))
  }

  private mutating func text(
    _ text: String, _ x: Double, _ y: Double, size: Double = 12, _ anchor: Shape.Anchor = .start,
    tone: Plot.Tone = .muted, isBold: Bool = false, isObstacle: Bool = true
  ) {
    add(.text(text, x: x, y: y, size: size, anchor: anchor, isBold: isBold), tone)
    if isObstacle { obstacles.append((Self.box(text, x, y, size, anchor, isBold: isBold), 40)) }
  }

  private static func box(
    _ text: String, _ x: Double, _ y: Double, _ size: Double, _ anchor: Shape.Anchor, isBold: Bool = false
  ) -> Box {
    let width = width(of: text, size: size, isBold: isBold)
    let left = anchor == .start ? x : anchor == .middle ? x - width / 2 : x - width
    // Two labels that touch would be read as one.
    let gap = isBold ? size * 0.3 : 0
    return Box(left: left - gap, top: y - size * 0.85, right: left + width + gap, bottom: y + size * 0.25)
  }

  private static func width(of text: String, size: Double, isBold: Bool) -> Double {
    PlotDrawing.width(of: text, size: size) * (isBold ? 1.06 : 1)
  }

  // MARK: Axes

  private mutating func drawTitles() {
    if !panel.title.isEmpty { text(panel.title, outer.left + 6, outer.top + 14, size: 14, tone: .text, isBold: true) }
    text(panel.y.label, outer.left + 6, frame.top - 13, size: 12.5)
    let middle = frame.left + frame.width / 2
    // What stands in parentheses is left out where there is no room for it.
    let room = 2 * min(middle - outer.left, outer.right - middle)
    let isLong = PlotDrawing.width(of: panel.x.label, size: 12.5) > room
    let label = isLong ? panel.x.label.prefix { $0 != "(" } : panel.x.label[...]
    text(String(label).trimmed, middle, outer.bottom - 8, size: 12.5, .middle)
  }

  private mutating func drawTicks() {
    let ticks = AxisTicks(scale.y, count: frame.height > 200 ? 6 : 4, whole: panel.y.counts)
    for (value, label) in zip(ticks.values, ticks.labels) {
      let y = scale.place(y: value)
      add(.line([(frame.left, y), (frame.right, y)], width: 0.6, isDashed: false), .faint)
      text(label, frame.left - 7, y + 4, size: 11.5, .end, isObstacle: false)
    }
    if scale.y.contains(0) {
      let y = scale.place(y: 0)
      add(.line([(frame.left, y), (frame.right, y)], width: 1.2, isDashed: false), .line)
    }
    add(.line([(frame.left, frame.bottom), (frame.right, frame.bottom)], width: 1, isDashed: false), .line)
    if panel.x.categories.isEmpty {
      let ticks = AxisTicks(scale.x, count: frame.width > 450 ? 8 : 5, whole: panel.x.counts)
      for (value, label) in zip(ticks.values, ticks.labels) {
        let x = scale.place(x: value)
        add(.line([(x, frame.bottom), (x, frame.bottom + 4)], width: 1, isDashed: false), .line)
        text(label, x, frame.bottom + 17, size: 11.5, .middle, isObstacle: false)
      }
    } else {
      for (number, name) in panel.x.categories.enumerated() {
        for (row, line) in Self.lines(of: name, panel, frame.width).enumerated() {
          text(
            line, scale.place(x: Double(number)), frame.bottom + 16 + 13 * Double(row), size: 11.5, .middle, tone: .text
          )
        }
      }
    }
  }

  private static func categoryLines(_ panel: Plot.Panel, _ outer: Box) -> Int {
    panel.x.categories.map { lines(of: $0, panel, outer.width - 80).count }.max() ?? 1
  }

  /// A category's name in at most three lines of its slot's width.
  private static func lines(of name: String, _ panel: Plot.Panel, _ width: Double) -> [String] {
    let room = max(3, Int(width / (Double(panel.x.categories.count) + 0.2) / (11.5 * 0.56)) - 1)
    var lines: [String] = []
    for word in name.split(separator: " ") {
      let word = word.count <= room ? String(word) : word.prefix(room - 1) + "…"
      if let last = lines.last, last.count + 1 + word.count <= room {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(word)
      }
    }
    return lines.count <= 3 ? lines : lines.prefix(2) + ["…"]
  }

  // MARK: Behind the curves

  private mutating func drawBands() {
    for band in panel.bands {
      let (low, high) = (max(band.range.lowerBound, scale.x.lowerBound), min(band.range.upperBound, scale.x.upperBound))
      guard low < high else { continue }
      let (left, right) = (scale.place(x: low), scale.place(x: high))
      add(
        .polygon([(left, frame.top), (right, frame.top), (right, frame.bottom), (left, frame.bottom)]), .faint,
        fill: .pale)
    }
  }

  private mutating func drawLevels() {
    for level in panel.levels {
      if level.isVertical {
        guard scale.x.contains(level.value) else { continue }
        let x = scale.place(x: level.value)
        let figure = Shape.Figure.line([(x, frame.top), (x, frame.bottom)], width: 1.2, isDashed: true)
        shapes.append(Shape(figure: figure, tone: level.tone, data: data(of: level.handle, at: level.value)))
        for y in stride(from: frame.top, to: frame.bottom, by: 10) {
          obstacles.append((Box(left: x - 3, top: y, right: x + 3, bottom: y + 10), 1))
        }
      } else {
        guard scale.y.contains(level.value) else { continue }
        let y = scale.place(y: level.value)
        let (left, right) =
          level.across.map { (scale.place(x: $0.lowerBound), scale.place(x: $0.upperBound)) } ?? (
            frame.left, frame.right
          )
        let isShort = level.across != nil
        add(.line([(left, y), (right, y)], width: isShort ? 3 : 1.4, isDashed: !isShort), level.tone)
      }
    }
  }

  /// What dragging a line needs to know: the option, its value here, and how many pixels stand for a change by 1.
  private func data(of handle: Plot.Handle?, at place: Double) -> [(name: String, value: String)] {
    guard let handle, handle.sign != 0 else { return [] }
    let unit = frame.width / (scale.x.upperBound - scale.x.lowerBound)
    return [
      ("option", handle.option), ("value", NumberText.short((place - handle.origin) / handle.sign, digits: 12)),
      ("unit", NumberText.short(unit * handle.sign, digits: 12)),
    ]
  }

  /// Beside each vertical line, near one of its ends.
  private mutating func labelLevels() {
    for level in panel.levels where level.isVertical && scale.x.contains(level.value) {
      guard let label = level.label else { continue }
      let x = scale.place(x: level.value)
      var best: (cost: Double, x: Double, y: Double, anchor: Shape.Anchor)?
      for (order, y) in [frame.top + 13, frame.bottom - 8, frame.top + 28, frame.bottom - 23].enumerated() {
        for (x, anchor) in [(x + 5, Shape.Anchor.start), (x - 5, .end)] {
          let box = Self.box(label, x, y, 11.5, anchor)
          let outside = box.left < frame.left || box.right > frame.right + 10
          let cost = cost(box) + (outside ? 1000 : 0) + Double(order)
          if best.map({ cost < $0.cost - 1e-9 }) ?? true { best = (cost, x, y, anchor) }
        }
      }
      if let best { text(label, best.x, best.y, size: 11.5, best.anchor, tone: level.tone) }
    }
  }

  /// How much a label would hide.
  private func cost(_ box: Box) -> Double { obstacles.reduce(0) { $0 + $1.weight * box.overlap($1.box) / 30 } }

  private mutating func drawBars() {
    let base = scale.place(y: max(scale.y.lowerBound, min(scale.y.upperBound, 0)))
    for bar in panel.bars {
      let (left, right) = (scale.place(x: bar.x - bar.width / 2), scale.place(x: bar.x + bar.width / 2))
      let y = scale.place(y: bar.y.value)
      shapes.append(
        Shape(
          figure: .polygon([(left, base), (left, y), (right, y), (right, base)]), tone: bar.tone,
          fill: bar.isHollow ? .paper : .full,
          data: Self.data(x: Plot.Reading(value: bar.x, term: nil), y: bar.y, subject: bar.y, beat: bar.beat),
          note: note(bar.label, bar.y)))
      obstacles.append((Box(left: left, top: min(y, base), right: right, bottom: max(y, base)), 6))
      guard bar.showsValue, right - left >= 22 else { continue }
      let value = NumberText.short(bar.y.value, digits: right - left < 40 ? 2 : 3).withMinusSign
      // A line that marks what the bar is compared with is not crossed out.
      let lines = panel.levels.filter { $0.across?.contains(bar.x) ?? false }.map { scale.place(y: $0.value) }
      var bottom = bar.y.value < 0 ? y + 13 : y - 4
      for line in lines.sorted(by: { $0 > $1 }) where bar.y.value >= 0 && line < bottom + 3 && line > bottom - 13 {
        bottom = line - 4
      }
      text(value, (left + right) / 2, bottom, size: 11, .middle, tone: .text)
    }
  }

  // MARK: Curves and points

  private mutating func draw(_ curve: Plot.Curve) {
    let width = curve.weight == .strong ? 2.6 : curve.weight == .normal ? 1.7 : 1.0
    for part in scale.visible(curve.vertices) {
      let line = Self.simplified(part)
      add(.line(line, width: width, isDashed: curve.isDashed), curve.tone)
      for k in line.indices.dropFirst() {
        let (a, b) = (line[k - 1], line[k])
        let steps = max(1, Int(((b.x - a.x).magnitude + (b.y - a.y).magnitude) / 12))
        for s in 0...steps {
          let share = Double(s) / Double(steps)
          let (x, y) = (a.x + share * (b.x - a.x), a.y + share * (b.y - a.y))
          obstacles.append(
            (Box(left: x - 3, top: y - 3, right: x + 3, bottom: y + 3), curve.weight == .faint ? 0.3 : 1))
        }
      }
    }
  }

  /// A line without the corners that nobody would see.
  private static func simplified(_ line: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    guard line.count > 2 else { return line }
    var isKept = [Bool](repeating: false, count: line.count)
    isKept[0] = true
    isKept[line.count - 1] = true
    var open = [(0, line.count - 1)]
    while let (first, last) = open.popLast() {
      guard last - first > 1 else { continue }
      let (a, b) = (line[first], line[last])
      let length = ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot()
      var (worst, place) = (0.0, first)
      for k in first + 1..<last {
        let p = line[k]
        let distance =
          length == 0
          ? ((p.x - a.x) * (p.x - a.x) + (p.y - a.y) * (p.y - a.y)).squareRoot()
          : ((b.x - a.x) * (a.y - p.y) - (a.x - p.x) * (b.y - a.y)).magnitude / length
        if distance > worst { (worst, place) = (distance, k) }
      }
      if worst > 0.12 {
        isKept[place] = true
        open += [(first, place), (place, last)]
      }
    }
    return line.indices.filter { isKept[$0] }.map { line[$0] }
  }

  private mutating func draw(_ point: Plot.Point) {
    let (x, y) = (scale.place(x: point.x.value), scale.place(y: point.y.value))
    let size = point.isHighlighted ? 7.5 : 5.0
    let figure: Shape.Figure =
      switch point.mark {
      case .positive?: .polygon([(x, y - size), (x + size, y + 0.75 * size), (x - size, y + 0.75 * size)])
      case .negative?: .polygon([(x, y + size), (x + size, y - 0.75 * size), (x - size, y - 0.75 * size)])
      case .changed?: .polygon([(x, y - size), (x + size, y), (x, y + size), (x - size, y)])
      default: .circle(x: x, y: y, radius: 0.85 * size)
      }
    let tone = point.mark.map { Plot.Tone.mark(point.isCut && $0 != .changed ? .clipped : $0) } ?? point.tone
    shapes.append(
      Shape(
        figure: figure, tone: tone, fill: point.isCut ? .paper : .full,
        data: Self.data(x: point.x, y: point.y, subject: point.subject, beat: point.beat)
          + (point.run.map { [(name: "run", value: $0)] } ?? []),
        note: note(point.label, point.subject)))
    obstacles.append((Box(left: x - size - 2, top: y - size - 2, right: x + size + 2, bottom: y + size + 2), 12))
  }

  private func note(_ label: String, _ reading: Plot.Reading) -> String {
    label + (reading.term.map { ": \($0) = \(NumberText.short(reading.value))" } ?? "")
  }

  private static func data(
    x: Plot.Reading, y: Plot.Reading, subject: Plot.Reading, beat: Int
  ) -> [(name: String, value: String)] {
    var data: [(name: String, value: String)] = []
    data.append((name: "term", value: subject.term ?? ""))
    data.append((name: "x", value: NumberText.full(x.value)))
    data.append((name: "y", value: NumberText.full(y.value)))
    if subject.term != y.term { data.append((name: "value", value: NumberText.full(subject.value))) }
    if let term = x.term { data.append((name: "x-term", value: term)) }
    data.append((name: "beat", value: "\(beat)"))
    return data
  }

  // MARK: Labels

  /// The names of curves that end at the right, and of lines across, one below the other.
  private mutating func labelAtTheRight() {
    var right: [(y: Double, text: String, tone: Plot.Tone)] = []
    var others: [(label: String, at: (x: Double, y: Double), tone: Plot.Tone)] = []
    for curve in panel.curves {
      let parts = scale.visible(curve.vertices)
      guard let label = curve.label, let end = curve.isLabelledAtStart ? parts.first?.first : parts.last?.last else {
        continue
      }
      if Self.endsAtTheRight(curve, scale) {
        right.append((end.y, label, curve.tone))
      } else {
        others.append((label, end, curve.tone))
      }
    }
    for level in panel.levels where !level.isVertical && scale.y.contains(level.value) {
      if let label = level.label { right.append((scale.place(y: level.value), label, level.tone)) }
    }
    right.sort { $0.y < $1.y }
    let places = pushedApart(right.map { $0.y }, gap: 15, within: frame.top...max(frame.top, frame.bottom))
    for (label, y) in zip(right, places) {
      text(label.text, frame.right + 6, y + 4, size: 12, tone: label.tone, isBold: true)
    }
    for other in others { place(other.label, at: other.at, tone: other.tone, isBold: false, isLed: false) }
  }

  private mutating func label(_ point: Plot.Point) {
    let at = (x: scale.place(x: point.x.value), y: scale.place(y: point.y.value))
    place(point.label, at: at, tone: .text, isBold: true, isLed: true)
  }

  /// Puts a text beside a place where it hides least, with a line to it if it is far.
  private mutating func place(
    _ label: String, at point: (x: Double, y: Double), tone: Plot.Tone, isBold: Bool, isLed: Bool
  ) {
    let lines = Self.labelLines(label)
    let width = lines.map { Self.width(of: $0, size: 12.5, isBold: isBold) }.max() ?? 0
    let height = 15 * Double(lines.count)
    var best: (cost: Double, box: Box)?
    for distance in [12.0, 24, 40, 60, 85] {
      for (dx, dy) in [(1.0, -1.0), (1, 1), (-1, -1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1)] {
        let left = point.x + dx * distance + (dx < 0 ? -width : dx == 0 ? -width / 2 : 0)
        let top = point.y + dy * distance + (dy < 0 ? -height : dy == 0 ? -height / 2 : 0)
        let box = Box(left: left, top: top, right: left + width, bottom: top + height)
        let outside = width * height - box.overlap(outerOfLabels)
        let cost = outside * 10 + cost(box) + distance * 0.12 + (isLed ? ambiguity(of: box, at: point) : 0)
        if best.map({ cost < $0.cost - 1e-9 }) ?? true { best = (cost, box) }
      }
    }
    guard let box = best?.box else { return }
    let (near, gap) = Self.nearest(in: box, to: point)
    if isLed, gap > 20 {
      let share = 9 / gap
      let start = (x: point.x + share * (near.x - point.x), y: point.y + share * (near.y - point.y))
      add(.line([start, near], width: 1, isDashed: false), .muted)
    }
    for (row, line) in lines.enumerated() {
      text(line, box.left, box.top + 12 + 15 * Double(row), size: 12.5, tone: tone, isBold: isBold)
    }
  }

  /// How much a text would seem to be another point's name: one that is on the line to its own, or just nearer to it.
  private func ambiguity(of box: Box, at point: (x: Double, y: Double)) -> Double {
    let (end, own) = Self.nearest(in: box, to: point)
    var cost = 0.0
    for other in panel.points where other.isHighlighted && other.isNamed {
      let (x, y) = (scale.place(x: other.x.value), scale.place(y: other.y.value))
      if x == point.x && y == point.y { continue }
      // Along the line, and away from it.
      let (ux, uy) = ((end.x - point.x) / max(own, 1), (end.y - point.y) / max(own, 1))
      let along = (x - point.x) * ux + (y - point.y) * uy
      let away = ((x - point.x) * uy - (y - point.y) * ux).magnitude
      if along > 0, along < own, away < 8 {
        cost += 300
      } else if Self.nearest(in: box, to: (x, y)).gap < own {
        cost += 30
      }
    }
    return cost
  }

  /// The place of a box that is nearest to a point, and how far that is.
  private static func nearest(in box: Box, to point: (x: Double, y: Double)) -> (
    place: (x: Double, y: Double), gap: Double
  ) {
    let near = (x: max(box.left, min(box.right, point.x)), y: max(box.top, min(box.bottom, point.y)))
    let (dx, dy) = (near.x - point.x, near.y - point.y)
    return (near, (dx * dx + dy * dy).squareRoot())
  }

  private var outerOfLabels: Box {
    Box(left: frame.left + 2, top: frame.top, right: outer.right - 4, bottom: frame.bottom - 2)
  }

  private static func labelLines(_ label: String) -> [String] {
    label.split(separator: "\n").flatMap { NumberText.lines(String($0), width: 34) }
  }
}
