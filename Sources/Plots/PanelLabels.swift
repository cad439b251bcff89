import Documents

// Labels, put where they hide least.
extension PanelLayout {
  /// Beside each vertical line.
  mutating func labelLevels() {
    for level in panel.levels where level.isVertical && scale.x.contains(level.value) {
      guard let label = level.label else { continue }
      let x = scale.place(x: level.value)
      let room = max(frame.right + 10 - x, x - frame.left) - 5
      let lines = NumberText.lines(label, width: max(8, Int(room / PlotDrawing.width(of: "m", size: 11.5))))
      let low = frame.bottom - 8 - 14 * Double(lines.count - 1)
      var best: (cost: Double, x: Double, y: Double, anchor: Shape.Anchor)?
      // Near its ends, or else wherever it hides less.
      var rows = [frame.top + 13, low, frame.top + 28, low - 15]
      rows += stride(from: frame.top + 43, to: low - 15, by: 15)
      for (order, y) in rows.enumerated() {
        for (x, anchor) in [(x + 5, Shape.Anchor.start), (x - 5, .end)] {
          var sum = Double(order)
          for (row, line) in lines.enumerated() {
            let box = Self.box(line, x, y + 14 * Double(row), 11.5, anchor)
            sum += cost(box) + (box.left < frame.left || box.right > frame.right + 10 ? 1000 : 0)
          }
          if best.map({ sum < $0.cost - 1e-9 }) ?? true { best = (sum, x, y, anchor) }
        }
      }
      guard let best else { continue }
      for (row, line) in lines.enumerated() {
        text(line, best.x, best.y + 14 * Double(row), size: 11.5, best.anchor, tone: level.tone)
      }
    }
  }

  /// How much a label would hide, but for its own curve.
  private func cost(_ box: Box, on curve: Int? = nil) -> Double {
    obstacles.reduce(0) { sum, each in
      curve != nil && each.curve == curve ? sum : sum + each.weight * box.overlap(each.box) / 30
    }
  }

