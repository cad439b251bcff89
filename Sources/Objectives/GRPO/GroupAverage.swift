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
    case .sequenceMean: tape.mean(losses.map { $0.isEmpty ? tape.sum([]) : tape.mean($0) })
    case .tokenMean: tape.sum(losses.flatMap { $0 }) / tokenCount
    case .stepTokenMean: tape.sum(losses.flatMap { $0 }) / stepTokenCount
    case .maximalLength:
      tape.sum(losses.flatMap { $0 })
        / (Count.responses.value(losses.count) * settings.value(.maxCompletionLength))
    case .sequenceSum: tape.mean(losses.map { tape.sum($0) })
    }
  }
}
