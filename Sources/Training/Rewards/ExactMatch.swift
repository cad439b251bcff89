/// 1 where the completion is what the example’s column says, whitespace around either aside, else 0.
public final class ExactMatch: RewardFunction {
  public let name = "exact_match"
  public let column: String

  public init(column: String = "answer") { self.column = column }

  public func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double] {
    try completions.map { (item) throws(TrainingError) in
      RewardText.trimmed(item.completion) == RewardText.trimmed(try item.example.text(ofColumn: column)) ? 1 : 0
    }
  }
}