  /// The names of curves that end at the right, and of lines across, one below the other; those of other curves on them.
  mutating func labelAtTheRight() {
    var right: [(y: Double, text: String, tone: Plot.Tone)] = []
    var others: [Int] = []
    for (number, curve) in panel.curves.enumerated() {
      guard let label = curve.label, let end = scale.visible(curve.vertices).last?.last else { continue }
      if Self.endsAtTheRight(curve, scale), Self.widthAtTheRight(label) <= roomAtTheRight {
        right.append((end.y, label, curve.tone))
      } else {
        others.append(number)
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
    for other in others { label(curve: other) }
  }

  /// A curve's name on the curve itself, as maps have it, where it hides least of anything else; beside it if it is too short.
  private mutating func label(curve number: Int) {
    let curve = panel.curves[number]
    guard let label = curve.label else { return }
    let size = 12.0
    let width = Self.width(of: label, size: size, isBold: false) + 6
    let places = scale.visible(curve.vertices).flatMap { Self.places(along: $0, apart: 9) }
    guard places.count * 9 > Int(2 * width) else {
      if let ends = curve.isLabelledAtStart ? places.first : places.last, curve.weight != .faint {
        place(label, at: ends, tone: curve.tone, isBold: false)
      }
      return
    }
    var best: (cost: Double, box: Box)?
    for place in places {
      let box = Box(left: place.x - width / 2, top: place.y - 8, right: place.x + width / 2, bottom: place.y + 8)
      let near = Box(left: box.left - 4, top: box.top - 4, right: box.right + 4, bottom: box.bottom + 4)
      let outside = (box.right - box.left) * (box.bottom - box.top) - box.overlap(outerOfLabels)
      // Where a curve begins and ends is what one reads off it.
      let hidesEnd = [places[0], places[places.count - 1]].contains { box.contains($0.x, $0.y) }
      let cost = outside * 10 + cost(near, on: number) + (hidesEnd ? 60 : 0)
      if best.map({ cost < $0.cost - 1e-9 }) ?? true { best = (cost, box) }
    }
    guard let box = best?.box else { return }
    let corners = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
    add(.polygon(corners.map { (x: $0.0, y: $0.1) }), curve.tone, fill: .erased)
    text(label, (box.left + box.right) / 2, box.top + 12, size: size, .middle, tone: curve.tone)
  }

  /// Places on a line, equally far apart.
  private static func places(along line: [(x: Double, y: Double)], apart gap: Double) -> [(x: Double, y: Double)] {
    var places: [(x: Double, y: Double)] = []
    var open = 0.0
    for k in line.indices.dropFirst() {
      let (a, b) = (line[k - 1], line[k])
      let length = ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot()
      while open <= length, length > 0 {
        let share = open / length
        places.append((x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y)))
        open += gap
      }
      open -= length
    }
    return places
  }

  mutating func label(_ point: Plot.Point) {
    let at = (x: scale.place(x: point.x.value), y: scale.place(y: point.y.value))
    // Points that lie on it cannot be told from it anyway.
    let others = panel.points.map { (x: scale.place(x: $0.x.value), y: scale.place(y: $0.y.value)) }
      .filter { max(($0.x - at.x).magnitude, ($0.y - at.y).magnitude) > 8 }
    place(point.label, at: at, tone: .text, isBold: true, beside: others, isOptional: point.run != nil)
  }

  /// Puts a text beside a place where it hides least and seems to name none of the others, with a line to it if it is far.
  ///
  /// An optional one is left out where it would hide something, or seem to name something else.
  private mutating func place(
    _ label: String, at point: (x: Double, y: Double), tone: Plot.Tone, isBold: Bool,
    beside others: [(x: Double, y: Double)] = [], isOptional: Bool = false
  ) {
    let size = frame.width < 300 ? 11.5 : 12.5
    let lines = Self.labelLines(label, width: 0.9 * frame.width, size: size)
    let width = lines.map { Self.width(of: $0, size: size, isBold: isBold) }.max() ?? 0
    let height = 15 * Double(lines.count)
    var best: (cost: Double, box: Box, hidden: Double, isClear: Bool)?
    for distance in [12.0, 24, 40, 60, 85, 120] {
      for (dx, dy) in Self.directions {
        let left = point.x + dx * distance + (dx < 0 ? -width : dx == 0 ? -width / 2 : 0)
        let top = point.y + dy * distance + (dy < 0 ? -height : dy == 0 ? -height / 2 : 0)
        let box = Box(left: left, top: top, right: left + width, bottom: top + height)
        let outside = width * height - box.overlap(outerOfLabels)
        let least = outside * 10 + distance * 0.12
        // What hides nothing would not be better either.
        if let best, least >= best.cost { continue }
        let (covered, seems) = (cost(box), likeness(of: box, at: point, beside: others))
        // What a line leads to is nobody else's name.
        let seemsOther = seems.isNearer && Self.nearest(in: box, to: point).gap <= Self.leastLine
        let hidden = covered + (seems.isCrossed ? 300 : 0) + (seemsOther ? 30 : 0)
        guard best.map({ least + hidden < $0.cost - 1e-9 }) ?? true else { continue }
        let isClear = covered <= 25 && !seems.isCrossed && !seemsOther
        best = (least + hidden, box, hidden, isClear)
      }
    }
    guard let (_, box, hidden, isClear) = best, isClear || !isOptional else { return }
    if hidden > self.hidden.cost { self.hidden = (hidden, height) }
    let (near, gap) = Self.nearest(in: box, to: point)
    if gap > Self.leastLine {
      func place(_ distance: Double) -> (x: Double, y: Double) {
        (point.x + distance / gap * (near.x - point.x), point.y + distance / gap * (near.y - point.y))
      }
      // It touches neither the point nor the text, which it would strike out.
      add(.line([place(9), place(gap - 4)], width: 1, stroke: .full), .muted)
    }
    // Letters may be narrower than they were taken for: then there is no gap between the text and its point.
    let (x, anchor): (Double, Shape.Anchor) =
      box.right <= point.x
      ? (box.right, .end) : box.left >= point.x ? (box.left, .start) : ((box.left + box.right) / 2, .middle)
    for (row, line) in lines.enumerated() {
      text(line, x, box.top + 12 + 15 * Double(row), size: size, anchor, tone: tone, isBold: isBold)
    }
  }

  /// What is further from its point than this has a line to it.
  private static let leastLine = 20.0

  /// Where a label may be, as seen from its point; the usual ones first.
  private static let directions: [(x: Double, y: Double)] = [
    (1, -1), (1, 1), (-1, -1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1), (1, -0.5), (1, 0.5), (-1, -0.5), (-1, 0.5),
    (0.4, -1), (0.4, 1), (-0.4, -1), (-0.4, 1),
  ]

  /// Whether a text would seem to be another place's name: one that is on the line to its own, or just nearer to it.
  private func likeness(
    of box: Box, at point: (x: Double, y: Double), beside others: [(x: Double, y: Double)]
  ) -> (isCrossed: Bool, isNearer: Bool) {
    let (end, own) = Self.nearest(in: box, to: point)
    let (ux, uy) = ((end.x - point.x) / max(own, 1), (end.y - point.y) / max(own, 1))
    var (isCrossed, isNearer) = (false, false)
    for (x, y) in others {
      // Along the line, and away from it.
      let along = (x - point.x) * ux + (y - point.y) * uy
      let away = ((x - point.x) * uy - (y - point.y) * ux).magnitude
      if along > 0, along < own, away < 8 {
        isCrossed = true
      } else if Self.nearest(in: box, to: (x, y)).gap < own {
        isNearer = true
      }
    }
    return (isCrossed, isNearer)
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

  private static func labelLines(_ label: String, width: Double, size: Double) -> [String] {
    let room = max(12, min(34, Int(width / Self.width(of: "n", size: size, isBold: true))))
    return label.split(separator: "\n").flatMap { NumberText.lines(String($0), width: room) }
  }
}
