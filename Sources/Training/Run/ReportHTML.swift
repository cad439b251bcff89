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
    \(Self.pageStyle)
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

  private static let pageStyle = """
    :root{--page:#f6f8fa;--card:#fff;--text:#1b1f24;--muted:#57606a;--rule:#d8dee4}
    @media (prefers-color-scheme:dark){:root{--page:#010409;--card:#0d1117;--text:#e6edf3;--muted:#9aa4ae;--rule:#30363d}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
    main{max-width:1120px;margin:0 auto;padding:32px 24px 48px}
    h1{font-size:26px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em}
    h2{font-size:17px;margin:36px 0 12px}
    .summary{margin:0;max-width:80ch;color:var(--muted)}
    code{font:0.92em ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace;color:var(--text)}
    .tiles{display:flex;flex-wrap:wrap;gap:12px;margin-top:20px}
    .tile{flex:1 1 160px;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px 16px}
    .tile span{display:block}
    .tile .label,.tile .from{color:var(--muted);font-size:13px;overflow-wrap:anywhere}
    .tile .value{font-size:26px;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
    .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:12px}
    figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:8px 4px 4px;break-inside:avoid}
    figure svg{display:block;width:100%;height:auto}
    table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--rule);font-size:14px}
    th,td{text-align:left;vertical-align:top;padding:8px 12px;border-top:1px solid var(--rule)}
    th{color:var(--muted);font-weight:600;font-size:13px}
    .text{white-space:pre-wrap;overflow-wrap:anywhere}
    .samples .text{font:13px/1.5 ui-monospace,"SF Mono",Menlo,"DejaVu Sans Mono",monospace}
    .reward{display:block;color:var(--muted);font-size:12px;font-variant-numeric:tabular-nums}
    .muted{color:var(--muted)}
    tr{break-inside:avoid}
    footer{margin-top:36px;color:var(--muted);font-size:13px}
    @media print{:root{--page:#fff;--card:#fff;--text:#1b1f24;--muted:#57606a;--rule:#d8dee4}main{padding:0;max-width:none}\
    body{font-size:12px}.charts{grid-template-columns:1fr 1fr}}
    """
}
