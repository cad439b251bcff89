import Documents

/// Places what is in a panel: axes, bars, curves, points, and labels where nothing else is.
struct PanelLayout {
  typealias Shape = PlotDrawing.Shape
  typealias Box = PlotScale.Box

  let panel: Plot.Panel
  let scale: PlotScale
  let outer: Box
  /// For names beside the ends of curves; longer ones stand on their curves.
  let roomAtTheRight: Double
  private(set) var shapes: [Shape] = []
  /// Where labels should not be, and how much it would matter.
  private(set) var obstacles: [Obstacle] = []
  /// How much a point's label hides at most, and how high that label is.
  var hidden = (cost: 0.0, height: 0.0)

  struct Obstacle {
    let box: Box
    let weight: Double
    /// The number of the curve that it is a part of.
    var curve: Int?
  }

  var frame: Box { scale.frame }

  /// A panel's drawing, with more room above or below everything where the label of a point finds none between the curves.
  static func drawn(_ panel: Plot.Panel, within outer: Box) -> PanelLayout {
    var best = PanelLayout(panel, within: outer)
    best.draw()
    // The tip of a curve may be hidden.
    guard best.hidden.cost > 6 else { return best }
    let (y, height, room) = (best.scale.y, best.frame.height, best.hidden.height + 12)
    guard room < 0.4 * height else { return best }
    let more = (y.upperBound - y.lowerBound) * room / (height - room)
    for range in [y.lowerBound...(y.upperBound + more), (y.lowerBound - more)...y.upperBound] {
      var roomier = panel
      (roomier.y.range, roomier.y.isFixed) = (range, true)
      var other = PanelLayout(roomier, within: outer)
      other.draw()
      if other.hidden.cost < best.hidden.cost { best = other }
    }
    return best
  }

  init(_ panel: Plot.Panel, within outer: Box) {
    self.panel = panel
    self.outer = outer
    let isLow = outer.bottom - outer.top < 200
    let top = outer.top + Double(Self.titleLines(panel, outer).count) * 20 + (isLow ? 22 : 27)
    let bottom = outer.bottom - (isLow ? 38 : 46)
    var frame = Box(left: outer.left + 54, top: top, right: outer.right - 14, bottom: bottom)
    // Labels at the ends of curves need room on the right.
    let rough = PlotScale(panel, frame: frame)
    let labels =
      panel.curves.filter { Self.endsAtTheRight($0, rough) }.compactMap { $0.label }
      + panel.levels.filter { !$0.isVertical }.compactMap { $0.label }
    let widest = labels.map { Self.widthAtTheRight($0) }.filter { $0 < outer.width * 0.3 }.max() ?? 0
    roomAtTheRight = widest
    if widest > 0 { frame.right -= widest }
    frame.bottom -= Double(CategoryNames(panel, width: frame.width).height - 1) * 13
    scale = PlotScale(panel, frame: frame)
  }

  static func widthAtTheRight(_ label: String) -> Double { PlotDrawing.width(of: label, size: 12) * 1.12 + 4 }

  static func endsAtTheRight(_ curve: Plot.Curve, _ scale: PlotScale) -> Bool {
    guard !curve.isLabelledAtStart, let last = scale.visible(curve.vertices).last?.last else { return false }
    // One of many lines of a map stands on its own where it does not end just there.
    return last.x > scale.frame.right - (curve.weight == .faint ? 0.03 : 0.12) * scale.frame.width
  }

  private mutating func draw() {
    drawTitles()
    drawBands()
    drawTicks()
    drawLevels()
    drawBars()
    for number in panel.curves.indices { draw(curve: number) }
    for point in panel.points where !point.isHighlighted { draw(point) }
    for point in panel.points where point.isHighlighted { draw(point) }
    labelAtTheRight()
    for point in panel.points where point.isHighlighted && point.isNamed { label(point) }
    // These have a choice of places wherever they are.
    labelLevels()
  }

  // MARK: Adding shapes

  mutating func add(_ figure: Shape.Figure, _ tone: Plot.Tone, fill: Shape.Fill = .full) {
    shapes.append(Shape(figure: figure, tone: tone, fill: fill))
  }

