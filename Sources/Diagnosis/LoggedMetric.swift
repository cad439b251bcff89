import Documents
import Formulas
import Objectives
import Recording
import Reporting
import Simulation

extension Puzzle {
  /// A metric that the trainer logged is not what its own numbers give: the first one that differs, and how many do.
  static let loggedMetric = Puzzle(name: "logged-metric") { patient in
    let trace = patient.trace
    let wrong = patient.comparableMetrics.filter { logged in
      if patient.hasAnotherMeaning(logged) { return false }
      guard let term = patient.all(logged.metric).last else { return false }
      let own = trace.value(term)
      let scale = max(own.magnitude, logged.value.magnitude, 1e-3)
      return !((own - logged.value).magnitude <= max(1e-3 * scale, LoggedNumber.tolerance(logged.value, scale: scale)))
    }
    guard let first = wrong.first, let term = patient.all(first.metric).last else { return nil }
    let others = wrong.dropFirst().map { $0.metric.name }
    let isMade = !trace.inputs(of: term).isEmpty
    let formula = isMade ? trace.formulaText(of: term, as: .unicode).map { " It is \($0)." } ?? "" : ""
    let rest = others.isEmpty ? "" : " The same holds for \(others.joined(separator: ", "))."
    return Finding(
      name: "logged-metric", verdict: .bug,
      title: "The trainer's \(first.metric.name) was \(NumberText.short(first.value)), and its numbers give "
        + NumberText.short(trace.value(term)),
      explanation: """
        The file has what the trainer logged of this step, and the numbers that it is made of. Computed again from \
        those, \(first.metric.name) is another one.\(formula)\(rest)
        """,
      evidence: patient.evidence(
        wrong.prefix(4).map { "metric(\($0.metric.name))" } + trace.inputs(of: term).prefix(2).map { trace.text($0) },
        at: patient.end),
      advice: """
        Is it of the same step and the same answers, averaged over tokens or over answers, over one process or all? Is a \
        column of the log taken for another?
        """,
      topic: .averaging)
  }

  /// An array of the trainer's, advantages say, is not what its own numbers give: the first token that differs.
  static let loggedTerms = Puzzle(name: "logged-terms") { patient in
    let trace = patient.trace
    // What trainers write at tokens that do not count, 0 mostly, goes into nothing.
    for (quantity, i, t, value) in patient.loggedNumbers where t < 0 || !trace.isLeftOut(i, t, at: patient.end) {
      guard
        let term = trace.term(TermKey(quantity, i, t), at: patient.end)
          ?? trace.term(TermKey(quantity, i), at: patient.end)
      else { continue }
      let own = trace.value(term)
      let scale = max(own.magnitude, value.magnitude, largest(patient.all(quantity).map { trace.value($0) }))
      guard !((own - value).magnitude <= 1e-4 * scale + 1e-6) else { continue }
      let formula = trace.formulaText(of: term, as: .unicode).map { "\(trace.text(term)) = \($0)" } ?? trace.text(term)
      let numbers = trace.substitutedText(of: term, as: .unicode).map { " = \($0)" } ?? ""
      return Finding(
        name: "logged-terms", verdict: .bug,
        title: "The trainer's \(trace.text(term)) was \(NumberText.short(value)), and its numbers give "
          + NumberText.short(own),
        explanation: """
          It is the first of the trainer's own numbers that differs; those before it agree. By the file's options it is \
          \(formula)\(numbers) = \(NumberText.short(own)).
          """,
        evidence: patient.evidence(
          [trace.text(term)] + trace.inputs(of: term).prefix(4).map { trace.text($0) }, at: patient.end),
        advice: "Compare the options that this formula has with the trainer's, and what goes into it with its inputs.",
        topic: .advantage)
    }
    return nil
  }
}

extension Examination {
  /// What was logged of the very numbers in the file: if that is a part of a step, only the metrics of the samples.
  fileprivate var comparableMetrics: [Batch.LoggedMetric] {
    guard let batch else { return [] }
    let ofSamples: [Metric] = [
      .reward, .rewardStd, .zeroStdFraction, .completionMeanLength, .completionMinLength, .completionMaxLength,
      .completionClippedRatio,
    ]
    let isWhole = batch.stepShare == 1 && batch.minibatch == nil
    return batch.logged.filter { isWhole || ofSamples.contains($0.metric) }
  }

  /// Whether the value is right for another meaning that some trainers give the name.
  fileprivate func hasAnotherMeaning(_ logged: Batch.LoggedMetric) -> Bool {
    switch logged.metric {
    case .objectiveKL: isMeanKLPerToken(logged.value)
    case .rewardStd: isMeanStdOfGroups(logged.value)
    default: false
    }
  }

  /// Whether it is the mean of the groups' standard deviations, which TRL logs as `reward_std` unless it scales by the batch.
  private func isMeanStdOfGroups(_ logged: Double) -> Bool {
    guard case .groups(let batch)? = batch?.contents else { return false }
    let groups = batch.groups.indices.map { group in
      batch.sequences.filter { $0.group == group }.map { $0.reward }
    }
    guard groups.allSatisfy({ $0.count > 1 }) else { return false }
    let own = mean(groups.map { (squaredDistances($0) / Double($0.count - 1)).squareRoot() })
    return (own - logged).magnitude <= 1e-3 * max(1e-3, own.magnitude)
  }

  /// Whether a logged KL is, but for its sign, the mean per token, which some trainers log by that name; `kl-direction` looks
  /// at the sign.
  private func isMeanKLPerToken(_ logged: Double) -> Bool {
    let differences = (batch?.contents.sampled ?? []).flatMap { response in
      zip(response.oldLogp, response.refLogp).map { $0 - $1 }
    }
    let own = mean(differences)
    return (own.magnitude - logged.magnitude).magnitude <= 1e-3 * max(1e-3, own.magnitude)
  }

  fileprivate var loggedNumbers: [(Quantity, Int, Int, Double)] {
    guard let batch else { return [] }
    let rows: [[Batch.LoggedNumbers]] =
      switch batch.contents {
      case .responses(let sequences): sequences.map { $0.logged }
      case .groups(let group): group.sequences.map { $0.logged }
      default: []
      }
    return rows.enumerated().flatMap { i, row in
      row.flatMap { numbers in
        numbers.values.enumerated().map { t, value in (numbers.quantity, i, numbers.isPerToken ? t : -1, value) }
      }
    }
  }
}
