import Autodiff

extension GroupLoss {
  /// GPG: the plain policy gradient, without a ratio: J = A · log π.
  ///
  /// Its paper scales advantages by the share of rewarded responses: `advantage_estimator` gpg. The mean is over all tokens.
  /// Source: Chu et al. 2025, GPG; verl `compute_policy_loss_gpg`.
  static let gpg = GroupLoss(
    name: "gpg", normalizer: .stepTokenMean, level: .token, judge: { _ in nil }, multipliesLogp: true)
}
