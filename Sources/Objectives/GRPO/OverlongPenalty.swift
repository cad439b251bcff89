public import Autodiff

/// DAPO's soft punishment of answers that come near the longest permitted one.
///
///     0                        n ≤ L − c
///     (L − c − n) / c          L − c < n ≤ L
///     −1                       n > L
///
/// Source: Yu et al. 2025, DAPO, equation 13; TRL `get_soft_overlong_punishment`.
///
/// - Parameter cache: c, how far from the limit the punishment begins.
public func overlongPenalty(tokenCount n: Int, limit: Int, cache: Double, on tape: Tape) -> Scalar {
  let start = Double(limit) - cache
  if Double(n) <= start { return tape.constant(0) }
  if n > limit { return tape.constant(-1) }
  return (start - tape.leaf(Double(n))) / cache
}
