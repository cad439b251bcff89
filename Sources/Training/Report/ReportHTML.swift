extension Report {
  /// `report.html`: one page with everything in it, without a script.
  public var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(SafeText.html(title))</title>
    <style>
    \(PageStyle.css)
    \(CurveSVG.style)
    </style>
    </head>
    <body>
    <main>
    <header>
    <h1>\(SafeText.html(title))</h1>
    <p class="summary">\(summary { "<code>\(SafeText.html($0))</code>" })</p>
    \(tiles)
    </header>
    \(chartsSection)
    \(samplesTable)
    \(optionsTable)
    <footer>Written by Gradus. <code>metrics.jsonl</code> has every number, <code>config.yaml</code> every option.</footer>
    </main>
    </body>
    </html>

    """
  }

  /// The numbers that matter, large.
  private var tiles: String {
    let tiles = changes.map { change in
      """
      <div class="tile"><span class="label">\(SafeText.html(change.name))</span>\
      <span class="value">\(number(change.last))</span><span class="from">from \(number(change.first))</span></div>
      """
    }
    return tiles.isEmpty ? "" : "<div class=\"tiles\">\n" + tiles.joined(separator: "\n") + "\n</div>"
  }

  private func number(_ x: Double) -> String { Self.short(x) }

  private var chartsSection: String {
    let charts = charts
    if charts.isEmpty { return "" }
    let figures = charts.map { "<figure>\n\($0.text(standalone: false))</figure>" }
    return "<section>\n<h2>Curves</h2>\n<div class=\"charts\">\n\(figures.joined(separator: "\n"))\n</div>\n</section>"
  }

  private var samplesTable: String {
    let rows = beforeAndAfter
    guard let last = rows.first?.after.step else { return "" }
    let first = rows.compactMap(\.before).first?.step
    let head = first.map { "<th>step \($0)</th>" } ?? ""
    let body = rows.map { row in
      let before = first == nil ? "" : "<td>\(row.before.map(cell) ?? "")</td>"
      return "<tr><td class=\"text\">\(SafeText.html(row.prompt))</td>\(before)<td>\(cell(row.after))</td></tr>"
    }
    return """
      <section>
      <h2>Samples\(first == nil ? "" : ", before and after")</h2>
      <table class="samples"><thead><tr><th>prompt</th>\(head)<th>step \(last)</th></tr></thead><tbody>
      \(body.joined(separator: "\n"))
      </tbody></table>
      </section>
      """
  }

  private func cell(_ sample: Sample) -> String {
    let reward = sample.reward.map { "<span class=\"reward\">reward \(number($0))</span>" } ?? ""
    return "<span class=\"text\">\(SafeText.html(sample.completion))</span>\(reward)"
  }

  private var optionsTable: String {
    let rows = changedOptions.map { row in
      "<tr><td><code>\(row.name)</code></td><td class=\"text\">\(SafeText.html(row.value))</td>"
        + "<td class=\"muted\">\(SafeText.html(row.standard))</td><td class=\"muted\">\(SafeText.html(row.sentence))</td></tr>"
    }
    if rows.isEmpty { return "<section>\n<p>All options had their standard values.</p>\n</section>" }
    return """
      <section>
      <h2>Options that were changed</h2>
      <table><thead><tr><th>option</th><th>value</th><th>standard</th><th></th></tr></thead><tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      </section>
      """
  }
}
