import Autodiff

extension PreferenceLoss {
  /// The hinge: `max(0, 1 − z)`, which leaves alone what leads by 1.
  ///
  /// Source: Zhao et al. 2023, SLiC, equation 2; TRL.
  static let hinge = PreferenceLoss("hinge") { pair, batch in maximum(1 - pair.logit, batch.tape.constant(0)) }
}
