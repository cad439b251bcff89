import Formulas
import Foundation
public import Reporting

/// A handout as slides: one HTML file that needs nothing else, with speaker's notes, which also prints.
public struct SlideDeck: Sendable {
  private let handout: Handout
  private let pictures: [String: String]

  /// - Parameters:
  ///   - handout: What is shown.
  ///   - pictures: The SVG of each of its figures, by the figure's file.
  public init(_ handout: Handout, pictures: [String: String]) {
    (self.handout, self.pictures) = (handout, pictures)
  }

  private enum Mark {
    static let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"\">"
    static let title = "<title>Gradus: slides</title>"
    static let style = "<link rel=\"stylesheet\" href=\"slides.css\">"
    static let deck = "<main id=\"deck\"></main>"
    static let script = "<script src=\"slides.js\"></script>"
  }

  public func html() throws(PageError) -> [UInt8] {
    let template = try PageTemplate(.slides, marks: [Mark.policy, Mark.title, Mark.style, Mark.deck, Mark.script])
    let style = try HTML.checkedStyle(.slidesStyle)
    let script = PageFile.slidesScript.text
    // What a script sets on an element is no inline style to a policy; diagrams have none.
    let policy = HTML.policy([
      "default-src 'none'", "style-src \(HTML.source(style))", "script-src \(HTML.source(script))", "img-src data:",
      "base-uri 'none'", "form-action 'none'",
    ])
    let html = template.filled([
      Mark.policy: policy,
      Mark.title: "<title>\(HTML.escaped(handout.title))</title>",
      Mark.style: "<style>\(style)</style>",
      Mark.deck: "<main id=\"deck\">\n\(slides.joined(separator: "\n"))\n</main>",
      Mark.script: "<script>\(script)</script>",
    ])
    return Array(html.utf8)
  }

  // MARK: Slides

  /// The title, and for each section its text and its figures.
  private var slides: [String] {
    [titleSlide] + handout.sections.flatMap { slides(of: $0) }
  }

  private var titleSlide: String {
    "<section class=\"slide title\"><h1>\(HTML.escaped(handout.title))</h1>"
      + "<p>→ goes on, ← back, n shows the notes; printed, each slide is a page.</p></section>"
  }

  private func slides(of section: Handout.Section) -> [String] {
    var text: [String] = []
    var others: [String] = []
    for block in section.blocks {
      switch block {
      case .figure(let figure):
        if let picture = picture(figure) {
          others.append(slide(section, "<figure class=\"body figure\">\(picture)\(caption(of: figure))</figure>"))
        }
      case .table(let header, let rows):
        // As many rows as one can read from the last bench.
        for start in stride(from: 0, to: rows.count, by: Self.rowLimit) {
          let part = Array(rows[start..<min(start + Self.rowLimit, rows.count)])
          others.append(slide(section, "<div class=\"body\">\(table(header, part))</div>"))
        }
      default: text.append(html(block))
      }
    }
    let body = text.isEmpty ? [] : [slide(section, "<div class=\"body\">\(text.joined(separator: "\n"))</div>")]
    return body + others
  }

  private static let rowLimit = 6

  private func slide(_ section: Handout.Section, _ body: String) -> String {
    let notes = section.notes.map { "<p>\(HTML.escaped($0))</p>" }.joined()
    return "<section class=\"slide\"><h2>\(HTML.escaped(section.title))</h2>\(body)"
      + "<div class=\"notes\" hidden>\(notes)</div></section>"
  }

  /// A diagram of a pipeline is part of the page, so that its boxes can come one by one; others are images.
  private func picture(_ figure: Handout.Figure) -> String? {
    guard let svg = pictures[figure.file] else { return nil }
    if case .diagram("pipeline", _) = figure.kind, let start = svg.range(of: "<svg") {
      return String(svg[start.lowerBound...])
    }
    let data = Data(svg.utf8).base64EncodedString()
    return "<img alt=\"\(HTML.escaped(figure.title))\" src=\"data:image/svg+xml;base64,\(data)\">"
  }

  /// The formulas of what a diagram shows, to be read and copied; a plot has its own drawn in it.
  private func caption(of figure: Handout.Figure) -> String {
    if figure.formulas.isEmpty { return "" }
    var formulas = ""
    if case .diagram = figure.kind { formulas = figure.formulas.map { MathML.element($0) }.joined() }
    return "<figcaption>\(formulas)\(copyButton(figure.formulas))</figcaption>"
  }

  private func copyButton(_ latex: [String]) -> String {
    "<button type=\"button\" class=\"copy\" data-latex=\"\(HTML.escaped(latex.joined(separator: "\n")))\">Copy LaTeX</button>"
  }

  // MARK: Blocks

  private func html(_ block: Handout.Block) -> String {
    switch block {
    case .paragraph(let line): "<p class=\"step\">\(html(line))</p>"
    case .formula(let latex):
      "<div class=\"formula step\">\(MathML.element(latex, isBlock: true))\(copyButton([latex]))</div>"
    case .list(let items): "<ul>\(items.map { "<li class=\"step\">\(html($0))</li>" }.joined())</ul>"
    case .table(let header, let rows): table(header, rows)
    case .figure: ""
    }
  }

  private func table(_ header: [String], _ rows: [[[Handout.Inline]]]) -> String {
    "<table><thead><tr>\(header.map { "<th>\(HTML.escaped($0))</th>" }.joined())</tr></thead><tbody>"
      + rows.map { row in "<tr class=\"step\">\(row.map { "<td>\(html($0))</td>" }.joined())</tr>" }.joined()
      + "</tbody></table>"
  }

  private func html(_ line: [Handout.Inline]) -> String {
    line.map { piece in
      switch piece {
      case .text(let plain): HTML.escaped(plain)
      case .strong(let strong): "<strong>\(HTML.escaped(strong))</strong>"
      case .code(let code): "<code>\(HTML.escaped(code))</code>"
      case .math(let latex): MathML.element(latex)
      }
    }.joined()
  }
}
