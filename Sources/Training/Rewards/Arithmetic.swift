/// 1 where the first number in the completion is the value of the expression in the prompt, or of a column, else 0.
///
/// Nothing where the column is `null`. In `37+85=` and in `What is 37 + 85?` the expression is `37+85`: the last one in the prompt.
public final class Arithmetic: RewardFunction {
  public let name = "arithmetic"
  /// The column that holds the number, or an expression; nil for the prompt.
  public let column: String?

  public init(column: String? = nil) { self.column = column }

  public func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double?] {
    try completions.map { (item) throws(TrainingError) in
      if let column, item.example.isNull(column) { return nil }
      let wanted = try value(for: item)
      guard let given = firstNumber(in: item.completion) else { return 0 }
      return abs(given - wanted) <= 1e-9 * max(1, abs(wanted)) ? 1 : 0
    }
  }

  private func value(for item: ScoredCompletion) throws(TrainingError) -> Double {
    let place = "\(item.example.source):\(item.example.line)"
    guard let column else {
      if let value = lastExpression(in: item.prompt) { return value }
      throw TrainingError(
        .badData,
        "\(place): the reward 'arithmetic' finds no expression such as 37+85 in the prompt '\(item.prompt)'; "
          + "put the result into a column and name it: arithmetic:column=NAME")
    }
    let text = try item.example.text(ofColumn: column)
    if let value = arithmeticValue(of: text) { return value }
    throw TrainingError(.badData, "\(place): the column '\(column)' must be a number or an expression, found '\(text)'")
  }
}
