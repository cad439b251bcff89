internal import Foundation

/// 1 where the pattern is found anywhere in the completion, else 0; `^…$` asks for the whole completion.
///
/// Patterns are ICU’s, which agree with Python’s `re` and with PCRE in everything common.
public final class RegularExpression: RewardFunction {
  public let name = "regex"
  public let pattern: String

  /// Throws if the pattern is not valid.
  public init(pattern: String) throws(TrainingError) {
    self.pattern = pattern
    _ = try Self.compile(pattern)
  }

  public func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double?] {
    let expression = try Self.compile(pattern)
    return completions.map {
      let whole = NSRange($0.completion.startIndex..., in: $0.completion)
      return expression.firstMatch(in: $0.completion, range: whole) == nil ? 0 : 1
    }
  }

  private static func compile(_ pattern: String) throws(TrainingError) -> NSRegularExpression {
    do {
      return try NSRegularExpression(pattern: pattern)
    } catch {
      throw TrainingError(
        .usage,
        "reward_funcs: regex: '\(pattern)' is not a regular expression; check its brackets, and put \\ before a sign that stands for itself"
      )
    }
  }
}
