public import Documents

extension Evaluation {
  /// A heading, and a line for each number: `reward  0.725 ± 0.032`.
  public var text: StyledText {
    var text = StyledText()
    let what = examples == 1 ? String(kind.rawValue.dropLast()) : kind.rawValue
    text.line("\(model) on \(dataset): \(ProgressBar.grouped(Double(examples))) \(what)", .heading)
    let width = metrics.map { $0.name.count }.max() ?? 0
    for metric in metrics {
      let error = metric.standardError.map { " ± \(Self.shown($0))" } ?? ""
      text.line("  " + NumberText.alignedLeft(metric.name, to: width + 2) + Self.shown(metric.value) + error)
    }
    if let remark { text.line("  (\(remark))", .dim) }
    if metrics.contains(where: { $0.standardError != nil }) { text.line("  (± is the standard error)", .dim) }
    return text
  }

  private static func shown(_ x: Double) -> String {
    x == x.rounded() && abs(x) < 1e15 ? ProgressBar.grouped(x) : NumberText.short(x)
  }

  public var json: String {
    var json = JSONWriter()
    json.beginObject()
    json.member("model", model)
    json.member("dataset", dataset)
    json.member("kind", kind.rawValue)
    json.member("examples", examples)
    json.key("metrics")
    json.beginObject()
    for metric in metrics { json.member(metric.name, number: metric.value) }
    json.endObject()
    json.key("standard_errors")
    json.beginObject()
    for metric in metrics {
      if let error = metric.standardError { json.member(metric.name, number: error) }
    }
    json.endObject()
    json.endObject()
    return json.text
  }
}
