import Documents

extension RunComparison {
  /// `gradus runs --json`: everything that the list and the comparison are made of.
  ///
  /// - Parameters:
  ///   - runs: The runs, in the order in which they are written.
  ///   - skipped: What could not be read, and why.
  public static func json(_ runs: [RecordedRun], skipped: [(path: String, reason: String)]) -> String {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("runs")
    json.beginArray()
    for run in runs { write(run, to: &json) }
    json.endArray()
    json.key("skipped")
    json.beginArray()
    for folder in skipped {
      json.beginObject()
      json.key("path")
      json.string(folder.path)
      json.key("reason")
      json.string(folder.reason)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.text
  }

  private static func write(_ run: RecordedRun, to json: inout JSONWriter) {
    json.beginObject()
    for (key, text) in [
      ("name", run.name), ("path", run.path), ("trainer", run.trainer), ("state", run.state.rawValue),
    ] {
      json.key(key)
      json.string(text)
    }
    json.key("step")
    json.integer(run.step)
    json.key("total")
    if let total = run.total { json.integer(total) } else { json.null() }
    json.key("written")
    json.number(run.written)
    json.key("options")
    json.beginObject()
    for setting in run.settings {
      json.key(setting.name)
      json.string(setting.value)
    }
    json.endObject()
    json.key("metrics")
    json.beginObject()
    for name in run.metrics.names { write(name, of: run, to: &json) }
    json.endObject()
    json.endObject()
  }

  /// A metric's first, last and best values; `null` where none is finite.
  private static func write(_ name: String, of run: RecordedRun, to json: inout JSONWriter) {
    json.key(name)
    guard let row = (try? RunComparison([run]))?.metric(name).rows[0] else { return json.null() }
    json.beginObject()
    json.key("first")
    json.number(row.first)
    json.key("last")
    json.number(row.last)
    if let best = row.best {
      json.key("best")
      json.number(best.value)
      json.key("best_step")
      json.integer(best.step)
    }
    json.endObject()
  }
}
