public import Autodiff

/// DAPO's soft penalty on answers close to the maximal length.
///
///     0                        n ≤ L − c
///     (L − c − n) / c          L − c < n ≤ L
///     −1                       n > L
///
/// Source: Yu et al. 2025, DAPO, equation 13; TRL `get_soft_overlong_punishment`.
///
/// - Parameters:
///   - n: The answer's length in tokens.
///   - limit: L, the longest permitted length.
///   - cache: c, how far below the limit the penalty begins.
///   - tape: Where the arithmetic is recorded.
public func overlongPenalty(tokenCount n: Int, limit: Int, cache: Double, on tape: Tape) -> Scalar {
  let start = Double(limit) - cache
  if Double(n) <= start { return tape.constant(0) }
  if n > limit { return tape.constant(-1) }
  return (start - tape.leaf(Double(n))) / cache
}
