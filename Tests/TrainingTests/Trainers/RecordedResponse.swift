import Objectives
import Recording
import Simulation

/// What a batch holds of a response with tokens, whether it was sampled or given.
struct RecordedResponse {
  let prompt: String
  let words: [String]
  let logp, oldLogp, refLogp: [Double]
}

extension Batch {
  var responses: [RecordedResponse] {
    if case .judgements(let examples) = contents {
      return examples.map {
        RecordedResponse(prompt: $0.prompt, words: $0.tokens, logp: $0.logp, oldLogp: [], refLogp: $0.refLogp)
      }
    }
    if case .pairs(let pairs) = contents {
      func response(_ prompt: String, _ response: Batch.PairResponse) -> RecordedResponse {
        RecordedResponse(
          prompt: prompt, words: response.tokens, logp: response.logp, oldLogp: [], refLogp: response.refLogp ?? [])
      }
      return pairs.map { response($0.prompt, $0.chosen) } + pairs.map { response($0.prompt, $0.rejected) }
    }
    return contents.sampled.map {
      RecordedResponse(prompt: $0.prompt, words: $0.tokens, logp: $0.logp, oldLogp: $0.oldLogp, refLogp: $0.refLogp)
    }
  }

  /// The numbers of the responses that the recorded update learned from.
  var learned: [Int] { minibatch ?? Array(responses.indices) }

  /// The loss that the debugger shows; detached numbers stay what `overrides` say.
  func loss(_ overrides: [Override] = []) -> Double? {
    let trace = record(overrides: overrides)
    guard let name = trace.glossary.index(ofName: "loss"),
      let term = trace.term(TermKey(name: name, i: -1, j: -1), at: trace.beats.count - 1)
    else { return nil }
    return trace.value(term)
  }

  /// How much each of a step's parts counts: by tokens where the loss is a mean over tokens; parts divided by the step's tokens add up; others are averaged
  /// by what they learn from.
  static func shares(_ batches: [Batch]) -> [Double] {
    func parts(_ counts: [Int]) -> [Double] { counts.map { Double($0) / Double(counts.reduce(0, +)) } }
    switch batches.first?.contents {
    case .demonstrations:
      return parts(
        batches.map { batch in
          guard case .demonstrations(let sequences) = batch.contents else { return 0 }
          return sequences.reduce(0) { $0 + $1.tokens.count }
        })
    case .baselined where Aggregation(batches[0].settings).mode == .tokenMean,
      .distilled where Aggregation(batches[0].settings).mode == .tokenMean:
      return parts(batches.map { $0.responses.reduce(0) { $0 + $1.words.count } })
    case .pairs, .scoredPairs: return batches.map { _ in 1 / Double(batches.count) }
    case .groups where GroupLoss.chosen(by: batches[0].settings).dividesByStep: return batches.map { _ in 1 }
    default: return parts(batches.map(\.learned.count))
    }
  }
}
