import Objectives
import Recording
import Simulation

extension Puzzle {
  /// An answer that was cut off and still counts as better than the others.
  ///
  /// Asked in TRL #734 (endless text); Yu et al. 2025, DAPO, section 3.4.
  static let truncatedRewarded = Puzzle(name: "truncated-rewarded") { patient in
    for update in patient.updates {
      let cut = patient.cutResponses(of: update).filter { response in
        (patient.advantage(response.i, response.length - 1, at: update.beat) ?? 0) > 0
      }
      guard let first = cut.first else { continue }
      let (i, last) = (first.i, first.length - 1)
      guard let option = patient.algorithm.option(.truncation)?.name else { return nil }
      return Finding(
        name: "truncated-rewarded", verdict: .caution,
        title: "An answer that was cut off is rewarded" + (cut.count > 1 ? " (\(cut.count) answers)" : ""),
        explanation: """
          Response \(i) did not end by itself, and its advantage is positive: whatever it would have said, going on \
          for ever becomes more likely. With a reward that only looks for an answer, that is how endless texts begin.
          """,
        inference: first.isInferred
          ? """
          that it was cut off follows from its length alone, which is max_completion_length; the batch's key \
          'truncated' would say it
          """ : nil,
        evidence: patient.evidence(
          [
            "count(logp[\(i),*] <= 0)", "reward[\(i)]", "score[\(i)]", patient.advantageName(i, last),
            "grad(logp[\(i),\(last)])", "metric(completions/clipped_ratio)",
          ], at: patient.batch == nil ? update.beat : patient.end),
        advice: """
          Leave such answers out or make them pay: \(option), a soft penalty for overlong answers, or more room. See \
          to it that the end-of-text token is learned, and is not the padding that is masked.
          """,
        topic: .truncation)
    }
    return nil
  }
}

/// A response that did not end by itself.
private struct CutResponse {
  let i: Int
  let length: Int
  /// Whether that is concluded from its length.
  let isInferred: Bool
}

extension Examination {
  fileprivate func cutResponses(of update: Update) -> [CutResponse] {
    if !algorithm.samples || isMasked { return [] }
    guard let batch else { return cutSamples(of: update) }
    let sampled = batch.contents.sampled
    // A limit that some answer is longer than was not the run's.
    let longest = sampled.reduce(0) { max($0, $1.tokens.count) }
    let told = algorithm.credit == .group ? settings.integer(.maxCompletionLength) : .max
    let limit = longest > told ? .max : told
    return zip(sampled, batch.contents.truncations).enumerated().compactMap { i, response in
      let (tokens, isTruncated) = (response.0.tokens, response.1)
      let isAtLimit = tokens.count >= limit && !SpecialTokens.ends.contains(tokens[tokens.count - 1])
      guard isTruncated ?? isAtLimit else { return nil }
      return CutResponse(i: i, length: tokens.count, isInferred: isTruncated == nil)
    }
  }

  /// The samples of a tiny world, in which the vocabulary's last word ends a response.
  private func cutSamples(of update: Update) -> [CutResponse] {
    guard let vocabulary = trace.glossary.valueLabels[Quantity.token.rawValue], !vocabulary.isEmpty else { return [] }
    var responses: [CutResponse] = []
    for term in terms(.logp, of: update) {
      let key = trace.terms[term].key
      if responses.last?.i == key.i { responses.removeLast() }
      responses.append(CutResponse(i: key.i, length: key.j + 1, isInferred: false))
    }
    return responses.filter { response in
      let token = trace.value(.token, response.i, response.length - 1, at: update.beat)
      return token.map { Int($0) != vocabulary.count - 1 } ?? false
    }
  }

  /// Whether such answers are left out, or pay.
  private var isMasked: Bool {
    guard let option = algorithm.option(.truncation) else { return false }
    return settings[option] != option.description.standard
  }
}
