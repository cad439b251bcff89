import Documents

extension Report {
  /// `report.md`, which shows the pictures of `curveFiles`.
  public var markdown: String {
    var lines = ["# \(title)", "", summary { "`\($0)`" }, ""]
    let charts = charts
    if !charts.isEmpty { lines += ["## Curves", ""] }
    for (chart, file) in zip(charts, fileNames(charts)) {
      lines += ["![\(SafeText.markdown(chart.title)) by step](curves/\(file))"]
    }
    if !charts.isEmpty { lines.append("") }
    lines += samplesSection + optionsSection
    return lines.joined(separator: "\n")
  }

  /// The pictures to lie in `curves/`, by name.
  public var curveFiles: [(name: String, svg: String)] {
    let charts = charts
    return zip(fileNames(charts), charts).map { ($0, $1.text(standalone: true)) }
  }

  /// `rewards-margins.svg` for `rewards/margins`; a number tells names apart that become the same.
  private func fileNames(_ charts: [CurveSVG]) -> [String] {
    var used: Set<String> = []
    return charts.map { chart in
      let stem = String(
        chart.title.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "-" }.prefix(80))
      var (name, number) = (stem, 2)
      while !used.insert(name).inserted {
        name = "\(stem)-\(number)"
        number += 1
      }
      return name + ".svg"
    }
  }

  private var samplesSection: [String] {
    let rows = beforeAndAfter
    guard let last = rows.first?.after.step else { return [] }
    guard let first = rows.compactMap(\.before).first?.step else {
      return ["## Samples", "", "| prompt | step \(last) |", "| --- | --- |"]
        + rows.map { "| \(SafeText.markdown($0.prompt)) | \(cell($0.after)) |" } + [""]
    }
    return ["## Samples, before and after", "", "| prompt | step \(first) | step \(last) |", "| --- | --- | --- |"]
      + rows.map { "| \(SafeText.markdown($0.prompt)) | \($0.before.map(cell) ?? "") | \(cell($0.after)) |" } + [""]
  }

  private func cell(_ sample: Sample) -> String {
    SafeText.markdown(sample.completion) + (sample.reward.map { " (reward \(NumberText.short($0, digits: 3)))" } ?? "")
  }

  private var optionsSection: [String] {
    let options = changedOptions
    if options.isEmpty { return ["All options had their standard values; `config.yaml` lists them.", ""] }
    return ["## Options that were changed", "", "| option | value | standard | |", "| --- | --- | --- | --- |"]
      + options.map { row in
        "| `\(row.name)` | \(SafeText.markdown(row.value)) | \(SafeText.markdown(row.standard)) | \(row.sentence) |"
      } + ["", "`config.yaml` has all of them.", ""]
  }
}
