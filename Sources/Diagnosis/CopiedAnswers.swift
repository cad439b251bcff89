import Documents
import Objectives
import Recording
import Simulation

extension Puzzle {
  /// Answers that stand in their group twice, though sampling would hardly ever give the same one again.
  static let copiedAnswers = Puzzle(name: "copied-answers") { patient in
    guard let contents = patient.batch?.contents, case .groups(let batch) = contents else { return nil }
    let copies = batch.copies
    // Where all answers to a prompt are one, it is another finding.
    guard copies.count >= 4, 4 * copies.count >= batch.sequences.count, let first = copies.first,
      let likeliest = copies.map({ batch.logProbability($0) }).max()
    else { return nil }
    return Finding(
      name: "copied-answers", verdict: .bug,
      title: "\(copies.count) of \(batch.sequences.count) answers are copies of others in their group",
      explanation: """
        They have the same tokens to the last one, and by old_logp the likeliest of them has a probability of \
        exp(\(NumberText.short(likeliest, digits: 3))): chance would hardly repeat one of them, and not so many. A group has fewer answers than it counts, \
        and what is copied weighs as often as it stands there.
        """,
      inference:
        "two processes that sample with the same seed, a sampler at temperature 0, or a batch that was filled up do this",
      evidence: patient.evidence(
        ["sum(old_logp[\(first),*])", "count(old_logp[\(first),*] <= 0)", "reward[\(first)]", "count(reward)"],
        at: patient.end),
      advice:
        "Give each process its own seed, sample at a temperature above 0, and leave out what only fills up a batch.",
      topic: .advantage)
  }
}

extension Batch.GroupBatch {
  /// The answers that are those of another one before in their group, and that chance would not give again.
  fileprivate var copies: [Int] {
    sequences.indices.filter { i in
      logProbability(i) < -7
        && sequences[..<i].contains { $0.group == sequences[i].group && $0.tokens == sequences[i].tokens }
    }
  }

  /// How likely the sampler was to write an answer; 0 where that is not known.
  fileprivate func logProbability(_ i: Int) -> Double {
    let sequence = sequences[i]
    let written = sequence.oldLogp.indices.filter { sequence.lossMask?[$0] ?? true }
    return written.reduce(0) { $0 + sequence.oldLogp[$1] }
  }
}
