internal import Foundation

/// 1 where the completion is what the example’s column says, whitespace around either aside, else 0.
public struct ExactMatch: RewardFunction {
  public let name = "exact_match"
  public let column: String

  public init(column: String = "answer") { self.column = column }

  public func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double] {
    try completions.map { (item) throws(TrainingError) in
      trimmed(item.completion) == trimmed(try item.example.text(ofColumn: column)) ? 1 : 0
    }
  }

  private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}
