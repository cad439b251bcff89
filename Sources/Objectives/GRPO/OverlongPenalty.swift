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
///   - index: The answer's number, for its length's index.
///   - limit: L, the longest permitted length.
///   - cache: c, how far below the limit the penalty begins.
///   - tape: Where the arithmetic is recorded.
public func overlongPenalty(tokenCount n: Int, of index: Int = -1, limit: Constant, cache: Constant, on tape: Tape)
  -> Scalar
{
  let start = limit - cache
  if Double(n) <= start.value { return tape.constant(0) }
  if Double(n) > limit.value { return tape.constant(-1) }
  return (start - tape.constant(Count.length.value(n, index))) / cache
}
