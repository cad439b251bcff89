import Objectives
import Simulation

/// What GRPO learns from until it samples again: answers, and what is known of them before the first step. Nothing in it
/// changes while it is learned from.
struct GroupRound {
  let texts: [TextTokens]
  /// The answers of each pass of a step, by their numbers.
  let passes: [[Int]]
  /// Rewards, π_old and π_ref of every answer, and the groups' weights and baselines.
  let group: Batch.GroupBatch
  var settings: Settings
  /// The advantages, on the tape.
  let preparation: GroupPreparation
  /// What the answers earned, for the log.
  let metrics: [MetricValue]

  /// The answers with what the policy has said of some of them in a step.
  func group(with predictions: [PassPrediction]) -> Batch.GroupBatch {
    var group = group
    for prediction in predictions {
      for (m, i) in prediction.members.enumerated() {
        group.sequences[i].logp = prediction.logps[m]
        group.sequences[i].entropy = prediction.entropies[m]
      }
    }
    return group
  }

  /// A pass, and which part of its step it is.
  func batch(_ group: Batch.GroupBatch, of members: [Int], title: String = "") -> Batch {
    var batch = Batch(title: title, settings: settings, contents: .groups(group))
    if passes.count > 1 {
      // What is too far from its sampler is left out of the average, too.
      let tokens = zip(group.sequences, preparation.responses).reduce(0) { sum, pair in
        let (sequence, response) = pair
        if settings.flag(.maskTruncated), sequence.isTruncated == true { return sum }
        return sum + (response.tokenMask?.count { $0 } ?? sequence.oldLogp.count)
      }
      batch.minibatch = members
      // Where every answer is masked, nothing is divided.
      batch.stepTokens = tokens > 0 ? Double(tokens) : nil
      batch.stepShare = Double(members.count) / Double(texts.count)
    }
    return batch
  }

  /// A step's passes as the debugger opens them, once all of its numbers are there.
  func recorded(_ predictions: [PassPrediction], step: Int, words: ([Int32]) -> [String]) -> [String] {
    var group = group(with: predictions)
    for (i, text) in texts.enumerated() { group.sequences[i].tokens = words(text.response) }
    return passes.map { batch(group, of: $0, title: "grpo, step \(step)").json(ofStep: step) }
  }
}
