public import Autodiff

/// The mean and the standard deviation of some numbers.
public struct Spread {
  public let mean: Scalar
  /// `√(variance + 1e-8)`, with n − 1 in the variance.
  public let std: Scalar
}

/// The mean and `√(σ² + 1e-8)` with Bessel's correction; the variance of a single number counts as 0.
///
/// Source: TRL `masked_whiten` and `masked_var(unbiased=True)`.
public func spread(of values: [Scalar], on tape: Tape) -> Spread {
  let mean = tape.mean(values)
  let squares = tape.sum(values.map { square($0 - mean) })
  let variance = values.count > 1 ? squares / Double(values.count - 1) : squares
  return Spread(mean: mean, std: sqrt(variance + 1e-8))
}
