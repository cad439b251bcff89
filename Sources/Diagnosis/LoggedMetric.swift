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
      let tolerance = max(1e-3 * scale, LoggedNumber.tolerance(logged.value, scale: scale))
      return !((own - logged.value).magnitude <= tolerance + patient.share(ofUndecided: logged.metric))
    }
    guard let first = wrong.first, let term = patient.all(first.metric).last else { return nil }
    let others = wrong.dropFirst().map { $0.metric.name }
    let factors = wrong.dropFirst().compactMap { other in
      patient.all(other.metric).last.map { other.value / trace.value($0) }
    }
    let isMade = !trace.inputs(of: term).isEmpty
    let formula = isMade ? trace.formulaText(of: term, as: .unicode).map { " It is \($0)." } ?? "" : ""
    let rest = others.isEmpty ? "" : " Other than computed as well: \(others.joined(separator: ", "))."
    let own = trace.value(term)
    // A factor that the others do not share is one by chance.
    let fits = patient.fits(of: first, own: own).filter { fit in
      guard let factor = fit.factor else { return true }
      return factors.allSatisfy { ($0 / factor - 1).magnitude < 1e-2 }
    }
    let exact =
      fits.isEmpty ? "" : " The trainer's is exactly \(fits.map { $0.text }.joined(separator: ", and also "))."
    let (told, computed) = NumberText.distinct(first.value, own)
    return Finding(
      name: "logged-metric", verdict: .bug,
      title: "The trainer's \(first.metric.name) was \(told), and its numbers give \(computed)"
        + (fits.first.map { ": \($0.short)" } ?? ""),
      explanation: """
        The file has what the trainer logged of this step, and the numbers that it is made of. Computed again from \
        those, \(first.metric.name) is another one.\(formula)\(exact)\(rest)
        """,
      evidence: patient.evidence(
        wrong.prefix(4).map { "metric(\($0.metric.name))" } + trace.inputs(of: term).prefix(2).map { trace.text($0) },
        at: patient.end),
      advice: fits.first?.advice ?? """
        Is it of the same step and the same answers, averaged over tokens or over answers, over one process or all? Is a \
        column of the log taken for another?
        """,
      topic: .averaging)
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
    // A recorder writes the order in which the responses came, too.
    var isOfAll = batch.minibatch == nil
    if case .groups(let group) = batch.contents, let minibatch = batch.minibatch {
      isOfAll = minibatch.sorted() == Array(group.sequences.indices)
    }
    let isWhole = batch.stepShare == 1 && isOfAll
    return batch.logged.filter { isWhole || ofSamples.contains($0.metric) }
  }

  /// The mistakes that give what was logged.
  fileprivate func fits(of logged: Batch.LoggedMetric, own: Double) -> [LossFit] {
    guard let batch else { return [] }
    return LossFit.all(
      for: batch, logged.metric.name, own: own, logged: logged.value, scale: max(own.magnitude, logged.value.magnitude)
    ) { changed in
      let trace = changed.record()
      return trace.terms.indices.last {
        trace.quantity(of: $0) == .metric && trace.terms[$0].key.i == logged.metric.rawValue
      }.map { trace.value($0) }
    }
  }

  /// Of the pairs, the share whose margin is 0 but for the rounding of its sum, in single precision: they may count as ranked
  /// rightly or not.
  fileprivate func share(ofUndecided metric: Metric) -> Double {
    guard [.rewardAccuracies, .accuracy].contains(metric) else { return 0 }
    let margins = all(Quantity.margin)
    let undecided = margins.count { term in
      let parts = [Quantity.chosenLogp, .rejectedLogp].map { column in
        all(column).filter { trace.terms[$0].key.i == trace.terms[term].key.i }.reduce(0) {
          $0 + trace.value($1).magnitude
        }
      }
      return trace.value(term).magnitude <= 1e-6 * (1 + parts[0] + parts[1])
    }
    return margins.isEmpty ? 0 : Double(undecided) / Double(margins.count)
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
}