  private mutating func add(obstacle box: Box, _ weight: Double, of curve: Int? = nil) {
    obstacles.append(Obstacle(box: box, weight: weight, curve: curve))
  }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, size: Double = 12, _ anchor: Shape.Anchor = .start,
    tone: Plot.Tone = .muted, isBold: Bool = false, isObstacle: Bool = true
  ) {
    add(.text(text, x: x, y: y, size: size, anchor: anchor, isBold: isBold), tone)
    if isObstacle { add(obstacle: Self.box(text, x, y, size, anchor, isBold: isBold), 250) }
  }

  static func box(
    _ text: String, _ x: Double, _ y: Double, _ size: Double, _ anchor: Shape.Anchor, isBold: Bool = false
  ) -> Box {
    let width = width(of: text, size: size, isBold: isBold)
    let left = anchor == .start ? x : anchor == .middle ? x - width / 2 : x - width
    // Two labels that touch would be read as one.
    let gap = isBold ? size * 0.3 : 0
    return Box(left: left - gap, top: y - size * 0.85, right: left + width + gap, bottom: y + size * 0.25)
  }

  static func width(of text: String, size: Double, isBold: Bool) -> Double {
    PlotDrawing.width(of: text, size: size) * (isBold ? 1.15 : 1)
  }

  // MARK: Axes

  private static func titleLines(_ panel: Plot.Panel, _ outer: Box) -> [String] {
    if panel.title.isEmpty { return [] }
    return NumberText.lines(
      panel.title, width: max(8, Int((outer.width - 12) / width(of: "n", size: 14, isBold: true))))
  }

  private mutating func drawTitles() {
    for (row, line) in Self.titleLines(panel, outer).enumerated() {
      text(line, outer.left + 6, outer.top + 14 + 20 * Double(row), size: 14, tone: .text, isBold: true)
    }
    text(panel.y.label, outer.left + 6, frame.top - 10, size: 12.5)
    let middle = frame.left + frame.width / 2
    // What explains the name is left out where there is no room for it.
    let room = 2 * min(middle - outer.left, outer.right - middle)
    let isLong = PlotDrawing.width(of: panel.x.label, size: 12.5) > room
    let label = isLong ? panel.x.label.prefix { $0 != "(" && $0 != ":" } : panel.x.label[...]
    text(String(label).trimmed, middle, outer.bottom - 8, size: 12.5, .middle)
  }

  private mutating func drawTicks() {
    let ticks = AxisTicks(scale.y, count: frame.height > 200 ? 6 : 4, whole: panel.y.counts)
    for (value, label) in zip(ticks.values, ticks.labels) {
      let y = scale.place(y: value)
      add(.line([(frame.left, y), (frame.right, y)], width: 0.6, stroke: .full), .faint)
      text(label, frame.left - 7, y + 4, size: 11.5, .end, isObstacle: false)
    }
    if scale.y.contains(0) {
      let y = scale.place(y: 0)
      add(.line([(frame.left, y), (frame.right, y)], width: 1.2, stroke: .full), .line)
      add(obstacle: Box(left: frame.left, top: y - 2, right: frame.right, bottom: y + 2), 1)
    }
    add(.line([(frame.left, frame.bottom), (frame.right, frame.bottom)], width: 1, stroke: .full), .line)
    if panel.x.categories.isEmpty {
      let ticks = AxisTicks(scale.x, count: frame.width > 450 ? 8 : 5, whole: panel.x.counts)
      for (value, label) in zip(ticks.values, ticks.labels) {
        let x = scale.place(x: value)
        add(.line([(x, frame.bottom), (x, frame.bottom + 4)], width: 1, stroke: .full), .line)
        text(label, x, frame.bottom + 17, size: 11.5, .middle, isObstacle: false)
      }
    } else {
      let names = CategoryNames(panel, width: frame.width)
      for (number, lines) in names.lines.enumerated() {
        let first = number % names.rows
        for (row, line) in lines.enumerated() {
          text(
            line, scale.place(x: Double(number)), frame.bottom + 16 + 13 * Double(first + row), size: 11.5, .middle,
            tone: .text)
        }
      }
    }
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
        let figure = Shape.Figure.line([(x, frame.top), (x, frame.bottom)], width: 1.2, stroke: .dashed)
        shapes.append(Shape(figure: figure, tone: level.tone, data: data(of: level.handle, at: level.value)))
        for y in stride(from: frame.top, to: frame.bottom, by: 10) {
          add(obstacle: Box(left: x - 3, top: y, right: x + 3, bottom: y + 10), 2)
        }
      } else {
        guard scale.y.contains(level.value) else { continue }
        let y = scale.place(y: level.value)
        let (left, right) =
          level.across.map { (scale.place(x: $0.lowerBound), scale.place(x: $0.upperBound)) } ?? (
            frame.left, frame.right
          )
        let isShort = level.across != nil
        add(.line([(left, y), (right, y)], width: isShort ? 3 : 1.4, stroke: isShort ? .full : .dashed), level.tone)
      }
    }
  }

  /// What dragging a line needs to know: the option, its value here and at the panel's sides, and how many pixels stand for a
  /// change by 1.
  private func data(of handle: Plot.Handle?, at place: Double) -> [(name: String, value: String)] {
    guard let handle, handle.sign != 0 else { return [] }
    let unit = frame.width / (scale.x.upperBound - scale.x.lowerBound)
    func text(at place: Double) -> String { NumberText.short((place - handle.origin) / handle.sign, digits: 12) }
    let sides = [scale.x.lowerBound, scale.x.upperBound].map(text(at:))
    return [
      ("option", handle.option), ("value", text(at: place)), ("unit", NumberText.short(unit * handle.sign, digits: 12)),
      ("least", sides[handle.sign > 0 ? 0 : 1]), ("most", sides[handle.sign > 0 ? 1 : 0]),
    ]
  }

  private mutating func drawBars() {
    var numbers: [Box] = []
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
      add(obstacle: Box(left: left, top: min(y, base), right: right, bottom: max(y, base)), 6)
      guard bar.showsValue, let value = number(of: bar) else { continue }
      // A line that marks what the bar is compared with is not crossed out.
      let lines = panel.levels.filter { $0.across?.contains(bar.x) ?? false }.map { scale.place(y: $0.value) }
      var bottom = bar.y.value < 0 ? y + 13 : y - 4
      for line in lines.sorted(by: { $0 > $1 }) where bar.y.value >= 0 && line < bottom + 3 && line > bottom - 13 {
        bottom = line - 4
      }
      let x = middle(of: value, above: bar, at: bottom)
      // A number that was moved aside may be in the way of the next one.
      let size = Self.box(value, x, bottom, 11, .middle)
      if let taken = numbers.last(where: { $0.overlap(size) > 0 }) { bottom -= size.bottom - taken.top + 1 }
      numbers.append(Self.box(value, x, bottom, 11, .middle))
      text(value, x, bottom, size: 11, .middle, tone: .text)
    }
  }

  /// Where a bar's number stands: over its middle, or as far beside that as keeps it off the higher bars on both sides.
  private func middle(of number: String, above bar: Plot.Bar, at bottom: Double) -> Double {
    let middle = scale.place(x: bar.x)
    let box = Self.box(number, middle, bottom, 11, .middle)
    let base = scale.place(y: max(scale.y.lowerBound, min(scale.y.upperBound, 0)))
    let others = panel.bars.filter { other in
      let y = scale.place(y: other.y.value)
      return other.x != bar.x && min(y, base) < box.bottom && max(y, base) > box.top
    }
    let from = others.filter { $0.x < bar.x }.map { scale.place(x: $0.x + $0.width / 2) }.max() ?? frame.left
    let to = others.filter { $0.x > bar.x }.map { scale.place(x: $0.x - $0.width / 2) }.min() ?? outer.right
    let half = box.width / 2 + 2
    return to - from < 2 * half ? middle : max(from + half, min(to - half, middle))
  }

  /// A bar's number with as many digits as there is room for beside the next bar's, which may be an outline's without a number;
  /// nil where there is no room for any.
  private func number(of bar: Plot.Bar) -> String? {
    func text(beside others: [Plot.Bar]) -> String? {
      let gaps = others.filter { $0.showsValue && $0.x != bar.x }.map { ($0.x - bar.x).magnitude }
      let room = (gaps.min() ?? .infinity) * frame.width / (scale.x.upperBound - scale.x.lowerBound)
      return [3, 2].lazy.map { NumberText.short(bar.y.value, digits: $0).withMinusSign }
        .first { Self.width(of: $0, size: 11, isBold: false) + 2 <= room }
    }
    let isCrowded = panel.bars.contains { $0.showsValue && $0.isHollow } && !areNumbered
    return isCrowded ? bar.isHollow ? nil : text(beside: panel.bars.filter { !$0.isHollow }) : text(beside: panel.bars)
  }

  /// Whether each bar has room for its number.
  private var areNumbered: Bool {
    let bars = panel.bars.filter { $0.showsValue }.sorted { $0.x < $1.x }
    return zip(bars, bars.dropFirst()).allSatisfy { a, b in
      let room = (b.x - a.x) * frame.width / (scale.x.upperBound - scale.x.lowerBound)
      return [a, b].allSatisfy {
        Self.width(of: NumberText.short($0.y.value, digits: 2).withMinusSign, size: 11, isBold: false) + 2 <= room
      }
    }
  }

  // MARK: Curves and points

  private mutating func draw(curve number: Int) {
    let curve = panel.curves[number]
    let (width, weight) =
      switch curve.weight {
      case .strong: (2.6, 3.0)
      case .normal: (1.7, 1.5)
      case .faint: (1.0, 0.4)
      }
    for part in scale.visible(curve.vertices) {
      let line = Self.simplified(part)
      add(.line(line, width: width, stroke: curve.stroke), curve.tone)
      for k in line.indices.dropFirst() {
        let (a, b) = (line[k - 1], line[k])
        let steps = max(1, Int(((b.x - a.x).magnitude + (b.y - a.y).magnitude) / 12))
        for s in 0...steps {
          let share = Double(s) / Double(steps)
          let (x, y) = (a.x + share * (b.x - a.x), a.y + share * (b.y - a.y))
          add(obstacle: Box(left: x - 3, top: y - 3, right: x + 3, bottom: y + 3), weight, of: number)
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
    add(obstacle: Box(left: x - size - 2, top: y - size - 2, right: x + size + 2, bottom: y + size + 2), 12)
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
}
