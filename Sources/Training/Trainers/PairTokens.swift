/// A preference in tokens.
struct PairTokens: Sendable {
  let chosen, rejected: TextTokens
  /// By how much the chosen one is to lead, if the data say so.
  var margin: Double?
  /// What the two earned, where that decided which is the chosen one.
  var scores: (chosen: Double, rejected: Double)?

  var tokenCount: Int { chosen.all.count + rejected.all.count }
}

extension LanguageModel {
  /// Every pair of a dataset in tokens, each text with the token that ends it.
  func pairs(_ data: Dataset, limit: TextLimit) throws(TrainingError) -> [PairTokens] {
    try data.examples.map { (example) throws(TrainingError) in
      PairTokens(
        chosen: try response(to: example, example.chosen, limit: limit),
        rejected: try response(to: example, example.rejected, limit: limit), margin: example.margin)
    }
  }
}
