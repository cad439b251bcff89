public import Autodiff

/// How the tokens' numbers are averaged; names and meaning are those of verl's `agg_loss`.
public enum Aggregation: String, Sendable {
  /// The mean over all tokens: long responses weigh more. TRL's `masked_mean`.
  case tokenMean = "token-mean"
  /// The mean over responses of the sum over tokens: an unbiased estimate of the policy gradient.
  case sequenceSum = "seq-mean-token-sum"
  /// The mean over responses of the mean over tokens: tokens of long responses weigh less.
  case sequenceMean = "seq-mean-token-mean"

  public func callAsFunction(_ sequences: [[Scalar]], on tape: Tape) -> Scalar {
    switch self {
    case .tokenMean: tape.mean(sequences.flatMap { $0 })
    case .sequenceSum: tape.mean(sequences.map { tape.sum($0) })
    case .sequenceMean: tape.mean(sequences.map { tape.mean($0) })
    }
  }
}
