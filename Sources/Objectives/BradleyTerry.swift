public import Autodiff

/// The Bradley-Terry loss of one preference: `−log σ(r_chosen − r_rejected)`.
///
/// Source: Christiano et al. 2017, equation 1; TRL `RewardTrainer.compute_loss`.
public func bradleyTerryLoss(margin: Scalar) -> Scalar { -logSigmoid(margin) }
