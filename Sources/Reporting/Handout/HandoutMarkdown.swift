extension Handout {
  /// The handout as a Markdown document; pictures are beside it.
  ///
  /// - Parameter hasFigures: Whether the pictures are written as well.
  public func markdown(hasFigures: Bool) -> String {
    var page = MarkdownPage()
    page.heading(1, Markdown.text(title))
    for section in sections {
      if let isTelling = section.isTelling {
        page.list([Self.step(section)])
        if isTelling { for case .formula(let latex) in section.blocks { page.formula(latex) } }
        continue
      }
      page.heading(2, Markdown.text(section.title))
      for block in section.blocks {
        switch block {
        case .paragraph(let line): page.paragraph(Self.markdown(line))
        case .formula(let latex): page.formula(latex)
        case .list(let items): page.list(items.map { Self.markdown($0) })
        case .table(let header, let rows):
          var table = MarkdownTable(header)
          table.rows = rows.map { $0.map { Self.markdown($0) } }
          page.table(table)
        case .figure(let figure):
          if hasFigures { page.paragraph("![\(Markdown.text(figure.title))](\(figure.file))") }
        }
      }
    }
    return page.text + "\n"
  }

  /// A step on the token's way in few lines: what is said of it, and below it the numbers.
  private static func step(_ section: Section) -> String {
    var sentences = ["**\(Markdown.text(section.title)):**"]
    var numbers: [String] = []
    for block in section.blocks {
      switch block {
      case .paragraph(let line): sentences.append(markdown(line))
      case .list(let items): numbers += items.map { "\n  - " + markdown($0) }
      default: break
      }
    }
    return sentences.joined(separator: " ") + numbers.joined()
  }

  private static func markdown(_ line: [Inline]) -> String {
    line.reduce("") { text, piece in
      switch piece {
      case .text(let plain): text + Markdown.text(plain)
      case .strong(let strong): text + "**" + Markdown.text(strong) + "**"
      case .code(let code): text + Markdown.code(code)
      case .math(let latex): text + Markdown.math(latex)
      }
    }
  }
}
