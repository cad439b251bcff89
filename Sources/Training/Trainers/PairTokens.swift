/// A preference in tokens.
struct PairTokens: Sendable {
  let chosen, rejected: TextTokens

  var tokenCount: Int { chosen.all.count + rejected.all.count }
}

extension LanguageModel {
  /// Every pair of a dataset in tokens, each text with the token that ends it.
  func pairs(_ data: Dataset, limit: Int) throws(TrainingError) -> [PairTokens] {
    try data.examples.map { (example) throws(TrainingError) in
      let pair = PairTokens(
        chosen: tokens(prompt: example.prompt, completion: example.chosen ?? "", limit: limit),
        rejected: tokens(prompt: example.prompt, completion: example.rejected ?? "", limit: limit))
      guard !pair.chosen.response.isEmpty, !pair.rejected.response.isEmpty else {
        throw TrainingError(
          .badData,
          "\(example.source):\(example.line): the prompt leaves no token of a response within max_length \(limit)")
      }
      return pair
    }
  }
}
