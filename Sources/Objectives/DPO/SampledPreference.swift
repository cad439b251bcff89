public import Autodiff

/// Two responses that the policy sampled for one prompt, by their numbers in the batch: `chosen` is the better one.
public struct SampledPreference: Sendable {
  public let chosen, rejected: Int
}

/// Online DPO: of the two responses to each prompt, the one that scores higher counts as chosen; of equals, the first.
///
///     w_p = p, l_p = p + n where s̃_p ≥ s̃_{p+n}, and the other way round elsewhere
///
/// Responses p and p + n answer the same prompt, n prompts in all. Each score is a beat of the stage `preference` where
/// `missing_eos_penalty` changes it, and so is each pair. Source: Guo et al. 2024, Direct Language Model Alignment from Online
/// AI Feedback, algorithm 1; TRL `OnlineDPOTrainer.training_step`.
///
/// - Parameters:
///   - scores: What each response earned; an even number of them.
///   - hasEOS: Whether each ended by itself.
///   - settings: The rule for a missing `<eos>`.
///   - observer: Is told every named number.
/// - Returns: The preference of each pair, and the scores that it went by.
public func sampledPreferences<O: Observer>(
  _ scores: [Scalar], hasEOS: [Bool], settings: Settings, observer: O
) -> (preferences: [SampledPreference], scores: [Scalar]) {
  observer.begin(.preference)
  let judged = scores.indices.map { i in
    let adjusted = adjustedScore(scores[i], hasEOS: hasEOS[i], settings: settings)
    guard adjusted.node != scores[i].node else { return adjusted }
    observer.beat()
    return observer.term(.adjustedScore, i, adjusted)
  }
  let count = scores.count / 2
  let preferences = (0..<count).map { pair in
    observer.beat()
    let better = judged[pair].value >= judged[pair + count].value ? pair : pair + count
    let named = observer.term(.chosenResponse, pair, observer.tape.leaf(Double(better)))
    // A what-if may have put any number here.
    let chosen = [pair, pair + count].first { Double($0) == named.value } ?? better
    let preference = SampledPreference(chosen: chosen, rejected: 2 * pair + count - chosen)
    _ = observer.term(.rejectedResponse, pair, observer.tape.leaf(Double(preference.rejected)))
    _ = observer.term(.scoreMargin, pair, judged[preference.chosen] - judged[preference.rejected])
    return preference
  }
  return (preferences, judged)
}

/// Records what TRL logs of pairs whose responses were scored, under its names; nothing of others.
///
/// The KL and the entropy are those of whole responses, by their sampled tokens: `kl = Σ_t log π − log π_ref`. Source: TRL
/// `OnlineDPOTrainer.training_step`, whose sums also include the padding behind a shorter response.
func recordScoreMetrics<O: Observer>(_ pairs: [PreferencePair], beta: Constant, observer: O) {
  let scores = pairs.compactMap { $0.scores }
  guard scores.count == pairs.count else { return }
  let tape = observer.tape
  let score = tape.mean(scores.map { $0.chosen } + scores.map { $0.rejected })
  observer.metric(.scores, score)
  observer.metric(.scoreMargins, tape.mean(scores.map { $0.chosen - $0.rejected }))
  let logps = pairs.map { $0.chosenLogp } + pairs.map { $0.rejectedLogp }
  observer.metric(.objectiveEntropy, -tape.mean(logps.map { tape.sum($0) }))
  let references = pairs.compactMap { $0.chosenRefLogp } + pairs.compactMap { $0.rejectedRefLogp }
  guard references.count == logps.count else { return }
  let kl = tape.mean(zip(logps, references).map { tape.sum($0) - tape.sum($1) })
  observer.metric(.objectiveKL, kl)
  observer.metric(.nonScoreReward, -beta * kl)
  observer.metric(.rlhfReward, score - beta * kl)
}
