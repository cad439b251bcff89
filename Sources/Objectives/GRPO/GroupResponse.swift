public import Autodiff

/// One of several answers to a prompt, and what is known of it before learning starts.
public struct GroupResponse {
  /// Its number in the batch, for the names of terms.
  public let index: Int
  /// The number of its group, from 0.
  public let group: Int
  public var oldLogp: [Scalar]
  /// Needed where `beta` is not 0.
  public var refLogp: [Scalar]?
  public var reward: Scalar
  /// Whether the answer ended by itself and was not cut off.
  public var isComplete: Bool
  public let tokenCount: Int
  /// The log-probabilities in the engine that sampled, where it was another one; NaN where that engine could not tell.
  public var samplingLogp: [Scalar]?
  /// Which tokens are learned from; nil for all.
  public var tokenMask: [Bool]?
  /// `tokenMask` as it was given, before anything was rejected.
  let givenMask: [Bool]?
  /// How many tokens the policy wrote, without those of tools; of an answer that is left out as a whole its mask says nothing.
  var writtenCount: Int {
    let written = givenMask.map { $0.count { $0 } } ?? 0
    return written > 0 ? written : tokenCount
  }
  /// What each reward function gave it, nil where one did not judge it; empty where there is one reward.
  public var rewards: [Scalar?] = []
  /// The weights of its tokens, or the one of all of them, for its sampler; nil where nothing is corrected.
  var samplingWeights: [Scalar]?

  /// - Parameters:
  ///   - index: Its number in the batch.
  ///   - group: The number of its group.
  ///   - oldLogp: The sampling policy's log-probability of each token; empty where it is unknown and nothing is learned.
  ///   - refLogp: The reference's, needed where `beta` is not 0.
  ///   - reward: What it earned.
  ///   - isComplete: Whether it ended by itself.
  ///   - tokenCount: How long it is, where `oldLogp` does not say it.
  ///   - samplingLogp: The sampler's log-probabilities, where another engine sampled.
  ///   - tokenMask: Which tokens are learned from; nil for all.
  public init(
    index: Int, group: Int, oldLogp: [Scalar], refLogp: [Scalar]?, reward: Scalar, isComplete: Bool = true,
    tokenCount: Int? = nil, samplingLogp: [Scalar]? = nil, tokenMask: [Bool]? = nil
  ) {
    self.index = index
    self.group = group
    self.oldLogp = oldLogp
    self.refLogp = refLogp
    self.reward = reward
    self.isComplete = isComplete
    self.tokenCount = tokenCount ?? oldLogp.count
    self.samplingLogp = samplingLogp
    self.tokenMask = tokenMask
    givenMask = tokenMask
  }

  /// Whether a token is learned from.
  func counts(_ t: Int) -> Bool { tokenMask?[t] ?? true }

  /// How many of its tokens are the policy's own, and learned from.
  var countedTokens: Int { (0..<tokenCount).count { counts($0) } }

  /// The weight of a token's loss for its sampler.
  func samplingWeight(_ t: Int) -> Scalar? { samplingWeights.map { $0.count == 1 ? $0[0] : $0[t] } }
}

/// What is known about a group besides its rewards; only what the options need must be there.
public struct GroupContext {
  /// The factor of the group's advantages; nil for 1.
  public var weight: Scalar?
  /// The reference policy's mean reward in this group, for `advantage_baseline` reference.
  public var referenceReward: Scalar?
  /// The group's running mean reward before this batch, for `advantage_baseline` ema.
  public var runningReward: Scalar?

  public init(weight: Scalar? = nil, referenceReward: Scalar? = nil, runningReward: Scalar? = nil) {
    self.weight = weight
    self.referenceReward = referenceReward
    self.runningReward = runningReward
  }
}

/// The current policy's numbers for one answer.
public struct GroupPrediction {
  public let response: GroupResponse
  public let advantage: Scalar
  public let logp: [Scalar]
  /// One per token; needed where `entropy_coef` is not 0 or `top_entropy_quantile` is below 1.
  public let entropies: [Scalar]?

  public init(response: GroupResponse, advantage: Scalar, logp: [Scalar], entropies: [Scalar]?) {
    self.response = response
    self.advantage = advantage
    self.logp = logp
    self.entropies = entropies
  }

  var index: Int { response.index }
}
