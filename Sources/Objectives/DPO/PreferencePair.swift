public import Autodiff

/// Two responses to one prompt, of which people preferred the first, as policy and reference see their tokens.
public struct PreferencePair {
  /// Its number in the batch, for the names of terms.
  public let index: Int
  public var chosenLogp, rejectedLogp: [Scalar]
  /// Needed by every loss that compares with the reference.
  public var chosenRefLogp, rejectedRefLogp: [Scalar]?

  public init(
    index: Int, chosenLogp: [Scalar], rejectedLogp: [Scalar], chosenRefLogp: [Scalar]?, rejectedRefLogp: [Scalar]?
  ) {
    self.index = index
    self.chosenLogp = chosenLogp
    self.rejectedLogp = rejectedLogp
    self.chosenRefLogp = chosenRefLogp
    self.rejectedRefLogp = rejectedRefLogp
  }
}

/// One response of a pair, summed up: what the losses are made from.
struct ComparedResponse {
  /// Its tokens' log-probabilities, for losses that look at them.
  let tokens: [Scalar]
  /// `log π(y)`: the sum over its tokens, those beyond the shorter response weighted by `ld_alpha`.
  let logp: Scalar
  /// The same under the reference; nil without one.
  let refLogp: Scalar?
  /// `log π(y) − log π_ref(y)`, or `log π(y)` alone without a reference.
  let logRatio: Scalar
  /// What `f_divergence_type` makes of the log-ratio.
  let score: Scalar
  /// The implicit reward, `β` times the log-ratio.
  let reward: Scalar
}

/// A pair, summed up.
struct ComparedPair {
  let index: Int
  let chosen, rejected: ComparedResponse
  /// `β (score of the chosen − score of the rejected)`; with the reverse KL, the margin.
  let logit: Scalar
}
