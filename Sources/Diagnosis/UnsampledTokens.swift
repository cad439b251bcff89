import Documents
import Objectives
import Recording
import Reporting
import Simulation

extension Puzzle {
  /// Tokens that the engine did not sample, and that are learned from all the same: what a tool or a user wrote, unmasked.
  static let unsampledTokens = Puzzle(name: "unsampled-tokens") { patient in
    guard let contents = patient.batch?.contents, case .groups(let batch) = contents else { return nil }
    if maskOfTools(patient, batch) == nil, let finding = answersOfTools(patient) { return finding }
    // Where it is of no token that the engine told, the column was filled up.
    if batch.sequences.allSatisfy({ ($0.samplingLogp ?? []).allSatisfy { $0.isNaN || $0 == 0 } }) { return nil }
    var (sampled, others): ([Double], [Double]) = ([], [])
    var first: (i: Int, t: Int)?
    for (i, answer) in batch.sequences.enumerated() {
      guard let sampling = answer.samplingLogp, sampling.count == answer.oldLogp.count else { continue }
      for t in sampling.indices where !patient.trace.isLeftOut(i, t, at: patient.end) {
        // Recorders leave such tokens out, or fill them in with zeros.
        if sampling[t].isNaN || sampling[t] == 0 {
          others.append(answer.oldLogp[t])
          first = first ?? (i, t)
        } else {
          sampled.append(answer.oldLogp[t])
        }
      }
    }
    // An engine may fail to tell of a token that it sampled, and of one that it was sure of it tells 0; such tokens are as
    // likely as the others.
    guard let first, others.count >= 16, sampled.isEmpty || others.areBelow(sampled, by: 4) else { return nil }
    let place = "[\(first.i),\(first.t)]"
    return Finding(
      name: "unsampled-tokens", verdict: .bug,
      title: "\(others.count) of \(others.count + sampled.count) tokens that count were not sampled by the engine",
      explanation: """
        Their sampling_logp is missing or exactly 0, and old_logp is \(NumberText.short(mean(others), digits: 3)) on average\
        \(sampled.isEmpty ? "" : ", where it is \(NumberText.short(mean(sampled), digits: 3)) for the others"): somebody else wrote \
        them. The policy is rewarded for words that are not its own, and learns to write what its tools answer.
        """,
      inference: "a tool's or a user's turn within the answer looks so",
      evidence: patient.evidence(
        ["old_logp\(place)", "sampling_logp\(place)", "loss_mask\(place)", "grad(logp\(place))"], at: patient.end),
      advice:
        "Give the file a loss_mask that is 1 for what the policy wrote alone (TRL's tool_mask, verl's response_mask).",
      topic: .sampler)
  }

  /// What stands between the marks of a tool's answer counts.
  private static func answersOfTools(_ patient: Examination) -> Finding? {
    let sampled = patient.batch?.contents.sampled ?? []
    let counted = sampled.enumerated().map { i, response in
      let isOfTool = SpecialTokens.isOfTool(response.tokens)
      return isOfTool.indices.filter { isOfTool[$0] && !patient.trace.isLeftOut(i, $0, at: patient.end) }
    }
    let count = counted.reduce(0) { $0 + $1.count }
    guard count >= 8, let i = counted.firstIndex(where: { !$0.isEmpty }) else { return nil }
    let place = "[\(i),\(counted[i][counted[i].count / 2])]"
    return Finding(
      name: "unsampled-tokens", verdict: .bug,
      title: "\(count) tokens of tools' answers count, in \(counted.count { !$0.isEmpty }) responses",
      explanation: """
        They stand between «\(sampled[i].tokens[counted[i][0]])» and its end: a tool wrote them, and the policy is rewarded for them, \
        or punished, as if they were its own. It learns to write what its tools answer.
        """,
      evidence: patient.evidence(
        ["old_logp\(place)", "loss_mask\(place)", "grad(logp\(place))", "sum(loss_mask)"], at: patient.end),
      advice:
        "Give the file a loss_mask that is 1 for what the policy wrote alone (TRL's tool_mask, verl's response_mask).",
      topic: .sampler)
  }
}
