public import Autodiff

/// An estimate of `KL(π ‖ π_ref)` from one token sampled from π.
///
/// With `d = log π − log π_ref` of the sampled token (Schulman 2020, «Approximating KL Divergence»; TRL
/// `PPOTrainer`, `kl_estimator`):
///
///     k1 = d                     unbiased, can be negative
///     k2 = d² / 2                biased, never negative
///     k3 = e^−d − 1 + d          unbiased, never negative
///     k3+                        k3 with the gradient of k2 (verl `kl_penalty`)
///
/// Put into a loss and differentiated under samples from π, k1's expected gradient is zero, k2's is that of
/// `KL(π ‖ π_ref)`, and k3's is that of the forward `KL(π_ref ‖ π)`.
public enum KLEstimator: String, Sendable {
  case k1, k2, k3
  case k3WithGradientOfK2 = "k3+"

  /// The borders within which a token's KL is kept.
  public struct Bounds: Sendable {
    /// Of d, before the estimate.
    public var logRatio: Constant?
    /// Of the estimate.
    public var estimate: Constant?

    /// `kl_log_ratio_clamp` and `kl_clamp`.
    public init(_ settings: Settings) {
      logRatio = settings.optionalValue(.klLogRatioClamp)
      estimate = settings.optionalValue(.klClamp)
    }
  }

  /// The estimate, without borders where none are given.
  public func callAsFunction(logp: Scalar, reference: Scalar, within bounds: Bounds? = nil) -> Scalar {
    let difference = logp - reference
    let d = bounds?.logRatio.map { clip(difference, -$0, $0) } ?? difference
    let estimate =
      switch self {
      case .k1: d
      case .k2: square(d) / 2
      case .k3, .k3WithGradientOfK2: exp(-d) - 1 + d
      }
    let bounded = bounds?.estimate.map { clip(estimate, -$0, $0) } ?? estimate
    guard self == .k3WithGradientOfK2 else { return bounded }
    // The gradient is that of the log-ratio as it is, which no border cuts off.
    let k2 = square(difference) / 2
    return k2 - stopGradient(k2) + stopGradient(bounded)
  }
}

/// `KL(p ‖ q) = Σ p (log p − log q)`, exactly, from two whole distributions of log-probabilities.
public func exactKL(_ logp: [Scalar], _ reference: [Scalar]) -> Scalar {
  logp[0].tape.sum(zip(logp, reference).map { p, q in exp(p) * (p - q) })
}

/// The next KL coefficient: `β (1 + clip(KL / target − 1, ±0.2) · n / horizon)`.
///
/// Source: openai/lm-human-preferences `AdaptiveKLController`; Ziegler et al. 2019, section 2.2.
public func adaptedKLCoefficient(
  _ beta: Scalar, kl: Scalar, target: Constant, horizon: Constant, responses: Int
) -> Scalar {
  beta * (1 + clip(kl / target - 1, -0.2, 0.2) * (Count.responses.value(responses) / horizon))
}
