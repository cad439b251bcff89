import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Most answers of the step were cut off, and by more than chance above what a run can bear.
  static let mostlyTruncated = Puzzle(name: "mostly-truncated") { patient in
    let recorded = patient.batch?.contents.truncations ?? []
    let cut = recorded.compactMap { $0 }
    guard cut.count == recorded.count, cut.count >= 8 else { return nil }
    let (count, total) = (cut.count { $0 }, Double(cut.count))
    let bearable = RunThresholds.truncated
    guard Double(count) - bearable * total > 3 * (bearable * (1 - bearable) * total).squareRoot() else { return nil }
    return Finding(
      name: "mostly-truncated", verdict: .caution,
      title: "\(count == cut.count ? "All \(count)" : "\(count) of \(cut.count)") answers are cut off",
      explanation: patient.treatmentOfTruncated(count, of: cut.count),
      evidence: patient.evidence(
        [
          "metric(completions/clipped_ratio)", "metric(val/num_eos_tokens)", "metric(completions/mean_length)",
          "mean(reward)", "mean(score)", "mean(raw_score)",
        ], at: patient.end),
      advice: """
        Allow longer answers, or ask for shorter ones; read some to the end: a text that repeats itself has forgotten its \
        end-of-text token, or the engine does not stop at it.
        """,
      topic: .truncation)
  }
}

extension Examination {
  /// What becomes of answers that were cut off.
  fileprivate func treatmentOfTruncated(_ count: Int, of total: Int) -> String {
    guard let option = algorithm.option(.truncation), settings[option] != option.description.standard else {
      return """
        They were judged without their end: a right answer that would have come later earned nothing, and what is compared is \
        where the limit fell.
        """
    }
    if algorithm.credit == .group {
      let all = batch?.contents.truncations ?? []
      let ended = (batch?.minibatch ?? Array(all.indices)).count { all[$0] == false }
      let rest = ended == total - count ? "the \(ended) others" : "\(ended) of the others"
      return "\(option.name) leaves them out: the update learns from "
        + (ended == 0 ? "none." : "\(rest), which are those that came to an end soonest.")
    }
    return """
      Each of them pays \(option.name), \(settings[option].text)\(count == total
        ? ", so that it says nothing of one answer against another" : ""). What they would have come to is not known.
      """
  }
}

extension Batch.Contents {
  /// Whether each answer was cut off; nil of those of which that was not recorded.
  var truncations: [Bool?] {
    switch self {
    case .groups(let batch): batch.sequences.map { $0.isTruncated }
    case .responses(let sequences): sequences.map { $0.isTruncated }
    case .baselined(let responses): responses.map { $0.isTruncated }
    case .distilled, .pairs, .judgements, .demonstrations, .scoredPairs: []
    }
  }
}
