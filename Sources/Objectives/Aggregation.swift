public import Autodiff

/// How the numbers of tokens become one number; names and meaning are those of verl's `agg_loss`, but for `token-sum`.
public struct Aggregation: Sendable {
  /// How numbers are added up and divided.
  public enum Mode: String, CaseIterable, Sendable {
    /// The mean over all tokens: long responses weigh more. TRL's `masked_mean`.
    case tokenMean = "token-mean"
    /// The mean over responses of the sum over tokens: an unbiased estimate of the policy gradient.
    case sequenceSum = "seq-mean-token-sum"
    /// The mean over responses of the mean over tokens: tokens of long responses weigh less.
    case sequenceMean = "seq-mean-token-mean"
    /// The mean over responses of the sum over tokens, divided by one number for all of them.
    case sequenceSumNorm = "seq-mean-token-sum-norm"
    /// The sum over all tokens: the larger the batch, the larger the gradient.
    case tokenSum = "token-sum"
  }

  public let mode: Mode
  /// The divisor of `sequenceSumNorm`; nil for the length of the longest response at hand.
  public let scale: Constant?

  public init(_ mode: Mode, scale: Constant? = nil) {
    self.mode = mode
    self.scale = scale
  }

  /// The mode that an option names: `loss_agg_mode`, or `vf_loss_agg_mode` for the critic.
  public init(_ settings: Settings, _ option: Option = .aggregation) {
    self.init(
      Mode(rawValue: settings.choice(option)) ?? .tokenMean, scale: settings.optionalValue(.lossScaleFactor))
  }

  /// What becomes of the numbers, in a word.
  var noun: String { mode == .tokenSum ? "sum" : "average" }

  /// The sum or average of the numbers of all tokens, given by response; there must be some.
  public func callAsFunction(_ sequences: [[Scalar]], on tape: Tape) -> Scalar {
    switch mode {
    case .tokenMean: return tape.mean(sequences.flatMap { $0 })
    case .sequenceSum: return tape.mean(sequences.map { tape.sum($0) })
    case .sequenceMean: return tape.mean(sequences.map { tape.mean($0) })
    case .tokenSum: return tape.sum(sequences.flatMap { $0 })
    case .sequenceSumNorm:
      let longest = sequences.reduce(0) { max($0, $1.count) }
      return tape.mean(sequences.map { tape.sum($0) }) / (scale ?? Count.longest.value(max(1, longest)))
    }
  }
}
