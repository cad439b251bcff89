import Autodiff

/// By what tokens or responses are rejected that another engine sampled, a value of `rollout_rs`.
///
/// With `ℓ = log π_old − log π_sampler` of a token, held within ±20:
///
///     ratio  e^ℓ  within the bounds            k1  −ℓ  within the bounds' logarithms
///     k2     ℓ² / 2  at most the bound         k3  e^ℓ − 1 − ℓ  at most the bound
///
/// each of a token, or as sum, mean or maximum of a response's tokens. Source: verl `rollout_corr_helper.py`; `token`,
/// `sequence` and `geometric` are the names it had for ratios until 2026.
public struct RejectionMode: Sendable {
  /// What is kept or rejected as one, and how it comes from its tokens.
  public enum Level: Sendable { case token, sum, mean, max }

  /// What is compared with the bounds.
  public enum Measure: Sendable {
    case ratio, k1, k2, k3

    /// Whether it estimates the KL, which has no lower bound.
    public var isEstimate: Bool { self == .k2 || self == .k3 }

    /// Of one token; nil where the log-ratio itself is compared.
    func estimate(_ logRatio: Scalar) -> Scalar? {
      switch self {
      case .ratio, .k1: nil
      case .k2: square(logRatio) / 2
      case .k3: exp(logRatio) - 1 - logRatio
      }
    }
  }

  public let name: String
  public let level: Level
  public let measure: Measure

  private init(_ name: String, _ level: Level, _ measure: Measure) {
    (self.name, self.level, self.measure) = (name, level, measure)
  }

  public static let all = [
    RejectionMode("token", .token, .ratio), RejectionMode("sequence", .sum, .ratio),
    RejectionMode("geometric", .mean, .ratio),
    RejectionMode("token_k1", .token, .k1), RejectionMode("token_k2", .token, .k2),
    RejectionMode("token_k3", .token, .k3),
    RejectionMode("seq_sum_k1", .sum, .k1), RejectionMode("seq_sum_k2", .sum, .k2),
    RejectionMode("seq_sum_k3", .sum, .k3),
    RejectionMode("seq_mean_k1", .mean, .k1), RejectionMode("seq_mean_k2", .mean, .k2),
    RejectionMode("seq_mean_k3", .mean, .k3), RejectionMode("seq_max_k2", .max, .k2),
    RejectionMode("seq_max_k3", .max, .k3),
  ]

  /// Whether it looks at each token's ratio, which is named then.
  var isOfTokenRatios: Bool { level == .token && !measure.isEstimate }
}
