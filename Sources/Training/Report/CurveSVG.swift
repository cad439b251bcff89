import Documents
import Plots

/// A metric's curves as an SVG picture.
///
/// Of one run: the training metric in blue, the held-out one in orange with a mark at each evaluation; where there are many
/// steps, each is drawn faintly with their running mean on top. Of several runs: the running means, each in its run's style.
struct CurveSVG {
  let title: String
  let curves: [Curve]

  struct Curve {
    let series: Series
    let look: Look
    /// The number of neighbours on each side in the running mean.
    let radius: Int
    let mean: Series

    init(_ series: Series, _ look: Look, of name: String) {
      self.series = series
      self.look = look
      let count = series.points.count
      let isSmoothed = look != .heldOut && count > 60 && MetricSummary.isNoisy(name)
      radius = isSmoothed ? min(100, max(2, count / 50)) : 0
      mean = series.smoothed(radius: radius)
    }

    /// The points that must fit into the picture.
    fileprivate var drawn: [Series.Point] { if case .run = look { mean.finite } else { series.finite } }
  }

  enum Look: Equatable {
    case trained, heldOut
    case run(RunLook)
  }

  init(title: String, trained: Series?, heldOut: Series?) {
    self.title = title
    curves =
      [trained.map { Curve($0, .trained, of: title) }, heldOut.map { Curve($0, .heldOut, of: title) }]
      .compactMap(\.self)
  }

  /// The same metric of several runs; nil where none has it.
  init?(title: String, runs: [(look: RunLook, series: Series?)]) {
    self.title = title
    curves = runs.compactMap { run in run.series.map { Curve($0, .run(run.look), of: title) } }
    if curves.isEmpty { return nil }
  }

  private static let size = (width: 440.0, height: 230.0)
  private static let frame = (left: 64.0, right: 368.0, top: 34.0, bottom: 198.0)

  /// The picture; a standalone one brings its colours, one in a page uses the page's.
  func text(standalone: Bool) -> String {
    let all = curves.flatMap(\.drawn)
    let (width, height) = (Int(Self.size.width), Int(Self.size.height))
    var parts = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"curve\" viewBox=\"0 0 \(width) \(height)\""
        + (standalone ? " width=\"\(width)\" height=\"\(height)\"" : "")
        + " role=\"img\" aria-label=\"\(SafeText.html(title)) by step\">"
    ]
    if standalone { parts.append("<style>\(Self.style)</style><rect class=\"paper\" width=\"100%\" height=\"100%\"/>") }
    parts.append("<text class=\"name\" x=\"14\" y=\"20\">\(SafeText.html(shownTitle))</text>")
    if all.isEmpty {
      parts.append("<text class=\"tick\" x=\"216\" y=\"116\" text-anchor=\"middle\">no finite values</text>")
    } else {
      let scale = Scale(all)
      parts += axes(scale) + legend
      for curve in curves { parts += drawing(curve, scale) }
      parts += endLabels(scale)
    }
    return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  private var shownTitle: String { title.count <= 50 ? title : title.prefix(49) + "…" }

  /// The colours by class, for light and dark.
  static let style = """
    .curve{--paper:#fff;--text:#1b1f24;--muted:#57606a;--grid:#e4e8ec;--axis:#8c959f;\
    --trained:\(Mark.positive.color);--held:\(Mark.negative.color);font-family:system-ui,-apple-system,"Segoe UI",sans-serif}
    @media (prefers-color-scheme:dark){.curve{--paper:#0d1117;--text:#e6edf3;--muted:#9aa4ae;--grid:#21262d;--axis:#6e7681;\
    --trained:#58a6e0;--held:#f0935a}}
    @media print{.curve{--paper:#fff;--text:#1b1f24;--muted:#57606a;--grid:#e4e8ec;--axis:#8c959f;\
    --trained:\(Mark.positive.color);--held:\(Mark.negative.color)}}
    .curve .paper{fill:var(--paper)}
    .curve .name{fill:var(--text);font-size:13px;font-weight:600}
    .curve .tick{fill:var(--muted);font-size:11px;font-variant-numeric:tabular-nums}
    .curve .grid{stroke:var(--grid);stroke-width:1}
    .curve .axis{stroke:var(--axis);stroke-width:1}
    .curve path{fill:none;stroke-linejoin:round;stroke-linecap:round}
    .curve .each{stroke:var(--trained);stroke-width:1;opacity:.32}
    .curve .mean{stroke:var(--trained);stroke-width:2}
    .curve .held{stroke:var(--held);stroke-width:1.8}
    .curve .dot{fill:var(--trained)}
    .curve .mark{fill:var(--paper);stroke:var(--held);stroke-width:1.6}
    .curve .end{font-size:11px;font-weight:600;font-variant-numeric:tabular-nums}
    .curve .trained-text{fill:var(--trained)}
    .curve .held-text{fill:var(--held)}
    """

