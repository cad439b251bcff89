/// How near the completion’s length is to a target: max(0, 1 − |length − target| / target).
public final class Length: RewardFunction {
  public enum Unit: String, Sendable, CaseIterable { case characters, words }

  public let name = "length"
  public let target: Int
  public let unit: Unit

  /// - Precondition: `target` is positive.
  public init(target: Int, unit: Unit = .characters) {
    precondition(target > 0, "a length to aim at is positive")
    self.target = target
    self.unit = unit
  }

  public func scores(_ completions: [ScoredCompletion]) -> [Double?] {
    completions.map { max(0, 1 - Double(abs(length(of: $0.completion) - target)) / Double(target)) }
  }

  private func length(of text: String) -> Int {
    switch unit {
    case .characters: text.count
    case .words: text.split(whereSeparator: \.isWhitespace).count
    }
  }
}
