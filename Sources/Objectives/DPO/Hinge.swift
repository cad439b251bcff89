import Autodiff

extension PreferenceLoss {
  /// The hinge: `max(0, 1 − z)`; pairs whose margin z is at least 1 contribute nothing.
  ///
  /// Source: Zhao et al. 2023, SLiC, equation 2; TRL.
  static let hinge = PreferenceLoss("hinge") { pair, batch in maximum(1 - pair.logit, batch.tape.constant(0)) }
}
