import Documents
import Plots

extension Cast {
  /// The session as a moving picture, with its own colours for a light and for a dark background.
  ///
  /// It moves by CSS alone, so that it does within an `<img>`: all text stands there, the screen scrolls over it, and what
  /// is still to come is behind a cover that begins at the cursor. A reader who wants no motion sees the end.
  var svg: String {
    let (width, height) = (Cell.width * Self.columns, Cell.height * Self.rows)
    let (outerWidth, outerHeight) = (width + 2 * Window.margin, height + Window.title + Window.margin)
    let middle = Window.title / 2
    var text = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"gradus-cast\" width=\"\(outerWidth)\" height=\"\(outerHeight)\" "
        + "viewBox=\"0 0 \(outerWidth) \(outerHeight)\" role=\"img\" aria-label=\"A session: \(SVGText.escaped(command))\">",
      "<style>\(style)</style>",
      "<rect class=\"window\" x=\".5\" y=\".5\" width=\"\(outerWidth - 1)\" height=\"\(outerHeight - 1)\" rx=\"8\"/>",
    ]
    for x in [20, 38, 56] { text.append("<circle class=\"button\" cx=\"\(x)\" cy=\"\(middle)\" r=\"5.5\"/>") }
    text.append(
      "<text class=\"title\" x=\"\(outerWidth / 2)\" y=\"\(middle + 5)\">\(SVGText.escaped(title))</text>")
    text.append(
      "<svg x=\"\(Window.margin)\" y=\"\(Window.title)\" width=\"\(width)\" height=\"\(height)\"><g class=\"screen\">")
    for (row, line) in lines.enumerated() where !line.isEmpty { text.append(line.map { $0.svg(row: row) }.joined()) }
    text.append(
      "<g class=\"cursor\"><path class=\"cover\" d=\"M0 0H\(width)V\(height)H-\(width)V\(Cell.height)H0Z\"/>"
        + "<rect width=\"\(Cell.width)\" height=\"\(Cell.height)\"/></g>")
    return (text + ["</g></svg>", "</svg>"]).joined(separator: "\n") + "\n"
  }

  /// The command, as far as it fits between the window's corners.
  private var title: String { command.count <= 70 ? command : command.prefix(69) + "…" }

  /// A character's cell, in pixels.
  enum Cell {
    static let width = 10
    static let height = 21
    /// From the cell's top.
    static let baseline = 16
    /// The usual monospaced font is 0.6 as wide as it is high.
    static let fontSize = "16.6px"
  }

  private enum Window {
    static let margin = 14
    static let title = 40
  }

  // MARK: Motion

  private var style: String {
    let time = "\(duration)ms step-end infinite"
    let end = moments[moments.count - 1]
    return ".gradus-cast{\(Self.variables(isDark: false))}"
      + "@media screen and (prefers-color-scheme:dark){.gradus-cast{\(Self.variables(isDark: true))}}"
      + Self.looks
      + ".gradus-cast .screen{transform:\(scrolled(to: end));animation:gradus-screen \(time)}"
      + ".gradus-cast .cursor{transform:\(place(of: end));animation:gradus-cursor \(time)}"
      + "@keyframes gradus-screen{\(keyframes { "transform:\(scrolled(to: $0))" })}"
      + "@keyframes gradus-cursor{\(keyframes { "transform:\(place(of: $0))\(steps(of: $0))" })}"
      + "@media (prefers-reduced-motion:reduce){.gradus-cast .screen,.gradus-cast .cursor{animation:none}}"
  }

  private var duration: Int { moments.reduce(0) { $0 + $1.duration } }

  /// What holds from each moment on, as far as it changes.
  private func keyframes(_ declaration: (Moment) -> String) -> String {
    var (text, time, last) = ("", 0, "")
    for moment in moments {
      let now = declaration(moment)
      if now != last { text += "\(percent(time)){\(now)}" }
      (time, last) = (time + moment.duration, now)
    }
    return text
  }

  /// A thousandth of a percent is less than a millisecond.
  private func percent(_ time: Int) -> String {
    let thousandths = time * 100_000 / duration
    let rest = String(1000 + thousandths % 1000).dropFirst()
    return "\(thousandths / 1000).\(rest)%"
  }

  private func scrolled(to moment: Moment) -> String {
    "translateY(-\(max(0, moment.row + 1 - Self.rows) * Cell.height)px)"
  }

  private func place(of moment: Moment) -> String {
    "translate(\(moment.column * Cell.width)px,\(moment.row * Cell.height)px)"
  }

  private func steps(of moment: Moment) -> String {
    moment.typed > 0 ? ";animation-timing-function:steps(\(moment.typed))" : ""
  }

  // MARK: Looks

  private static let looks =
    ".gradus-cast text{fill:var(--text);white-space:pre;"
    + "font:\(Cell.fontSize) ui-monospace,\"SF Mono\",\"Cascadia Mono\",Menlo,Consolas,\"DejaVu Sans Mono\",monospace}"
    + ".gradus-cast .window{fill:var(--paper);stroke:var(--faint)}"
    + ".gradus-cast .button{fill:var(--faint)}"
    + ".gradus-cast .title{fill:var(--muted);font-size:14px;text-anchor:middle}"
    + ".gradus-cast .cover{fill:var(--paper)}"
    + ".gradus-cast .cursor rect{fill:var(--muted)}"
    + StyledText.Style.allCases.compactMap { style in style.look.map { ".gradus-cast .\(style.name){\($0)}" } }.joined()

  private static func variables(isDark: Bool) -> String {
    let inks = [
      ("text", isDark ? Ink.Dark.text : Ink.text), ("muted", isDark ? Ink.Dark.muted : Ink.muted),
      ("faint", isDark ? Ink.Dark.faint : Ink.faint), ("paper", isDark ? Ink.Dark.paper : Ink.paper),
    ]
    let marks = [Mark.positive, .negative, .clipped, .changed].map { ($0.rawValue, isDark ? $0.darkColor : $0.color) }
    return (inks + marks).map { "--\($0):\($1)" }.joined(separator: ";")
  }
}

extension Cast.Run {
  /// It is as wide as its columns in whatever font there is.
  fileprivate func svg(row: Int) -> String {
    let look = style.look == nil ? "" : " class=\"\(style.name)\""
    let length = width > 1 ? " textLength=\"\(width * Cast.Cell.width)\"" : ""
    return
      "<text\(look) x=\"\(column * Cast.Cell.width)\" y=\"\(row * Cast.Cell.height + Cast.Cell.baseline)\"\(length)>"
      + SVGText.escaped(text) + "</text>"
  }
}

extension StyledText.Style {
  fileprivate var name: String { "\(self)" }

  /// As a terminal shows it (`StyledText.onTerminal`), in the hues for a picture's background; nil for plain text.
  fileprivate var look: String? {
    switch self {
    case .plain: nil
    case .heading: "font-weight:650"
    case .dim: "fill:var(--muted)"
    case .positive: "fill:var(--positive)"
    case .negative: "fill:var(--negative)"
    case .clipped: "fill:var(--clipped)"
    case .changed: "fill:var(--changed)"
    case .error: "fill:var(--negative);font-weight:650"
    case .token: "text-decoration:underline"
    case .code: "font-style:italic"
    }
  }
}
