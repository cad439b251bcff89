import Documents
import Plots
public import Recording

/// A drawing of a stage's shape without Graphviz, for a page that meets a shape of which it has no drawing: after a what-if
/// that needs other boxes, and for files that a reader drops onto it.
///
/// Rows and columns are those of `StageGrid`; what has no column stands to the right of the first row that it can stand in. A
/// shape without columns is laid out from left to right, by the longest way from an input. Ids are those of `StageShape`.
public struct StageLayout {
  private let plan: StagePlan
  private let trace: Trace
  private let diagram: StageDiagram
  /// The cells of each row, by column; the last column is that of cells without one.
  private var rows: [[[Int]]] = []
  private var boxes: [Box]
  private var headings: [Box] = []
  private var size = (width: 0.0, height: 0.0)

  private struct Box {
    var x = 0.0
    var y = 0.0
    var width = 0.0
    var middle: (x: Double, y: Double) { (x + width / 2, y + StageLayout.height / 2) }
    var right: Double { x + width }
    var bottom: Double { y + StageLayout.height }
  }

  private static let height = 44.0
  private static let gap = (across: 12.0, down: 34.0)
  private static let edgeRoom = 14.0

  /// Nil where there is nothing to draw.
  public init?(of trace: Trace, at beat: Int) {
    guard let diagram = StageDiagram(trace.stage(ofBeat: beat).name, of: trace, at: beat, isBlank: true) else {
      return nil
    }
    (self.trace, self.diagram, plan) = (trace, diagram, diagram.plan)
    boxes = plan.cells.map { cell in
      let name = Self.textWidth(StageShape.blankName(cell, in: trace), 11)
      let value = Self.textWidth(StageShape.blankValue(cell, in: trace), 14)
      return Box(width: max(name, value) + 20)
    }
    if boxes.isEmpty { return nil }
    plan.columns.isEmpty ? placeAcross() : placeGrid()
  }

  private static func textWidth(_ text: String, _ size: Double) -> Double {
    Double(NumberText.width(text)) * size * 0.56
  }

  // MARK: Placing

  private mutating func placeGrid() {
    rows = StageGrid(plan).rows.map { $0 + [[]] }
    if rows.isEmpty { rows = [plan.columns.map { _ in [] } + [[]]] }
    placeWithoutColumn()
    let columns = plan.columns.count + 1
    let widths = (0..<columns).map { column in
      rows.map { width(of: $0[column]) }.max().map { max($0, column < plan.columns.count ? 56 : 0) } ?? 0
    }
    var lefts: [Double] = []
    var x = Self.edgeRoom
    for width in widths {
      lefts.append(x)
      x += width + (width > 0 ? Self.gap.across * 1.5 : 0)
    }
    size.width = x + Self.edgeRoom
    headings = plan.columns.indices.map { Box(x: lefts[$0], y: 4, width: widths[$0]) }
    var y = 4 + Self.height + 10
    for row in rows {
      for (column, cells) in row.enumerated() {
        var x = lefts[column] + (widths[column] - width(of: cells)) / 2
        for cell in cells {
          (boxes[cell].x, boxes[cell].y) = (x, y)
          x += boxes[cell].width + Self.gap.across
        }
      }
      y += Self.height + Self.gap.down
    }
    size.height = y - Self.gap.down + 10
  }

  private func width(of cells: [Int]) -> Double {
    cells.reduce(0) { $0 + boxes[$1].width } + Self.gap.across * Double(max(0, cells.count - 1))
  }

  /// Cells of no column: below everything that they come from, or else right before their first use.
  private mutating func placeWithoutColumn() {
    let last = plan.columns.count
    for cell in plan.cells.indices where plan.cells[cell].column == nil {
      let before = plan.links.filter { $0.to == cell }.compactMap { row(of: $0.from) }.max()
      let after = plan.links.filter { $0.from == cell }.compactMap { row(of: $0.to) }.min()
      var target = before.map { $0 + 1 } ?? max(0, (after ?? 1) - 1)
      if target >= rows.count {
        rows.append(plan.columns.map { _ in [] } + [[]])
        target = rows.count - 1
      }
      rows[target][last].append(cell)
    }
  }

  private func row(of cell: Int) -> Int? { rows.firstIndex { $0.contains { $0.contains(cell) } } }

  private mutating func placeAcross() {
    var ranks = boxes.map { _ in 0 }
    // As many rounds as there are boxes reach the longest way, and stop where a way runs in a circle.
    for _ in boxes.indices {
      for link in plan.links where link.from != link.to {
        ranks[link.to] = max(ranks[link.to], min(ranks[link.from] + 1, boxes.count))
      }
    }
    // An input stands right before its first use.
    for cell in boxes.indices where !plan.links.contains(where: { $0.to == cell }) {
      let uses = plan.links.filter { $0.from == cell }.map { ranks[$0.to] }
      if let first = uses.min() { ranks[cell] = max(0, first - 1) }
    }
    var layers: [[Int]] = []
    for rank in Set(ranks).sorted() { layers.append(boxes.indices.filter { ranks[$0] == rank }) }
    let tallest = layers.map { $0.count }.max() ?? 1
    let step = Self.height + Self.gap.across
    size.height = Double(tallest) * step + 10
    var x = Self.edgeRoom
    for layer in layers {
      let width = layer.map { boxes[$0].width }.max() ?? 0
      let ordered = layer.sorted { a, b in
        let (p, q) = (height(before: a), height(before: b))
        return p != q ? p < q : a < b
      }
      var y = 5 + (size.height - 10 - Double(layer.count) * step + Self.gap.across) / 2
      for cell in ordered {
        (boxes[cell].x, boxes[cell].y) = (x + (width - boxes[cell].width) / 2, y)
        y += step
      }
      x += width + 56
    }
    size.width = x - 56 + Self.edgeRoom
  }

