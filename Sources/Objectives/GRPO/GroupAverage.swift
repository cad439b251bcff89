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
  var tokenCount: Double { Double(max(1, lengths.reduce(0) { $0 + $1 })) }

  func callAsFunction(
    _ losses: [[Scalar]], _ normalizer: GroupLoss.Normalizer, settings: Settings, on tape: Tape
  ) -> Scalar {
    switch normalizer {
    case .sequenceMean: tape.mean(losses.map { $0.isEmpty ? tape.constant(0) : tape.mean($0) })
    case .tokenMean: tape.sum(losses.flatMap { $0 }) / tokenCount
    case .stepTokenMean: tape.sum(losses.flatMap { $0 }) / max(1, stepTokens ?? tokenCount)
    case .maximalLength:
      tape.sum(losses.flatMap { $0 }) / (Double(losses.count) * Double(settings.integer(.maxCompletionLength)))
    case .sequenceSum: tape.mean(losses.map { tape.sum($0) })
    }
  }
}
