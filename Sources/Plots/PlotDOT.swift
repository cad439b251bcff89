import Documents

extension Plot {
  /// The picture in Graphviz's language, for PNG and PDF: a graph of nothing but a background that is drawn.
  ///
  /// Its layout engine is `nop2`, which leaves everything where it is.
  public var dot: String {
    let drawing = PlotDrawing(self)
    let (width, height) = (drawing.width, drawing.height)
    var writer = XDOTWriter(height: height)
    writer.fill([(0, 0), (width, 0), (width, height), (0, height)], Ink.paper, outline: nil)
    for shape in drawing.shapes { writer.add(shape) }
    let corners = "a [pos=\"0,0\"]; b [pos=\"\(SVGText.number(width)),\(SVGText.number(height))\"];"
    return "digraph plot {\n  graph [layout=nop2, pad=0, margin=0, dpi=144, _background=\"\(writer.text)\"];\n"
      + "  node [shape=point, style=invis, width=0, height=0];\n  \(corners)\n}\n"
  }
}

/// Writes drawing operations as Graphviz's `xdot` has them: y grows upwards, and a text says how many bytes it has.
private struct XDOTWriter {
  let height: Double
  private(set) var text = ""

  init(height: Double) { self.height = height }

  mutating func add(_ shape: PlotDrawing.Shape) {
    let color = shape.tone.color
    switch shape.figure {
    case .line(let points, let width, let stroke):
      style(stroke == .full ? "solid" : stroke == .dashed ? "dashed" : "dotted", width: width)
      operation("c", color)
      self.points("L", points)
    case .polygon(let points):
      switch shape.fill {
      case .full: fill(points, color, outline: nil)
      case .pale: fill(points, color + "38", outline: nil)
      case .paper: fill(points, Ink.paper, outline: color)
      case .erased: fill(points, Ink.paper, outline: nil)
      }
    case .circle(let x, let y, let radius):
      style("solid", width: 2)
      operation("C", shape.fill == .paper ? Ink.paper : color)
      operation("c", color)
      let r = SVGText.number(shape.fill == .paper ? radius : radius - 1)
      text += "E \(SVGText.number(x)) \(SVGText.number(height - y)) \(r) \(r) "
    case .text(let string, let x, let y, let size, let anchor, let isBold):
      operation("F \(SVGText.number(size))", "DejaVu Sans")
      text += "t \(isBold ? 1 : 0) "
      operation("c", color)
      let place = anchor == .start ? -1 : anchor == .middle ? 0 : 1
      let width = SVGText.number(PlotDrawing.width(of: string, size: size))
      operation("T \(SVGText.number(x)) \(SVGText.number(height - y)) \(place) \(width)", Self.escaped(string))
    }
  }

  /// An area with an outline of two pixels, or with none.
  mutating func fill(_ points: [(x: Double, y: Double)], _ color: String, outline: String?) {
    style("solid", width: outline == nil ? 0 : 2)
    operation("C", color)
    operation("c", outline ?? "#FFFFFF00")
    self.points("P", points)
  }

  private mutating func style(_ name: String, width: Double) {
    operation("S", "setlinewidth(\(SVGText.number(width)))")
    operation("S", name)
  }

  private mutating func points(_ name: String, _ points: [(x: Double, y: Double)]) {
    text += "\(name) \(points.count) "
    for point in points { text += "\(SVGText.number(point.x)) \(SVGText.number(height - point.y)) " }
  }

  private mutating func operation(_ name: String, _ value: String) {
    text += "\(name) \(value.utf8.count) -\(value) "
  }

  /// Quotes and backslashes would end the attribute: characters that look alike stand for them.
  private static func escaped(_ string: String) -> String {
    var result = ""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\u{201D}"
      case "\\": result += "\u{2216}"
      default: if scalar.value >= 32 { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }
}
