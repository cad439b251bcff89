import Autodiff

extension PreferenceLoss {
  /// The hinge: `max(0, 1 − z)`; pairs whose margin is at least 1 contribute nothing, and no gradient.
  ///
  /// Source: Zhao et al. 2023, SLiC, equation 2; TRL, `torch.relu`.
  static let hinge = PreferenceLoss("hinge", judgesMargin: true) { pair, _ in relu(1 - pair.logit) }
}
