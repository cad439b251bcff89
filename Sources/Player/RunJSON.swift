import Diagnosis
import Documents
import Recording

// What the doctor finds in the log of a whole run, with the curves that show it.
extension RunReport {
  /// More points than these are thinned out, evenly: a page draws no more.
  private static let most = 400

  /// Examines the run whose log a request holds.
  static func json(_ request: Request) throws(PlayerError) -> String {
    let batches = try request.read { () throws(DocumentError) in
      var steps: [Int] = []
      for step in try request.optional("batches")?.list("batches") ?? [] {
        steps.append(try step.integer("a step of batches"))
      }
      return steps
    }
    let (name, log, text) = (try request.string("name"), try request.string("log"), try request.string("text"))
    let trainer = try request.optionalString("trainer")
    var record: RunRecord
    do throws(DocumentError) {
      record = try RunRecord(name: name, log: log, text: text, trainer: trainer)
    } catch {
      throw PlayerError("\(log):\(error)")
    }
    guard record.rows.contains(where: { !$0.values.isEmpty }) else {
      throw PlayerError("\(log): there are no metrics in it")
    }
    record.batches = batches.map { (step: $0, file: "") }
    return RunReport(of: record, traces: false).pageJSON
  }

  private var pageJSON: String {
    var json = JSONWriter()
    json.beginObject()
    json.member("name", record.name)
    json.member("source", record.source)
    json.member("last", record.rows.reduce(0) { max($0, $1.step) })
    json.member("examined", examined.count)
    json.member("findings", findings) { finding, json in
      json.members(of: finding, meaning: finding.verdict.meaningOfRun)
      json.member("step", finding.step)
      let batch = nearestBatch(to: finding.step)?.step
      json.member("batch", batch)
      if batch == nil { json.member("opening", opening(finding.step)) }
      json.member("evidence", finding.evidence) { evidence, json in
        json.member("metric", evidence.metric)
        json.member("valueText", NumberText.display(evidence.value))
        json.member("place", evidence.place)
      }
      json.member("curves", shown(finding)) { write($0, to: &$1) }
    }
    json.member("curves", curves) { write($0, to: &$1) }
    json.endObject()
    return json.text
  }

  /// The curves of its numbers, each once.
  private func shown(_ finding: RunFinding) -> [Curve] {
    var metrics: [String] = []
    for evidence in finding.evidence where !metrics.contains(evidence.metric) { metrics.append(evidence.metric) }
    return metrics.map { curve(of: $0) }.filter { $0.points.count > 1 }
  }

  private func write(_ curve: Curve, to json: inout JSONWriter) {
    let points = curve.points
    let shown = min(points.count, Self.most)
    json.member("metric", curve.metric)
    json.key("points")
    json.beginArray()
    for i in 0..<shown {
      let point = points[shown < 2 ? 0 : i * (points.count - 1) / (shown - 1)]
      json.numbers([Double(point.step), point.value])
    }
    json.endArray()
  }
}
