import Objectives
import Recording

/// What a run did, for people: `report.html`, one page that needs nothing else, and `report.md` with its pictures in `curves/`.
public struct Report: Sendable {
  public let configuration: RunConfiguration
  public let lines: [MetricsLog.Line]
  public let samples: [Sample]

  public init(configuration: RunConfiguration, lines: [MetricsLog.Line], samples: [Sample]) {
    self.configuration = configuration
    self.lines = lines
    self.samples = samples
  }

  var title: String { "gradus train \(configuration.trainer.rawValue)" }

  /// One chart per metric, those that the summary tells first, then in the order of their appearance; `eval_loss` is on the axes of `loss`.
  var charts: [CurveSVG] {
    let told = toldNames.map { Self.trainedName(of: $0).flatMap { names.contains($0) ? $0 : nil } ?? $0 }
    let shown = names.filter { Self.trainedName(of: $0).map { !names.contains($0) } ?? true }
    return (told + shown.filter { !told.contains($0) }).map { name in
      let heldOutName = names.first { Self.trainedName(of: $0) == name }
      if Self.trainedName(of: name) != nil {
        return CurveSVG(title: name, trained: nil, heldOut: Series(name, in: lines))
      }
      return CurveSVG(
        title: name, trained: Series(name, in: lines), heldOut: heldOutName.flatMap { Series($0, in: lines) })
    }
  }

  private var names: [String] {
    var (names, seen): ([String], Set<String>) = ([], [])
    for line in lines {
      for metric in line.values where seen.insert(metric.name).inserted { names.append(metric.name) }
    }
    return names
  }

  /// `loss` for `eval_loss` and `eval/loss`; nil for a metric of training itself.
  private static func trainedName(of name: String) -> String? {
    for prefix in ["eval_", "eval/"] where name.hasPrefix(prefix) { return String(name.dropFirst(prefix.count)) }
    return nil
  }

  // MARK: Summary

  /// The metrics that say most about a run, the most telling one first.
  private static let telling = [
    "eval_accuracy", "eval_reward", "eval_rewards/accuracies", "eval_objective/scores", "eval_gold",
    "eval_objective/kl", "eval_loss", "accuracy", "reward", "objective/scores", "rewards/accuracies", "loss", "kl",
    "objective/kl",
  ]

  /// Whose first and last values the summary names; of a metric that is held out too, only that.
  private var toldNames: [String] {
    let (names, groups) = (names, groupNames)
    let known = Self.telling.filter { names.contains($0) && !names.contains("eval_" + $0) }
    return Array((known.isEmpty ? names : known).prefix(groups.isEmpty ? 4 : 1)) + groups
  }

  /// `eval_rewards/young/mean`, where groups of users are told apart.
  private var groupNames: [String] { names.filter { $0.hasPrefix("eval_rewards/") && $0.hasSuffix("/mean") } }

  /// A row of the summary: a metric's values at the beginning and at the end.
  ///
  /// Of many values a tenth is averaged, since a single step's value is noise.
  struct Change: Equatable {
    let name: String
    let first: Double
    let last: Double
    let averaged: Int
  }

  var changes: [Change] {
    toldNames.compactMap { name in
      guard let values = Series(name, in: lines)?.finite.map(\.value), !values.isEmpty else { return nil }
      let count = values.count >= 20 ? values.count / 10 : 1
      func mean(_ part: ArraySlice<Double>) -> Double { part.reduce(0, +) / Double(part.count) }
      return Change(name: name, first: mean(values.prefix(count)), last: mean(values.suffix(count)), averaged: count)
    }
  }

  /// The summary as plain text, whose metric names the caller marks.
  func summary(_ mark: (String) -> String) -> String {
    guard let last = lines.last else { return "No step was taken." }
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

  /// The numbers that matter before and after, in one line: `eval_reward 0.520 → 0.930`; empty where nothing was measured.
  public var outcome: String {
    let told = changes.contains { $0.name.hasPrefix("eval_") } ? changes.filter { $0.name.hasPrefix("eval_") } : changes
    return told.prefix(4).map { "\($0.name) \(Self.short($0.first)) → \(Self.short($0.last))" }.joined(separator: ", ")
  }

  /// Three significant digits, with a true minus sign.
  static func short(_ x: Double) -> String { NumberText.short(x, digits: 3).replacing("-", with: "−") }

  // MARK: Tables

  /// What the run was told beyond the standard: name, value, standard value, sentence.
  var changedOptions: [(name: String, value: String, standard: String, sentence: String)] {
    let trainer = configuration.trainer
    let paths = RunPath.all(for: trainer).compactMap { path in
      configuration[path].map { (path.rawValue, $0, "none", path.sentence) }
    }
    return paths
      + configuration.settings.changed.map { option in
        (option.name, configuration.settings[option].text, option.standard(for: trainer).text, option.sentence)
      }
  }

  /// The texts of the first and the last step that have any, by prompt.
  var beforeAndAfter: [(prompt: String, before: Sample?, after: Sample)] {
    guard let first = samples.first?.step, let last = samples.last?.step else { return [] }
    var before = samples.filter { $0.step == first && first != last }
    return samples.filter { $0.step == last }.prefix(20).map { after in
      let match = before.firstIndex { $0.prompt == after.prompt }
      return (after.prompt, match.map { before.remove(at: $0) }, after)
    }
  }
}
