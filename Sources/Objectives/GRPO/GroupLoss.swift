import Autodiff

/// A member of GRPO's family: how a token's objective is made from ratio and advantage, and how the losses are averaged.
///
/// To add one, write a file like `CISPO.swift` and name it in `all`: the option table, the batches and the simulator
/// follow. The source of those here is TRL `GRPOTrainer._compute_loss`.
public struct GroupLoss: Sendable {
  /// How the tokens' losses are averaged.
  public enum Normalizer: Sendable {
    /// The mean over responses of the mean over their tokens: tokens of long responses weigh less.
    case sequenceMean
    /// The mean over the batch's tokens.
    case tokenMean
    /// The sum over the batch's tokens, divided by the number of those that the whole optimizer step sees.
    case stepTokenMean
    /// The sum over all tokens, divided by the number of responses times `max_completion_length`.
    case maximalLength
    /// The mean over responses of the sum over their tokens: long responses weigh more.
    case sequenceSum
  }

  /// What a ratio is of.
  public enum Level: Sendable {
    case token
    /// Of a response, the geometric mean of its tokens' ratios.
    case mean
    /// Of a response, the geometric mean of its tokens' ratios, each clipped first.
    case geometric
    /// Of a response, the product of its tokens' ratios to what sampled them.
    case whole
  }

  /// A ratio, the advantage it is multiplied by, and the names of its parts.
  struct Judged {
    let ratio: Scalar
    let advantage: Scalar
    let names: RatioNames
    let settings: Settings
    /// The token that the ratio is of; nil where it is of a response.
    let token: Token?
    let tape: Tape
    /// Names a number, as `Observer.term` does.
    let note: (Quantity, Scalar) -> Scalar

    struct Token {
      let logp, oldLogp: Scalar
      /// Whether it is one of those with the largest covariance.
      let isSelected: Bool
    }
  }

  /// The value of `loss_type`.
  public let name: String
  public let normalizer: Normalizer
  /// What its ratios are of; nil where `importance_sampling_level` says it.
  var level: Level?
  /// Makes the objective from a ratio; with `multipliesLogp`, the weight of the token's log-probability, nil for 1.
  let judge: @Sendable (Judged) -> Scalar?
  /// Whether the gradient comes through log π, and the ratio is a plain weight.
  var multipliesLogp = false
  /// Whether the ratio is clipped at 1 ± epsilon, as `clip_ratio` counts.
  var isClipped = false
  /// Whether the ratio is a weight that is held at epsilon_high, as `cispo_clip_ratio` counts.
  public var boundsWeight = false
  /// Whether tokens are picked by the covariance of log-probability and advantage.
  var usesCovariance = false
  /// Whether a token's loss is multiplied by the weight for its sampler; otherwise the objective has it already.
  var weighsSampler = true

  /// Whether it clips as PPO does, token by token or response by response: only their average tells such losses apart.
  public var isPlain: Bool { isClipped && level == nil }

  /// Whether the passes of one optimizer step add up to its loss; otherwise they are averaged.
  public var dividesByStep: Bool { if case .stepTokenMean = normalizer { true } else { false } }

  /// The members of the family, in the order of the option table.
  public static let all: [GroupLoss] = [
    grpo, drGRPO, dapo, bnpo, cispo, sapo, luspo, vespo, gmpo, gpg, dppoTV, dppoKL, clipCov, klCov,
  ]

  /// What the ratios are of under these settings.
  func level(_ settings: Settings) -> Level {
    level ?? (settings.choice(.importanceSamplingLevel) == "sequence" ? .mean : .token)
  }

  /// The loss that the settings name.
  public static func chosen(by settings: Settings) -> GroupLoss {
    let name = settings.choice(.groupLoss)
    return all.first { $0.name == name } ?? dapo
  }
}

/// The names of a ratio's parts: of a token's ratio, or of a whole response's.
struct RatioNames {
  let bounded, clipped, surrogate, clippedSurrogate, objective, weight, soft: Quantity

  static let token = RatioNames(
    bounded: .boundedRatio, clipped: .clippedRatio, surrogate: .surrogate, clippedSurrogate: .clippedSurrogate,
    objective: .objective, weight: .ratioWeight, soft: .softRatio)
  static let sequence = RatioNames(
    bounded: .boundedSequenceRatio, clipped: .clippedSequenceRatio, surrogate: .sequenceSurrogate,
    clippedSurrogate: .clippedSequenceSurrogate, objective: .sequenceObjective, weight: .sequenceRatioWeight,
    soft: .sequenceSoftRatio)
}
