import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// A mask that leaves out what the policy wrote, and keeps what a tool or a user did.
  static let invertedMask = Puzzle(name: "inverted-mask") { patient in
    guard let contents = patient.batch?.contents, case .groups(let batch) = contents else { return nil }
    if let finding = maskOfTools(patient, batch) { return finding }
    var (kept, left): ([Double], [Double]) = ([], [])
    for sequence in batch.sequences {
      guard let mask = sequence.lossMask, sequence.oldLogp.count == mask.count else { continue }
      for (isKept, logp) in zip(mask, sequence.oldLogp) {
        if isKept { kept.append(-logp) } else { left.append(-logp) }
      }
    }
    // Nobody computes log-probabilities of what is masked, as a rule: then they are 0, and say nothing.
    guard kept.count >= 50, left.count >= 50, mean(kept) > 1.5, mean(left) > 0.05, mean(kept) > 3 * mean(left) else {
      return nil
    }
    return Finding(
      name: "inverted-mask", verdict: .caution, title: "The mask leaves out the likely tokens and keeps the others",
      explanation: """
        Tokens that count have \(NumberText.short(mean(kept), digits: 3)) nats each on average (-old_logp), those that are masked \
        \(NumberText.short(mean(left), digits: 3)). What a policy samples is likely under it, and what tools and users write is not: \
        here it looks the other way round, \(kept.count) tokens against \(left.count).
        """,
      inference: "that the mask is inverted, or shifted by a turn, is concluded from these two numbers alone",
      evidence: patient.evidence(["sum(loss_mask)", "mean(old_logp)"], at: patient.end),
      advice: "Print one answer with its mask: 1 belongs to what the policy wrote, its end-of-turn token with it.",
      topic: .averaging)
  }

  /// What counts is what stands between the marks of tools' answers, and nothing else.
  static func maskOfTools(_ patient: Examination, _ batch: Batch.GroupBatch) -> Finding? {
    var (ofTools, kept, all) = (0, 0, 0)
    for sequence in batch.sequences {
      guard let mask = sequence.lossMask, sequence.tokens.count == mask.count else { continue }
      let isOfTool = SpecialTokens.isOfTool(sequence.tokens)
      all += mask.count
      kept += mask.count { $0 }
      ofTools += zip(mask, isOfTool).count { $0 && $1 }
    }
    guard kept >= 8, 10 * ofTools >= 9 * kept else { return nil }
    return Finding(
      name: "inverted-mask", verdict: .bug, title: "The mask keeps tools' answers and leaves out the rest",
      explanation: """
        Of \(all) tokens \(kept) count, and \(ofTools) of these stand between the marks of a tool's answer. What the policy wrote \
        itself teaches nothing; it learns to write what its tools answer.
        """,
      evidence: patient.evidence(["sum(loss_mask)", "mean(old_logp)"], at: patient.end),
      advice: "Turn the mask round: 1 belongs to what the policy wrote, its end-of-turn token with it.",
      topic: .averaging)
  }
}
