import Foundation
import Testing

@testable import Training

@Suite struct ReportTests {
  @Test func heldOutMetricsShareTheAxesOfTheirs() throws {
    let charts = try exampleReport().charts
    #expect(
      charts.map(\.title) == ["reward", "loss", "kl", "grad_norm", "learning_rate", "completions/mean_length"])
    #expect(charts[0].curves.last?.series.points.count == 11)
    #expect(charts[1].curves.map(\.look) == [.trained])
    let alone = Report(
      configuration: RunConfiguration(.sft), lines: [.init(step: 1, [MetricValue("eval_loss", 1)])], samples: [])
    #expect(alone.charts.map(\.title) == ["eval_loss"])
    #expect(alone.charts[0].curves.map(\.look) == [.heldOut])
  }

  @Test func theSummaryTellsFirstAndLast() throws {
    let lines = [(1, 4.0), (2, 3.0), (3, 1.5)].map { MetricsLog.Line(step: $0.0, [MetricValue("loss", $0.1)]) }
    let report = Report(configuration: RunConfiguration(.sft), lines: lines, samples: [])
    #expect(report.summary { "`\($0)`" } == "3 optimizer steps. `loss` went from 4 to 1.50.")
    let many = (1...40).map { MetricsLog.Line(step: $0, [MetricValue("loss", Double($0))]) }
    let change = Report(configuration: RunConfiguration(.sft), lines: many, samples: []).changes[0]
    #expect(change == MetricSummary.Change(name: "loss", first: 2.5, last: 38.5, averaged: 4))
    let exploded = [4, 3, .nan].enumerated().map { MetricsLog.Line(step: $0, [MetricValue("loss", $1)]) }
    #expect(Report(configuration: RunConfiguration(.sft), lines: exploded, samples: []).outcome == "loss 4 → NaN")
    let none = Report(configuration: RunConfiguration(.sft), lines: [], samples: [])
    #expect(none.summary { $0 } == "No step was taken.")
    #expect(none.html.contains("All options had their standard values."))
  }

  @Test func nothingOfAUsersIsMarkup() throws {
    let report = try exampleReport()
    let html = report.html
    #expect(!html.contains("<script"))
    #expect(!html.contains("<b>46"))
    #expect(!html.contains("<sums>"))
    #expect(!html.contains("\u{1b}"))
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
    #expect(report.markdown.contains("| a\\|b⏎␛\\[31m | 31 &amp; &lt;script&gt;alert(1)&lt;/script&gt; (reward 0) |"))
  }

  @Test func thePageNeedsNothingElse() throws {
    let html = try exampleReport().html
    for word in ["src=", "href=", "url(", "@import"] { #expect(!html.contains(word)) }
    #expect(html.contains("prefers-color-scheme:dark"))
    #expect(html.utf8.count < 200_000)
  }

  @Test func onlyWhatWasChangedIsListed() throws {
    let report = try exampleReport()
    #expect(
      report.changedOptions.map(\.name) == ["dataset", "max_steps", "learning_rate", "reward_funcs", "beta"])
    #expect(report.markdown.contains("| `beta` | 0.04 | 0 | The weight of the KL"))
  }

  @Test func everyPictureOfThePageInMarkdownIsAFile() throws {
    let report = try exampleReport()
    let files = report.curveFiles.map(\.name)
    #expect(files.contains("completions-mean_length.svg"))
    for file in files { #expect(report.markdown.contains("(curves/\(file))")) }
    let twins = Report(
      configuration: RunConfiguration(.sft),
      lines: [.init(step: 1, [MetricValue("a/b", 1), MetricValue("a-b", 1)])], samples: [])
    #expect(twins.curveFiles.map(\.name) == ["a-b.svg", "a-b-2.svg"])
  }
}