  /// The mean height of what a box comes from, which is placed already.
  private func height(before cell: Int) -> Double {
    let sources = plan.links.filter { $0.to == cell }.map { boxes[$0.from].y }
    return sources.isEmpty ? 0 : sources.reduce(0) { $0 + $1 } / Double(sources.count)
  }

  // MARK: Drawing

  /// The drawing as SVG; the page writes names and numbers into it.
  public var svg: String {
    var lines = ["<svg viewBox=\"0 0 \(text(size.width)) \(text(size.height))\">", "<g class=\"graph\">"]
    lines += plan.links.map { edge($0) }
    lines += boxes.indices.map { node($0) }
    for (number, box) in headings.enumerated() {
      lines.append(group(StageShape.columnID(number), texts(box, name: 10, below: (14, "bold"))))
    }
    return (lines + ["</g>", "</svg>"]).joined(separator: "\n")
  }

  private func node(_ number: Int) -> String {
    let box = boxes[number]
    let (w, h, r) = (text(box.width - 10), text(Self.height - 10), 5)
    let path =
      "M\(text(box.x)),\(text(box.y + 5))v\(h)q0,\(r) \(r),\(r)h\(w)q\(r),0 \(r),-\(r)v-\(h)q0,-\(r) -\(r),-\(r)h-\(w)"
      + "q-\(r),0 -\(r),\(r)z"
    return group(StageShape.nodeID(number), "<path d=\"\(path)\"/>" + texts(box, name: 11, below: (14, "bold")))
  }

  private func group(_ id: String, _ content: String) -> String { "<g id=\"\(id)\" class=\"node\">\(content)</g>" }

  private func texts(_ box: Box, name: Double, below: (size: Double, weight: String)) -> String {
    let x = text(box.middle.x)
    return "<text text-anchor=\"middle\" x=\"\(x)\" y=\"\(text(box.y + 16))\" font-size=\"\(text(name))\">–</text>"
      + "<text text-anchor=\"middle\" x=\"\(x)\" y=\"\(text(box.y + 34))\" font-size=\"\(text(below.size))\" "
      + "font-weight=\"\(below.weight)\">–</text>"
  }

  private func edge(_ link: StagePlan.Link) -> String {
    let (from, to) = (boxes[link.from], boxes[link.to])
    let (start, end, control) = headings.isEmpty ? across(from, to) : down(from, to)
    let d =
      "M\(place(start))C\(place(control.0)) \(place(control.1)) \(place(end))"
    return
      "<g id=\"\(StageShape.edgeID(link))\" class=\"edge\"><path d=\"\(d)\"/>\(arrow(from: control.1, to: end))</g>"
  }

  private typealias Place = (x: Double, y: Double)

  /// Downwards where it can be; what skips rows bows around the boxes between, and what stays in a row goes sideways.
  private func down(_ from: Box, _ to: Box) -> (Place, Place, (Place, Place)) {
    if to.y > from.y {
      let (start, end) = ((x: from.middle.x, y: from.bottom), (x: to.middle.x, y: to.y))
      let bow = bow(from: start, to: end)
      let reach = max(14, (end.y - start.y) * 0.4)
      return (start, end, ((start.x + bow, start.y + reach), (end.x + bow, end.y - reach)))
    }
    return across(from, to)
  }

  /// How far sideways an arrow goes around the boxes that a straight one would cross.
  private func bow(from start: Place, to end: Place) -> Double {
    var bow = 0.0
    for box in boxes where box.y > start.y && box.bottom < end.y {
      let x = start.x + (end.x - start.x) * (box.middle.y - start.y) / (end.y - start.y)
      guard x > box.x - 6, x < box.right + 6 else { continue }
      let wanted = x >= box.middle.x ? box.right + 10 - x : box.x - 10 - x
      // The curve goes three quarters as far as its control points.
      if wanted.magnitude * 4 / 3 > bow.magnitude { bow = wanted * 4 / 3 }
    }
    return bow
  }

  private func across(_ from: Box, _ to: Box) -> (Place, Place, (Place, Place)) {
    let isForward = to.middle.x >= from.middle.x
    let start = (x: isForward ? from.right : from.x, y: from.middle.y)
    let end = (x: isForward ? to.x : to.right, y: to.middle.y)
    let reach = max(14, (end.x - start.x).magnitude * 0.4) * (isForward ? 1 : -1)
    return (start, end, ((start.x + reach, start.y), (end.x - reach, end.y)))
  }

  /// The head of an arrow that comes from a place.
  private func arrow(from: Place, to end: Place) -> String {
    let (dx, dy) = (end.x - from.x, end.y - from.y)
    let length = max(1e-6, (dx * dx + dy * dy).squareRoot())
    let (ux, uy) = (dx / length, dy / length)
    let base = (x: end.x - 7 * ux, y: end.y - 7 * uy)
    let corners: [Place] = [end, (base.x - 3 * uy, base.y + 3 * ux), (base.x + 3 * uy, base.y - 3 * ux)]
    return "<polygon points=\"\(corners.map { place($0) }.joined(separator: " "))\"/>"
  }

  private func place(_ place: Place) -> String { "\(text(place.x)),\(text(place.y))" }

  private func text(_ x: Double) -> String { NumberText.full((x * 10).rounded() / 10 + 0) }
}
