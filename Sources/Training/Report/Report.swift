import Objectives

/// A run's report: `report.html`, one self-contained page, and `report.md` with its pictures in `curves/`.
public struct Report: Sendable {
  public let configuration: RunConfiguration
  public let lines: [MetricsLog.Line]
  public let samples: [Sample]

  public init(configuration: RunConfiguration, lines: [MetricsLog.Line], samples: [Sample]) {
    self.configuration = configuration
    self.lines = lines
    self.samples = samples
  }

  var title: String { "gradus train \(configuration.trainer.name)" }

  /// One chart per metric, those of the summary first, then in order of appearance; `eval_loss` shares the axes of `loss`.
  var charts: [CurveSVG] {
    let names = summaries.names
    let told = summaries.toldNames.map { name in
      MetricSummary.trainedName(of: name).flatMap { names.contains($0) ? $0 : nil } ?? name
    }
    let shown = names.filter { MetricSummary.trainedName(of: $0).map { !names.contains($0) } ?? true }
    return (told + shown.filter { !told.contains($0) }).map { name in
      if MetricSummary.trainedName(of: name) != nil {
        return CurveSVG(title: name, trained: nil, heldOut: Series(name, in: lines))
      }
      let heldOutName = names.first { MetricSummary.trainedName(of: $0) == name }
      return CurveSVG(
        title: name, trained: Series(name, in: lines), heldOut: heldOutName.flatMap { Series($0, in: lines) })
    }
  }

  private var summaries: MetricSummary { MetricSummary(lines) }

  var changes: [MetricSummary.Change] { summaries.changes }

  /// The summary as plain text, whose metric names the caller marks.
  func summary(_ mark: (String) -> String) -> String {
    guard let last = lines.last else { return "No step was taken." }
    let changes = changes
    let steps = last.step == 1 ? "1 optimizer step" : "\(ProgressBar.grouped(Double(last.step))) optimizer steps"
    let told = changes.map { change in
      let (first, last) = (Self.short(change.first), Self.short(change.last))
      return first == last
        ? "\(mark(change.name)) stayed at \(last)" : "\(mark(change.name)) went from \(first) to \(last)"
    }
    let averaged =
      changes.contains { $0.averaged > 1 }
      ? " Of metrics with 20 values or more, the first and the last tenth are averaged." : ""
    return "\(steps). " + (told.isEmpty ? "" : told.joined(separator: "; ") + ".") + averaged
  }

  /// The important numbers before and after, in one line: `eval_reward 0.520 → 0.930`; empty if nothing was measured.
  public var outcome: String {
    summaries.outcomes.prefix(4).map { "\($0.name) \(Self.short($0.first)) → \(Self.short($0.last))" }
      .joined(separator: ", ")
  }

  /// Three significant digits, with a true minus sign.
  static func short(_ x: Double) -> String { MetricSummary.short(x) }

  // MARK: Tables

  /// The options that differ from their standard values: name, value, standard value, sentence.
  var changedOptions: [(name: String, value: String, standard: String, sentence: String)] {
    let trainer = configuration.trainer
    let paths = RunPath.all(for: trainer).compactMap { path in
      configuration.text(of: path).map { (path.rawValue, $0, "none", path.sentence) }
    }
    return paths
      + configuration.settings.changed.map { option in
        (option.name, configuration.settings[option].text, option.standard(for: trainer).text, option.sentence)
      }
  }

  /// The texts of the first and the last step with samples, by prompt.
  var beforeAndAfter: [(prompt: String, before: Sample?, after: Sample)] {
    guard let first = samples.first?.step, let last = samples.last?.step else { return [] }
    var before = samples.filter { $0.step == first && first != last }
    return samples.filter { $0.step == last }.prefix(20).map { after in
      let match = before.firstIndex { $0.prompt == after.prompt }
      return (after.prompt, match.map { before.remove(at: $0) }, after)
    }
  }
}
