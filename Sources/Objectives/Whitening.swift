public import Autodiff

/// The mean and the standard deviation of some numbers.
public struct Spread {
  public let mean: Scalar
  /// `√(variance + 1e-8)`, or `√variance + 1e-8`.
  public let std: Scalar
}

/// The mean and `√(σ² + 1e-8)`, with `n − ddof` in the variance; the variance of a single number counts as 0.
///
/// With `isEpsilonOutside`, the deviation is `σ + 1e-8`. Source: TRL `masked_whiten` and `masked_var(unbiased=True)`
/// for `ddof` 1; CleanRL `ppo.py`, `norm_adv`, for the epsilon outside of the root.
public func spread(of values: [Scalar], ddof: Constant, isEpsilonOutside: Bool = false, on tape: Tape) -> Spread {
  let mean = tape.mean(values)
  let squares = tape.sum(values.map { square($0 - mean) })
  let degrees = Count.numbers.value(values.count) - ddof
  let variance = squares / (degrees.value < 1 ? Constant(1) : degrees)
  return Spread(mean: mean, std: isEpsilonOutside ? sqrt(variance) + 1e-8 : sqrt(variance + 1e-8))
}
