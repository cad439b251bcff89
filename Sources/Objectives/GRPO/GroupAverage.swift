import Autodiff

/// The averages by which the members of GRPO's family differ.
///
/// Source: TRL `GRPOTrainer._compute_loss`; each loss names its paper.
struct GroupAverage {
  /// The tokens of each response that count: 0 for one that is left out.
  let lengths: [Int]
  /// The tokens of the longest response.
  let paddedLength: Int

  /// The tokens that count in all batches of an optimizer step.
  let stepTokenCount: Double

  /// The number of tokens that count here; 1 where there is none, to divide by.
  var tokenCount: Double { Double(max(1, lengths.reduce(0) { $0 + $1 })) }

  /// - Parameter padding: What some empty slots after a response add, where TRL has a loss for every token; nil where
  ///   a response has a single one.
  func callAsFunction(
    _ losses: [[Scalar]], _ normalizer: GroupLoss.Normalizer, settings: Settings, on tape: Tape,
    padding: ((_ response: Int, _ slots: Int) -> Scalar?)?
  ) -> Scalar {
    switch normalizer {
    case .sequenceMean: tape.mean(losses.map { $0.isEmpty ? tape.constant(0) : tape.mean($0) })
    case .tokenMean: tape.sum(losses.flatMap { $0 }) / tokenCount
    case .stepTokenMean: tape.sum(losses.flatMap { $0 }) / stepTokenCount
    case .maximalLength:
      tape.sum(losses.flatMap { $0 }) / (Double(losses.count) * Double(settings.integer(.maxCompletionLength)))
    case .sequenceSum: tape.mean(losses.indices.map { lengthWeighted($0, losses[$0], on: tape, padding: padding) })
    }
  }

  /// A response's length times the mean of its losses, which TRL takes over the padded length.
  private func lengthWeighted(
    _ n: Int, _ losses: [Scalar], on tape: Tape, padding: ((Int, Int) -> Scalar?)?
  ) -> Scalar {
    let sum = tape.sum(losses)
    guard let padding, !losses.isEmpty else { return sum }
    let padded = padding(n, paddedLength - losses.count).map { sum + $0 } ?? sum
    return padded * (Double(losses.count) / Double(paddedLength))
  }
}
