import Autodiff

/// The divergence from the reference that is kept small, given by its derivative f′ at the ratio `e^x`.
///
///     reverse_kl        x                               DPO's own
///     forward_kl        1 − e^−x
///     js_divergence     log 2 + log σ(x)
///     alpha_divergence  (e^((α−1) x) − 1) / (α − 1)     1 is the reverse KL, 0 the forward one
///
/// Each is 0 at x = 0. The constants cancel in the difference of two responses, unless a loss divides each by its length.
/// α is `f_alpha_divergence_coef`, which is 1 − α of the paper. Source: Wang et al. 2023, f-DPO, table 1 and equation 8;
/// TRL `DPOTrainer._compute_loss`, which keeps the exponent at 80 or below.
public enum PreferenceDivergence: String, CaseIterable, Sendable {
  case reverseKL = "reverse_kl"
  case forwardKL = "forward_kl"
  case jensenShannon = "js_divergence"
  case alpha = "alpha_divergence"

  func callAsFunction(_ logRatio: Scalar, settings: Settings) -> Scalar {
    switch self {
    case .reverseKL: return logRatio
    case .forwardKL: return 1 - exp(-logRatio)
    case .jensenShannon: return Elementary.log(2) + logSigmoid(logRatio)
    case .alpha:
      let slope = settings.value(.alphaDivergenceCoefficient) - 1
      guard slope.value.magnitude >= 1e-6 else { return logRatio }
      return (exp(clip(slope * logRatio, -.infinity, 80)) - 1) / slope
    }
  }
}
