/// 1 where the completion is what the example’s column says, whitespace around either aside, else 0; nothing where the
/// column is `null`.
public final class ExactMatch: RewardFunction {
  public let name = "exact_match"
  public let column: String

  public init(column: String = "answer") { self.column = column }

  public func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double?] {
    try completions.map { (item) throws(TrainingError) in
      if item.example.isNull(column) { return nil }
      let wanted = try item.example.text(ofColumn: column)
      return RewardText.trimmed(item.completion) == RewardText.trimmed(wanted) ? 1 : 0
    }
  }
}
