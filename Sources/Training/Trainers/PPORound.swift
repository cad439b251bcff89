import Objectives
import Simulation

/// What PPO learns from until it samples again: responses, and what is known of them before the first step. Nothing in it
/// changes while it is learned from.
struct PPORound {
  let texts: [TextTokens]
  /// The responses of each step, by their numbers: the minibatches of all epochs.
  let minibatches: [[Int]]
  /// Scores, π_old, π_ref and the critic's old values of every response.
  let sequences: [Batch.PPOSequence]
  /// With `kl_coef` as it is in this round.
  var settings: Settings
  /// The advantages and returns, on the tape.
  let preparation: PPOPreparation

  /// The responses with what policy and critic have said of some of them in a step.
  func sequences(with predictions: [PassPrediction]) -> [Batch.PPOSequence] {
    var sequences = sequences
    for prediction in predictions {
      for (m, i) in prediction.members.enumerated() {
        sequences[i].logp = prediction.logps[m]
        sequences[i].entropy = prediction.entropies[m]
        sequences[i].value = prediction.values?[m] ?? []
      }
    }
    return sequences
  }

  /// A step's passes as the debugger opens them, once all of its numbers are there.
  func recorded(_ predictions: [PassPrediction], step: Int, words: ([Int32]) -> [String]) -> [String] {
    var sequences = sequences(with: predictions)
    for (i, text) in texts.enumerated() { sequences[i].tokens = words(text.response) }
    return predictions.map { prediction in
      var batch = Batch(title: "ppo, step \(step)", settings: settings, sequences: sequences)
      batch.minibatch = prediction.members.count == sequences.count ? nil : prediction.members
      return batch.json(ofStep: step)
    }
  }
}