  // MARK: Parts

  private func axes(_ scale: Scale) -> [String] {
    let (left, right, bottom) = (Self.frame.left, Self.frame.right, Self.frame.bottom)
    var parts: [String] = []
    for (value, label) in zip(scale.yTicks.values, scale.yTicks.labels) {
      let y = Self.coordinate(scale.y(value))
      parts.append("<line class=\"grid\" x1=\"\(Int(left))\" x2=\"\(Int(right))\" y1=\"\(y)\" y2=\"\(y)\"/>")
      parts.append(
        "<text class=\"tick\" x=\"\(Int(left) - 7)\" y=\"\(y)\" dy=\"0.35em\" text-anchor=\"end\">\(label)</text>")
    }
    parts.append(
      "<line class=\"axis\" x1=\"\(Int(left))\" x2=\"\(Int(right))\" y1=\"\(Int(bottom))\" y2=\"\(Int(bottom))\"/>")
    for (value, label) in zip(scale.xTicks.values, scale.xTicks.labels) {
      let x = Self.coordinate(scale.x(value))
      parts.append("<line class=\"axis\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(Int(bottom))\" y2=\"\(Int(bottom) + 4)\"/>")
      parts.append("<text class=\"tick\" x=\"\(x)\" y=\"\(Int(bottom) + 16)\" text-anchor=\"middle\">\(label)</text>")
    }
    parts.append(
      "<text class=\"tick\" x=\"\(Int(Self.size.width) - 8)\" y=\"\(Int(bottom) + 16)\" text-anchor=\"end\">step</text>"
    )
    return parts
  }

