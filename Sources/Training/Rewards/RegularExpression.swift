import Documents
internal import Foundation

/// 1 where the pattern is found anywhere in the completion, else 0; `^…$` asks for the whole completion.
///
/// Patterns are ICU’s, which agree with Python’s `re` and with PCRE in everything common.
public final class RegularExpression: RewardFunction {
  public let name = "regex"
  public let pattern: String
  private let limit: Double

  /// Throws if the pattern is not valid.
  ///
  /// - Parameters:
  ///   - pattern: What is looked for.
  ///   - limit: How many seconds a completion may take: some patterns take for ever on some texts.
  public init(pattern: String, limit: Double = 1) throws(TrainingError) {
    self.pattern = pattern
    self.limit = limit
    _ = try Self.compile(pattern)
  }

  public func scores(_ completions: [ScoredCompletion]) throws(TrainingError) -> [Double?] {
    let expression = try Self.compile(pattern)
    return try completions.map { (completion) throws(TrainingError) in
      try isFound(expression, in: completion.completion) ? 1 : 0
    }
  }

  private func isFound(_ expression: NSRegularExpression, in text: String) throws(TrainingError) -> Bool {
    let end = Date() + limit
    var (isFound, isUndecided) = (false, false)
    let whole = NSRange(text.startIndex..., in: text)
    expression.enumerateMatches(in: text, options: .reportProgress, range: whole) { match, flags, stop in
      isFound = match != nil
      // It asks now and then whether to go on, and gives up by itself where its own memory is full.
      isUndecided = flags.contains(.internalError) || (match == nil && Date() > end)
      if isFound || isUndecided { stop.pointee = true }
    }
    guard isUndecided else { return isFound }
    throw TrainingError(
      .badData,
      "reward_funcs: regex: '\(pattern)' is not decided in \(NumberText.short(limit)) s on the completion '\(text.visible.end(columns: 40))'; a repetition "
        + "within a repetition, such as (a+)+, tries every way to divide a text: write it with one, a+")
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
