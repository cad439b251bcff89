import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// KTO's examples of which the undesirable ones have become likelier, and the desirable ones less likely.
  static func invertedJudgements(_ patient: Examination, _ examples: [Batch.JudgedExample]) -> Finding? {
    guard let update = patient.updates.last else { return nil }
    var (desirable, undesirable): ([Double], [Double]) = ([], [])
    for term in patient.terms(.responseLogRatio, of: update) {
      let i = patient.trace.terms[term].key.i
      guard examples.indices.contains(i) else { continue }
      if examples[i].isDesirable {
        desirable.append(patient.trace.value(term))
      } else {
        undesirable.append(patient.trace.value(term))
      }
    }
    guard desirable.count >= 4, undesirable.count >= 4, desirable.areBelow(undesirable, by: 4) else { return nil }
    // How often a desirable example lies below an undesirable one; by chance half of the time.
    let wrong = desirable.reduce(0) { sum, d in sum + undesirable.count { $0 > d } }
    let all = desirable.count * undesirable.count
    let behind = patient.settings.number(.preferenceBeta) * (mean(undesirable) - mean(desirable))
    guard 10 * wrong >= 9 * all, behind > 0.1 else { return nil }
    return Finding(
      name: "inverted-labels", verdict: .bug,
      title: "Undesirable responses have become likelier, and desirable ones have not",
      explanation: """
        Beside the reference the \(desirable.count) desirable responses moved by \(NumberText.short(mean(desirable), digits: 3)) nats on \
        average, the \(undesirable.count) undesirable ones by \(NumberText.short(mean(undesirable), digits: 3)). Learning from these \
        examples does the opposite, so the policy has learned from elsewhere, or from the opposite labels.
        """,
      inference: "that labels are exchanged does not follow from one batch, but it is the commonest cause",
      evidence: patient.evidence(
        ["loss", "reference_point", "max(response_log_ratio)", "min(response_log_ratio)"], at: update.beat),
      advice: "Read an example: is it what its label says? Compare with the data that the model was trained on before.",
      topic: .preferences)
  }

  /// Examples that are nearly all of one kind, by their weights.
  static let unevenLabels = Puzzle(name: "uneven-labels") { patient in
    guard case .judgements(let examples)? = patient.batch?.contents, examples.count >= 16 else { return nil }
    let count = examples.count { $0.isDesirable }
    let weights = (patient.settings.number(.desirableWeight), patient.settings.number(.undesirableWeight))
    guard count > 0, count < examples.count, weights.0 > 0, weights.1 > 0 else { return nil }
    // The share of desirable examples at which both kinds weigh the same, and the chance to be as far from it.
    let (share, total) = (weights.1 / (weights.0 + weights.1), Double(examples.count))
    let distance = Double(count) - share * total
    guard distance.magnitude > 3 * (share * (1 - share) * total).squareRoot() else { return nil }
    let (desirable, undesirable) = (weights.0 * Double(count), weights.1 * (total - Double(count)))
    return Finding(
      name: "uneven-labels", verdict: .caution,
      title: "\(count) of \(examples.count) examples \(count == 1 ? "is" : "are") desirable",
      explanation: """
        With their weights, desirable examples count \(NumberText.short(desirable, digits: 3)) and undesirable ones \
        \(NumberText.short(undesirable, digits: 3)): \(distance > 0 ? "nearly everything is pushed up" : "nearly everything is pushed down"), \
        and what sets the two kinds apart has little part in it. KTO's authors keep the two within 1 to 4/3 of each other.
        """,
      evidence: patient.evidence(["loss", "reference_point", "mean(response_log_ratio)"], at: patient.end),
      advice: distance > 0
        ? "Raise undesirable_weight (or lower desirable_weight) by as much, and shuffle data that is sorted by label."
        : "Raise desirable_weight (or lower undesirable_weight) by as much, and shuffle data that is sorted by label.",
      topic: .preferences)
  }

  /// Examples that are all desirable, or all undesirable.
  static let oneLabel = Puzzle(name: "one-label") { patient in
    guard case .judgements(let examples)? = patient.batch?.contents, examples.count >= 16 else { return nil }
    let count = examples.count { $0.isDesirable }
    guard count == 0 || count == examples.count else { return nil }
    let label = count == 0 ? "undesirable" : "desirable"
    return Finding(
      name: "one-label", verdict: .caution, title: "All \(examples.count) examples are \(label)",
      explanation: """
        KTO learns from the contrast of both kinds: from one of them alone every response is pushed \
        \(count == 0 ? "down" : "up"), whatever is in it. In data that has both a batch of one kind alone is very unlikely.
        """,
      inference: "labels that were lost or read with the wrong type, or data sorted by label and not shuffled, do this",
      evidence: patient.evidence(["mean(response_log_ratio)", "reference_point", "loss"], at: patient.end),
      advice:
        "Count the labels of the data, shuffle it, and let desirable_weight and undesirable_weight even out their numbers.",
      topic: .preferences)
  }

  /// KTO's reference point is measured with the examples' own responses, or lies so far off that all are saturated.
  static let referencePoint = Puzzle(name: "reference-point") { patient in
    guard case .judgements(let examples)? = patient.batch?.contents, examples.count >= 4,
      examples.allSatisfy({ $0.klLogp == $0.logp && $0.klRefLogp == $0.refLogp }),
      examples.contains(where: { $0.logp != $0.refLogp })
    else { return nil }
    return Finding(
      name: "reference-point", verdict: .bug, title: "The reference point is measured on the examples' own responses",
      explanation: """
        kl_logp is logp in all \(examples.count) examples. The reference point is an estimate of the KL: it takes the response of \
        another example after this prompt. Of the own one it is the mean of what is to be judged by it, and rises as they are learned.
        """,
      evidence: patient.evidence(
        ["reference_point", "mean(response_log_ratio)", "mean(mismatched_log_ratio)"], at: patient.end),
      advice: "Shift the responses by one within the batch, as TRL does, and take batches of more than one example.",
      topic: .preferences)
  }
}
