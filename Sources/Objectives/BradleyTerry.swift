public import Autodiff

/// The Bradley-Terry loss of one preference: `−log σ(r_chosen − r_rejected)`.
///
/// Source: Christiano et al. 2017, equation 1; TRL `RewardTrainer.compute_loss`.
public func bradleyTerryLoss(margin: Scalar) -> Scalar { -logSigmoid(margin) }

/// A penalty that keeps a pair's scores near 0, since the loss fixes only their difference: `c (r_chosen + r_rejected)²`.
///
/// Source: Eisenstein et al. 2023, equation 4; TRL `RewardTrainer.compute_loss`, `center_rewards_coefficient`.
public func centeringLoss(chosen: Scalar, rejected: Scalar, coefficient: Constant) -> Scalar {
  coefficient * square(chosen + rejected)
}
