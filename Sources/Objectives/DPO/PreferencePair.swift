public import Autodiff

/// Two responses to one prompt, the first preferred, with the log-probabilities of policy and reference.
public struct PreferencePair {
  /// Its number in the batch, for the names of terms.
  public let index: Int
  public var chosenLogp, rejectedLogp: [Scalar]
  /// Needed by every loss that compares with the reference.
  public var chosenRefLogp, rejectedRefLogp: [Scalar]?
  /// `log Σ_v π(v)²` of the policy's distribution before each token; needed by `use_weighting`.
  public var chosenCollisions, rejectedCollisions: [Scalar]?
  /// By how much the chosen response is to lead; nil for `reward_margin`.
  public var margin: Scalar?
  /// The scores by which one was preferred, where scores decided.
  public var scores: (chosen: Scalar, rejected: Scalar)?

  /// - Parameters:
  ///   - index: Its number in the batch.
  ///   - chosenLogp: The policy's log-probability of each token of the chosen response.
  ///   - rejectedLogp: That of each token of the rejected one.
  ///   - chosenRefLogp: The reference's of the chosen response; nil without one.
  ///   - rejectedRefLogp: The reference's of the rejected one.
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

/// One response of a pair, summed up: the input of the losses.
struct ComparedResponse {
  /// Its tokens' log-probabilities, for losses that need them.
  let tokens: [Scalar]
  /// `log π(y)`: the sum over its tokens, those beyond the shorter response weighted by `ld_alpha`; or their mean, for
  /// a loss that averages tokens.
  let logp: Scalar
  /// The same under the reference; nil without one.
  let refLogp: Scalar?
  /// `log π(y) − log π_ref(y)`, or `log π(y)` alone without a reference.
  let logRatio: Scalar
  /// The log-ratio, transformed as `f_divergence_type` says.
  let score: Scalar
  /// The implicit reward, `β` times the log-ratio.
  let reward: Scalar
}

/// A pair, summed up.
struct ComparedPair {
  var index: Int
  let chosen, rejected: ComparedResponse
  /// `β (score of the chosen − score of the rejected)`, which with the reverse KL is the margin, minus what it is to lead by.
  let logit: Scalar
  /// The same without anything to lead by: how surely the chosen response is the better one.
  let preference: Scalar
  /// What the pair's loss is multiplied by; nil for 1.
  var weight: Scalar?
}
