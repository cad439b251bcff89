import Autodiff

/// The averages by which the members of GRPO's family differ.
///
/// Source: TRL `GRPOTrainer._compute_loss`; each loss names its paper.
struct GroupAverage {
  /// The tokens of each response that count: 0 for one that is left out.
  let lengths: [Int]
  /// The tokens that count in all batches of an optimizer step; nil where there is one.
  let stepTokens: Double?

  /// The number of tokens that count here; 1 where there is none, to divide by.
  private var tokenCount: Constant { Count.tokens.value(max(1, lengths.reduce(0) { $0 + $1 })) }

  private var stepTokenCount: Constant { stepTokens.map { Count.stepTokens.value(max(1, $0)) } ?? tokenCount }

  func callAsFunction(
    _ losses: [[Scalar]], _ normalizer: GroupLoss.Normalizer, settings: Settings, on tape: Tape
  ) -> Scalar {
    switch normalizer {
    case .sequenceMean: overResponses(losses, on: tape) { tape.mean($0) }
    case .tokenMean: tape.sum(losses.flatMap { $0 }) / tokenCount
    case .stepTokenMean: tape.sum(losses.flatMap { $0 }) / stepTokenCount
    case .maximalLength:
      tape.sum(losses.flatMap { $0 })
        / (Count.responses.value(losses.count) * settings.value(.maxCompletionLength))
    case .sequenceSum: overResponses(losses, on: tape) { tape.sum($0) }
    }
  }

  /// The mean over responses, of which one that is left out counts 0.
  private func overResponses(_ losses: [[Scalar]], on tape: Tape, _ own: ([Scalar]) -> Scalar) -> Scalar {
    let counted = losses.filter { !$0.isEmpty }.map(own)
    if counted.count == losses.count { return tape.mean(counted) }
    return tape.sum(counted) / Count.responses.value(losses.count)
  }
}
