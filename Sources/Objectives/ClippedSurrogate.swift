public import Autodiff

/// The borders of a clip, made once for all tokens.
public struct ClipRange: Sendable {
  public let low, high: Constant

  public init(_ low: Constant, _ high: Constant) {
    self.low = low
    self.high = high
  }
}

/// The importance ratio `π_θ / π_old` of one token, by way of the log-ratio.
///
/// `clamp` keeps the log-ratio within a range first, as verl does with ± 20. Source: Schulman et al. 2017, section 3;
/// verl `compute_policy_loss`.
public func importanceRatio<O: Observer>(
  _ i: Int, _ t: Int, logp: Scalar, oldLogp: Scalar, clamp: ClipRange?, observer: O
) -> Scalar {
  let difference = logp - oldLogp
  let logRatio = observer.term(.logRatio, i, t, clamp.map { clip(difference, $0.low, $0.high) } ?? difference)
  return observer.term(.ratio, i, t, exp(logRatio))
}

/// PPO's pessimistic objective of one token: `min(r A, clip(r, range) A)`, the range being `1 − low … 1 + high`.
///
/// With a dual clip `c`, an objective of negative advantage never falls below `c A`. Source: Schulman et al. 2017,
/// equation 7; Ye et al. 2020, equation 5; Yu et al. 2025 (DAPO), equation 10 for `low ≠ high`.
public func clippedSurrogate<O: Observer>(
  _ i: Int, _ t: Int, ratio: Scalar, advantage: Scalar, range: ClipRange, dualClip: Constant?, observer: O
) -> Scalar {
  let clipped = observer.term(.clippedRatio, i, t, clip(ratio, range.low, range.high))
  let surrogate = observer.term(.surrogate, i, t, ratio * advantage)
  let clippedSurrogate = observer.term(.clippedSurrogate, i, t, clipped * advantage)
  let pessimistic = minimum(surrogate, clippedSurrogate)
  guard let dualClip, advantage.value < 0 else { return observer.term(.objective, i, t, pessimistic) }
  let floor = observer.term(.dualClip, i, t, dualClip * advantage)
  return observer.term(.objective, i, t, maximum(pessimistic, floor))
}
