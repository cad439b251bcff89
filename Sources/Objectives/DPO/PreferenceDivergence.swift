import Autodiff

/// The divergence from the reference that is kept small, given by its derivative f′ at the ratio `e^x`.
///
///     reverse_kl        x                               DPO's own
///     forward_kl        −e^−x
///     js_divergence     log σ(x)
///     alpha_divergence  e^((α−1) x) / (α − 1)           α = f_alpha_divergence_coef; 1 is the reverse KL
///
/// Constants cancel in the difference of two responses. Source: Wang et al. 2023, f-DPO, table 1 and equation 8; TRL
/// `DPOTrainer._compute_loss`, which keeps the exponent at 80 or below.
public enum PreferenceDivergence: String, CaseIterable, Sendable {
  case reverseKL = "reverse_kl"
  case forwardKL = "forward_kl"
  case jensenShannon = "js_divergence"
  case alpha = "alpha_divergence"

  func callAsFunction(_ logRatio: Scalar, settings: Settings) -> Scalar {
    switch self {
    case .reverseKL: return logRatio
    case .forwardKL: return -exp(-logRatio)
    case .jensenShannon: return logSigmoid(logRatio)
    case .alpha:
      let slope = settings.number(.alphaDivergenceCoefficient) - 1
      guard slope.magnitude >= 1e-6 else { return logRatio }
      return exp(clip(slope * logRatio, -.infinity, 80)) / slope
    }
  }
}