  private var legend: [String] {
    var words: [(class: String, text: String)] = []
    for curve in curves {
      switch curve.look {
      case .trained where curve.radius > 0:
        words.append(("trained-text", "— mean of \(2 * curve.radius + 1) steps"))
      case .trained where curves.count > 1: words.append(("trained-text", "— training"))
      case .trained: break
      case .heldOut: words.append(("held-text", "○ held out"))
      // The page has the legend.
      case .run: break
      }
    }
    let smoothed = curves.filter { curve in if case .run = curve.look { curve.radius > 0 } else { false } }
    if !smoothed.isEmpty { words.append(("tick", "running means")) }
    // Beside a long name there is less room: the first words go first.
    while words.reduce(title.count * 8, { $0 + $1.text.count * 6 + 10 }) > 410, !words.isEmpty { words.removeFirst() }
    if words.isEmpty { return [] }
    let spans = words.enumerated().map { i, word in
      "<tspan class=\"\(word.class)\"\(i > 0 ? " dx=\"10\"" : "")>\(word.text)</tspan>"
    }
    let x = Int(Self.size.width) - 14
    return ["<text class=\"tick\" x=\"\(x)\" y=\"20\" text-anchor=\"end\">\(spans.joined())</text>"]
  }

  private func drawing(_ curve: Curve, _ scale: Scale) -> [String] {
    let main = curve.mean.decimated(to: 160)
    switch curve.look {
    case .trained:
      let each = curve.radius > 0 ? path(curve.series.decimated(to: 160), "each", dots: nil, scale) : []
      return each + path(main, "mean", dots: "dot", scale)
    case .heldOut:
      let marks = curve.series.finite.count <= 60 ? curve.series.finite.map { circle($0, "mark", 3, scale) } : []
      return path(main, "held", dots: nil, scale) + marks
    case .run(let look):
      // A run that ends before the others has a dot where it ends.
      let last = main.finite.last.map { [circle($0, look.dotClass, 3, scale)] } ?? []
      return path(main, look.lineClass, dots: look.dotClass, scale) + last
    }
  }

  /// One path with all segments; a point between two gaps is a dot.
  private func path(_ series: Series, _ name: String, dots dotName: String?, _ scale: Scale) -> [String] {
    var (commands, dots): ([String], [String]) = ([], [])
    for segment in series.segments {
      if segment.count == 1, let dotName {
        dots.append(circle(segment[0], dotName, 3, scale))
      } else if segment.count > 1 {
        commands.append("M" + segment.map { "\(place($0, scale))" }.joined(separator: "L"))
      }
    }
    return (commands.isEmpty ? [] : ["<path class=\"\(name)\" d=\"\(commands.joined())\"/>"]) + dots
  }

  private func circle(_ point: Series.Point, _ name: String, _ radius: Int, _ scale: Scale) -> String {
    let (x, y) = (Self.coordinate(scale.x(point.step)), Self.coordinate(scale.y(point.value)))
    return "<circle class=\"\(name)\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(radius)\"/>"
  }

  /// The last values beside their curves, pushed apart where they would overlap.
  private func endLabels(_ scale: Scale) -> [String] {
    var labels: [(class: String, y: Double, text: String)] = []
    for curve in curves {
      guard let last = curve.mean.finite.last else { continue }
      // A curve that breaks off has no last value.
      let value = curve.series.points.last?.value.isFinite == true ? Self.label(last.value) : "NaN"
      switch curve.look {
      case .trained: labels.append(("trained-text", scale.y(last.value), value))
      case .heldOut: labels.append(("held-text", scale.y(last.value), value))
      case .run(let look): labels.append(("run-text", scale.y(last.value), "\(look.letter) \(value)"))
      }
    }
    labels.sort { $0.y < $1.y }
    let places = pushedApart(labels.map(\.y), gap: 13, within: Self.frame.top...Self.frame.bottom - 6)
    return zip(labels, places).map { label, y in
      "<text class=\"end \(label.class)\" x=\"\(Int(Self.frame.right) + 8)\" y=\"\(Self.coordinate(y))\" dy=\"0.35em\">"
        + label.text + "</text>"
    }
  }

  /// Three significant digits, or as many as there is room for.
  private static func label(_ value: Double) -> String {
    let texts = [3, 2, 1].map { NumberText.short(value, digits: $0).replacing("-", with: "−") }
    return texts.first { $0.count <= 7 } ?? texts[2]
  }

  private func place(_ point: Series.Point, _ scale: Scale) -> String {
    Self.coordinate(scale.x(point.step)) + " " + Self.coordinate(scale.y(point.value))
  }

  private static func coordinate(_ x: Double) -> String { NumberText.full((x * 10).rounded() / 10) }

  /// From steps and values to places in the picture.
  private struct Scale {
    let steps: ClosedRange<Double>
    let values: ClosedRange<Double>
    let xTicks: AxisTicks
    let yTicks: AxisTicks

    init(_ points: [Series.Point]) {
      func range(_ numbers: [Double], padding: Double) -> ClosedRange<Double> {
        let (low, high) = (numbers.min() ?? 0, numbers.max() ?? 0)
        // A constant lies in the middle.
        if high - low <= 1e-12 * max(high.magnitude, low.magnitude) || high == low {
          let half = low == 0 ? 1 : low.magnitude * 0.1
          return low - half...high + half
        }
        return low - padding * (high - low)...high + padding * (high - low)
      }
      steps = range(points.map(\.step), padding: 0)
      values = range(points.map(\.value), padding: 0.06)
      xTicks = AxisTicks(steps, count: 5, whole: true)
      yTicks = AxisTicks(values, count: 4)
    }

    func x(_ step: Double) -> Double {
      frame.left + (step - steps.lowerBound) / (steps.upperBound - steps.lowerBound) * (frame.right - frame.left)
    }

    func y(_ value: Double) -> Double {
      frame.bottom - (value - values.lowerBound) / (values.upperBound - values.lowerBound) * (frame.bottom - frame.top)
    }
  }
}
