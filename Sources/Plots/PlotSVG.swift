import Documents

extension Plot {
  /// The picture, 800 wide, with its own colours for a light and for a dark background.
  ///
  /// Each point and bar carries `data-term`, `data-x`, `data-y` in full precision, and the beat as of which they are.
  public var svg: String { svg(PlotDrawing(self)) }

  /// The picture in another width, with text of the same size.
  public func svg(width: Double) -> String { svg(PlotDrawing(self, width: width)) }

  /// The picture in a given size, with as many panels as it has room for.
  public func svg(width: Double, height: Double) -> String { svg(PlotDrawing(self, width: width, height: height)) }

  /// One panel alone: for a phone, or a figure in somebody's text.
  public var onePanel: Plot {
    var plot = self
    plot.panels = panels.indices.contains(focus) ? [panels[focus]] : Array(panels.prefix(1))
    (plot.focus, plot.formulas) = (0, [])
    guard let panel = plot.panels.first else { return plot }
    plot.panels[0].title = ""
    if let note = panel.note { plot.subtitle = note }
    return plot
  }

  /// With its focus on the panel that shows most of some terms.
  public func focused(on terms: [String]) -> Plot {
    func count(_ panel: Panel) -> Int {
      panel.points.count { terms.contains($0.subject.term ?? "") }
        + panel.bars.count { terms.contains($0.y.term ?? "") }
    }
    var plot = self
    plot.focus = panels.indices.reduce(0) { count(panels[$1]) > count(panels[$0]) ? $1 : $0 }
    return plot
  }

  private func svg(_ drawing: PlotDrawing) -> String {
    let (width, height) = (SVGText.number(drawing.width), SVGText.number(drawing.height))
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"gradus-plot\" width=\"\(width)\" height=\"\(height)\" "
        + "viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"\(SVGText.escaped(title))\">",
      "<style>\(Self.style)</style>",
      "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>",
    ]
    for shape in drawing.shapes { lines.append(shape.svg) }
    return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// The first panel without words, for a card; what holds it has colours for its classes.
  public var thumbnail: String {
    var plot = onePanel
    (plot.title, plot.subtitle, plot.remarks, plot.formulas) = ("", "", [], [])
    let drawing = PlotDrawing(plot)
    let shapes = drawing.shapes.filter { shape in
      if case .text = shape.figure { false } else { true }
    }
    let size = "0 0 \(SVGText.number(drawing.width)) \(SVGText.number(drawing.height))"
    let drawn = shapes.map { PlotDrawing.Shape(figure: $0.figure, tone: $0.tone, fill: $0.fill).svg }
    return "<svg class=\"plot thumbnail\" viewBox=\"\(size)\" aria-hidden=\"true\">\(drawn.joined())</svg>"
  }

  private static var style: String {
    ".gradus-plot{\(variables(isDark: false));font-family:system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif}"
      + "@media screen and (prefers-color-scheme:dark){.gradus-plot{\(variables(isDark: true))}}"
      + ".gradus-plot .paper{fill:var(--paper)}"
      + ".gradus-plot .l{fill:none;stroke:var(--c);stroke-linejoin:round;stroke-linecap:round}"
      + ".gradus-plot .d{stroke-dasharray:6 5}.gradus-plot .t{stroke-dasharray:.1 5}"
      + ".gradus-plot .f{fill:var(--c);stroke:var(--paper);stroke-width:.8}"
      + ".gradus-plot .p{fill:var(--c);opacity:.22}.gradus-plot .e{fill:var(--paper)}"
      + ".gradus-plot .h{fill:var(--paper);stroke:var(--c);stroke-width:2}"
      // Lines that pass below a text do not strike it out.
      + ".gradus-plot text{fill:var(--c);font-variant-numeric:tabular-nums;paint-order:stroke;stroke:var(--paper);"
      + "stroke-width:3;stroke-linejoin:round}.gradus-plot .b{font-weight:650}"
      + Tone.all.map { ".gradus-plot .\($0.name){--c:var(--\($0.name))}" }.joined()
      // A line is paler than a text may be.
      + ".gradus-plot text.line{--c:var(--muted)}"
  }

  private static func variables(isDark: Bool) -> String {
    (["--paper:" + (isDark ? Ink.Dark.paper : Ink.paper)]
      + Tone.all.map { "--\($0.name):" + (isDark ? $0.darkColor : $0.color) }).joined(separator: ";")
  }
}

extension Plot.Tone {
  static var all: [Plot.Tone] { [.text, .muted, .line, .faint] + Mark.allCases.map { .mark($0) } }

  var name: String {
    switch self {
    case .text: "text"
    case .muted: "muted"
    case .line: "line"
    case .faint: "faint"
    case .mark(let mark): mark.rawValue
    }
  }

  var color: String {
    switch self {
    case .text: Ink.text
    case .muted: Ink.muted
    case .line: Ink.line
    case .faint: Ink.faint
    case .mark(let mark): mark.color
    }
  }

  var darkColor: String {
    switch self {
    case .text: Ink.Dark.text
    case .muted: Ink.Dark.muted
    case .line: Ink.Dark.line
    case .faint: Ink.Dark.faint
    case .mark(let mark): mark.darkColor
    }
  }
}

extension PlotDrawing.Shape {
  fileprivate var svg: String {
    switch figure {
    case .line(let points, let width, let stroke):
      return
        "<path class=\"l \(stroke == .full ? "" : stroke == .dashed ? "d " : "t ")\(tone.name)\" stroke-width=\"\(SVGText.number(width))\" d=\"\(path(points))\"\(attributes)/>"
    case .polygon(let points): return element("path", "d=\"\(path(points))Z\"")
    case .circle(let x, let y, let radius):
      return element(
        "circle", "cx=\"\(SVGText.number(x))\" cy=\"\(SVGText.number(y))\" r=\"\(SVGText.number(radius))\"")
    case .text(let text, let x, let y, let size, let anchor, let isBold):
      let place = anchor == .start ? "" : " text-anchor=\"\(anchor == .middle ? "middle" : "end")\""
      return "<text class=\"\(isBold ? "b " : "")\(tone.name)\" x=\"\(SVGText.number(x))\" y=\"\(SVGText.number(y))\" "
        + "font-size=\"\(SVGText.number(size))\"\(place)>\(SVGText.escaped(text))</text>"
    }
  }

  private var attributes: String { data.map { " data-\($0.name)=\"\(SVGText.escaped($0.value))\"" }.joined() }

  private func element(_ name: String, _ geometry: String) -> String {
    let look =
      switch fill {
      case .full: "f"
      case .pale: "p"
      case .paper: "h"
      case .erased: "e"
      }
    let start = "<\(name) class=\"\(look) \(tone.name)\" \(geometry)\(attributes)"
    guard let note else { return start + "/>" }
    return start + "><title>\(SVGText.escaped(note))</title></\(name)>"
  }

  private func path(_ points: [(x: Double, y: Double)]) -> String {
    "M" + points.map { "\(SVGText.number($0.x)) \(SVGText.number($0.y))" }.joined(separator: "L")
  }
}

/// Numbers and text in SVG.
public enum SVGText {
  /// A length to a tenth of a pixel.
  static func number(_ x: Double) -> String { NumberText.full((x * 10).rounded() / 10 + 0) }

  /// Text between tags or quotes; what XML forbids is left out.
  public static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n": result += " "
      default:
        if scalar.value >= 32, scalar.value != 0xFFFE, scalar.value != 0xFFFF { result.unicodeScalars.append(scalar) }
      }
    }
    return result
  }
}
