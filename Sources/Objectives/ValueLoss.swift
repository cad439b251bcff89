public import Autodiff

/// The squared error of one value, or the larger of it and that of the clipped value.
///
///     max( (V − G)², (clip(V, V_old − ε, V_old + ε) − G)² )
///
/// The factor ½ and the mean are the caller's. Source: TRL `PPOTrainer.train` (`vf_losses1`, `vf_losses2`).
public func valueObjective<O: Observer>(
  _ i: Int, _ t: Int, value: Scalar, oldValue: Scalar, returns: Scalar, cliprange: Constant?, observer: O
) -> Scalar {
  let error = observer.term(.valueError, i, t, square(value - returns))
  guard let cliprange else { return error }
  let near = clip(value, oldValue - cliprange, oldValue + cliprange)
  let clipped = observer.term(.clippedValue, i, t, near)
  let clippedError = observer.term(.clippedValueError, i, t, square(clipped - returns))
  return observer.term(.valueObjective, i, t, maximum(error, clippedError))
}
