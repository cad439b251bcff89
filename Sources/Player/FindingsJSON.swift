import Debugging
import Diagnosis
import Documents
import Plots
import Recording
import Reporting

// What the doctor finds in the recording, each number with the place that it was recorded at; how ratios and advantages are
// spread; and what stands out most.
extension Pane {
  var findings: String {
    let report = DoctorReport(of: session.source, recorded: session.trace)
    var json = JSONWriter()
    json.beginObject()
    json.member("examined", report.examined.count)
    json.member("findings", report.findings) { write($0, to: &$1) }
    json.member("spreads", spreads) { plot, json in
      json.member("title", plot.title)
      json.member("svg", plot.svg(width: 460))
    }
    json.key("outliers")
    writeOutliers(to: &json)
    json.endObject()
    return json.text
  }

  private func write(_ finding: Finding, to json: inout JSONWriter) {
    json.members(of: finding, meaning: finding.verdict.meaning)
    json.member("evidence", finding.evidence) { evidence, json in
      let subject = self.subject(of: evidence)
      json.member("expression", evidence.expression)
      json.member("valueText", NumberText.display(evidence.value))
      json.member("loops", evidence.loops)
      json.member("at", subject.map { session.trace.terms[$0].beat } ?? evidence.beat)
      json.member("term", subject.map { session.trace.text($0) })
    }
  }

  /// The term that a number is about most.
  private func subject(of evidence: Evidence) -> Int? {
    do throws(ExpressionError) {
      let expression = try Expression(parsing: evidence.expression, glossary: session.trace.glossary)
      return expression.subject(in: session.trace, at: evidence.beat)
    } catch {
      return nil
    }
  }

  /// Of ratios and advantages, where they differ.
  private var spreads: [Plot] {
    ["ratios", "advantages"].compactMap { name in
      do throws(PlotError) {
        return try PlotKind.plot(name, trace: session.trace, source: session.source, at: nil)
      } catch {
        return nil
      }
    }
  }

  private func writeOutliers(to json: inout JSONWriter) {
    let trace = session.trace
    guard let outliers = Outliers(of: session.source, recorded: trace) else { return json.null() }
    json.beginObject()
    json.member("title", outliers.title)
    json.member("columns", strings: outliers.columns)
    json.member("rows", outliers.rows) { row, json in
      json.member("term", trace.text(row.term))
      json.member("at", trace.terms[row.term].beat)
      json.member("token", row.token)
      json.member("values", strings: row.terms.map { $0.map { trace.displayText($0) } ?? "" })
      json.member("gradient", row.gradient.map { NumberText.display($0) })
    }
    json.endObject()
  }
}

extension JSONWriter {
  /// What a card shows of a finding beside its numbers.
  mutating func members(of finding: some Diagnosed, meaning: String) {
    member("name", finding.name)
    member("verdict", finding.verdict.rawValue)
    member("mark", finding.verdict.mark)
    member("meaning", meaning)
    member("title", finding.title)
    member("explanation", finding.explanation)
    member("inference", finding.inference)
    member("advice", finding.advice)
    member("lesson", "gradus lesson \(finding.topic.lesson)")
    member("topic", finding.topic.title)
  }
}
