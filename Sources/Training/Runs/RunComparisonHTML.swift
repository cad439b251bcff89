import Foundation

extension RunComparison {
  /// One self-contained page without a script: the runs, their curves over each other, and where their options differ.
  ///
  /// - Parameter metrics: The metrics to draw; all if it is empty.
  public func html(metrics: [String] = []) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(title)</title>
    <style>
    \(PageStyle.css)
    \(CurveSVG.style)
    \(RunLook.style)
    \(Self.style)
    </style>
    </head>
    <body>
    <main>
    <header>
    <h1>\(title)</h1>
    \(legend)
    </header>
    \(numbers(metrics.isEmpty ? tellingNames : metrics))
    \(charts(metrics.isEmpty ? metricNames : metrics))
    \(options)
    <footer>Written by Gradus. <code>metrics.jsonl</code> in a run's folder has every number, <code>config.yaml</code> every \
    option.</footer>
    </main>
    </body>
    </html>

    """
  }

  private var title: String { runs.count == 1 ? "1 run" : "\(runs.count) runs compared" }

  private var legend: String {
    let rows = zip(looks, runs).map { look, run in
      """
      <tr><th scope="row">\(look.letter)</th><td>\(look.swatch)</td><td class="text">\(SafeText.html(run.name))</td>\
      <td>\(SafeText.html(run.trainer))</td><td>\(RunsTable.state(run))</td>\
      <td class="muted wide">\(Self.date(run.written))</td></tr>
      """
    }
    return Self.table(
      "runs", head: "<th></th><th></th><th>run</th><th>trainer</th><th>steps</th><th class=\"wide\">written</th>", rows)
  }

  /// The last and best values of the metrics that matter.
  private func numbers(_ names: [String]) -> String {
    let metrics = names.map(metric).filter { $0.rows.contains { $0 != nil } }
    if metrics.isEmpty { return "<section>\n<p>No metric has a finite value.</p>\n</section>" }
    let short = MetricSummary.short
    let rows = metrics.map { metric in
      let cells = metric.rows.map { row in
        guard let row else { return "<td class=\"muted\">–</td>" }
        let best = row.best.map { "<span class=\"more\">best \(short($0.value)) at \($0.step)</span>" } ?? ""
        let common =
          row.common.map { "<span class=\"more\">\(short($0)) at \(metric.commonStep ?? 0)</span>" } ?? ""
        return "<td>\(short(row.first)) → <b>\(short(row.last))</b>\(best)\(common)</td>"
      }
      return "<tr><td><code>\(SafeText.html(metric.name))</code></td>\(cells.joined())</tr>"
    }
    let table = Self.table("numbers", head: "<th></th>\(lettersHead)", rows)
    let note = notes(on: metrics).map { "\n<p class=\"note\">\($0)</p>" }.joined()
    return "<section>\n<h2>First and last</h2>\n\(table)\(note)\n</section>"
  }

  private func charts(_ names: [String]) -> String {
    let charts = names.compactMap { name in
      CurveSVG(title: name, runs: zip(looks, runs).map { ($0, Series(name, in: $1.lines)) })
    }
    if charts.isEmpty { return "" }
    let figures = charts.map { "<figure>\n\($0.text(standalone: false))</figure>" }
    let key = zip(looks, runs).map { "<span><b>\($0.letter)</b> \($0.swatch) \(SafeText.html($1.name))</span>" }
    return """
      <section>
      <h2>Curves</h2>
      <div class="key">\(key.joined(separator: "\n"))</div>
      <div class="charts">
      \(figures.joined(separator: "\n"))
      </div>
      </section>
      """
  }

  private var options: String {
    if runs.count < 2 { return "" }
    let rows = differences.map { difference in
      let cells = difference.values.map { value in
        value.map { "<td class=\"text\">\(SafeText.html($0))</td>" } ?? "<td class=\"muted\">–</td>"
      }
      return "<tr><td><code>\(SafeText.html(difference.name))</code></td>\(cells.joined())</tr>"
    }
    if rows.isEmpty { return "<section>\n<p>No option differs.</p>\n</section>" }
    let table = Self.table("options", head: "<th></th>\(lettersHead)", rows)
    return "<section>\n<h2>Options that differ</h2>\n\(table)\n</section>"
  }

  private var lettersHead: String { looks.map { "<th>\($0.letter)\($0.swatch)</th>" }.joined() }

  /// A table that scrolls by itself where the page is too narrow for it.
  private static func table(_ name: String, head: String, _ rows: [String]) -> String {
    """
    <div class="scroll"><table class="\(name)"><thead><tr>\(head)</tr></thead><tbody>
    \(rows.joined(separator: "\n"))
    </tbody></table></div>
    """
  }

  /// `2026-03-01 14:05 UTC`
  private static func date(_ seconds: Double) -> String {
    let text = Date(timeIntervalSince1970: seconds.isFinite ? seconds : 0).formatted(.iso8601)
    return text.prefix(10) + " " + text.dropFirst(11).prefix(5) + " UTC"
  }

  private static let style = """
    .scroll{overflow-x:auto;margin-top:12px}
    .swatch{display:inline-block;vertical-align:middle}
    th .swatch{margin-left:8px}
    th[scope=row]{color:var(--text);width:1%;vertical-align:middle}
    .runs td{vertical-align:middle}
    .numbers td,.options td{font-variant-numeric:tabular-nums}
    .numbers td{white-space:nowrap}
    .key{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:2px 20px;padding:8px 0;background:var(--page);\
    font-size:13px;max-height:25vh;overflow-y:auto}
    .key span{overflow-wrap:anywhere}
    .more{display:block;color:var(--muted);font-size:12px}
    .note{color:var(--muted);font-size:13px;margin:8px 0 0}
    @media (max-width:600px){main{padding:20px 12px 32px}th,td{padding:6px 8px}.wide{display:none}}
    @media print{.scroll{overflow:visible}.key{position:static;max-height:none}}
    """
}
