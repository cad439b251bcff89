public import Autodiff

/// One sampled response, and what is known of it before learning starts.
public struct Response {
  /// Its number in the batch, for the names of terms.
  public let index: Int
  public var oldLogp: [Scalar]
  public var refLogp: [Scalar]
  /// The exact KL from the reference before each token, where whole distributions are known.
  public var exactKL: [Scalar]?
  public var score: Scalar
  public var hasEOS: Bool
  /// One per token, and one more for each empty slot after the response that counts as a step (`score_position`).
  public var oldValues: [Scalar]
  /// The rewards of a world that gives one at every step; nil where they are made of `score` and a KL penalty.
  public var stepRewards: [Scalar]?
  /// The critic's value where the episode was cut off; nil where it ended, and nothing more was to come.
  public var bootstrap: Scalar?
  /// What its returns are compared with, where that is a number that belongs to this response.
  public var baseline: Scalar?
  /// The log-probabilities in the engine that sampled, where it was another one; NaN where that engine could not tell.
  public var samplingLogp: [Scalar]?
  /// The weights of its tokens, or the one of all of them, for its sampler; nil where nothing is corrected.
  var samplingWeights: [Scalar]?
  /// Which tokens are learned from; nil for all.
  var tokenMask: [Bool]?

  public init(
    index: Int, oldLogp: [Scalar], refLogp: [Scalar], exactKL: [Scalar]?, score: Scalar, hasEOS: Bool,
    oldValues: [Scalar], stepRewards: [Scalar]? = nil, bootstrap: Scalar? = nil
  ) {
    self.index = index
    self.oldLogp = oldLogp
    self.refLogp = refLogp
    self.exactKL = exactKL
    self.score = score
    self.hasEOS = hasEOS
    self.oldValues = oldValues
    self.stepRewards = stepRewards
    self.bootstrap = bootstrap
  }

  public var tokenCount: Int { oldLogp.count }

  /// The weight of a token's objective for its sampler.
  public func samplingWeight(_ t: Int) -> Scalar? { samplingWeights.map { $0.count == 1 ? $0[0] : $0[t] } }

  /// Whether a step counts: every one but a token that was rejected for its sampler.
  public func counts(_ t: Int) -> Bool { tokenMask.map { t >= $0.count || $0[t] } ?? true }

  /// The numbers of the steps that count.
  func counted<Number>(_ numbers: [Number]) -> [Number] {
    tokenMask == nil ? numbers : numbers.indices.filter(counts).map { numbers[$0] }
  }
}

/// What PPO learns from: a response with rewards, advantages and returns.
public struct Experience {
  public let response: Response
  /// The response's score as it was rewarded: with the rule for a missing `<eos>`, and clipped.
  public let score: Scalar
  public let kl: [Scalar]
  public let penalties: [Scalar]
  /// One per step: a token, or an empty slot after the response.
  public let returns: [Scalar]
  /// One per token, before whitening.
  public let rawAdvantages: [Scalar]
  /// One per token; no gradient passes them. Nil where each minibatch whitens its own.
  public let advantages: [Scalar]?
}

/// How many empty slots after a response of `tokens` tokens count as steps.
///
/// TRL gives the score to the slot after the last token if the response has room for one; lm-human-preferences to the
/// last column, so that every slot up to there has a value and a return.
public func emptySlots(tokens: Int, responseLength: Int, settings: Settings) -> Int {
  switch settings.choice(.scorePosition) {
  case "after_last": min(1, max(0, responseLength - tokens))
  case "last_column": max(0, responseLength - tokens)
  default: 0
  }
}

/// From scored responses to advantages: KL penalty, rewards, whitening, GAE.
///
/// `R_t = −kl_coef · kl_t + [t = last] score` (Ziegler et al. 2019, equation 2; TRL `PPOTrainer.train`). Returns are
/// formed before the advantages are whitened.
public func experience<O: Observer>(
  from responses: [Response], klCoefficient: Scalar, settings: Settings, observer: O
) -> [Experience] {
  let shaped = shapedRewards(responses, klCoefficient: klCoefficient, settings: settings, observer: observer)
  let rewards =
    settings.flag(.whitenRewards)
    ? whitened(shaped.map { $0.rewards }, responses, ddof: settings.value(.whitenDegrees), observer)
    : shaped.map { $0.rewards }

  observer.begin(.gae)
  let estimates = zip(responses, rewards).map { response, rewards in
    generalizedAdvantages(
      sequence: response.index, rewards: rewards, values: response.oldValues, bootstrap: response.bootstrap,
      gamma: settings.value(.gamma), lam: settings.value(.lam), counts: response.counts, observer: observer)
  }

  let raw = zip(responses, estimates).map { Array($1.advantages.prefix($0.tokenCount)) }
  let isWhitenedLater = settings.flag(.whitenAdvantages) && settings.choice(.whitenScope) == "minibatch"
  let advantages =
    isWhitenedLater ? nil : finalAdvantages(raw, of: responses, settings: settings, observer: observer)
  return responses.indices.map { i in
    Experience(
      response: responses[i], score: shaped[i].score ?? responses[i].score, kl: shaped[i].kl,
      penalties: shaped[i].penalties,
      returns: estimates[i].returns.map(stopGradient), rawAdvantages: raw[i], advantages: advantages?[i])
  }
}

/// The advantages that the loss uses: whitened over all that count, if the settings say so, and detached.
func finalAdvantages<O: Observer>(
  _ raw: [[Scalar]], of responses: [Response], settings: Settings, observer: O
) -> [[Scalar]] {
  observer.begin(.whiten)
  var normalize: (Scalar) -> Scalar = { $0 }
  if settings.flag(.whitenAdvantages) {
    observer.beat()
    let spread = spread(
      of: zip(responses, raw).flatMap { $0.counted($1) }, ddof: settings.value(.whitenDegrees),
      isEpsilonOutside: settings.choice(.whitenEpsilon) == "deviation", on: observer.tape)
    let mean = observer.term(.advantageMean, spread.mean)
    let std = observer.term(.advantageStd, spread.std)
    normalize = { ($0 - mean) / std }
  }
  return zip(responses, raw).map { response, advantages in
    advantages.enumerated().map { t, advantage in
      guard response.counts(t) else { return advantage }
      observer.beat()
      return observer.term(.advantage, response.index, t, stopGradient(normalize(advantage)))
    }
  }
}

/// Each token's reward, and the KL penalty in it.
struct ShapedRewards {
  var kl: [Scalar] = []
  var penalties: [Scalar] = []
  var rewards: [Scalar] = []
  /// Nil where a world gave the rewards.
  var score: Scalar?
}

/// The rewards that a world gave, or a score and a KL penalty made into rewards.
func shapedRewards<O: Observer>(
  _ responses: [Response], klCoefficient: Scalar, settings: Settings, observer: O
) -> [ShapedRewards] {
  let estimator = KLEstimator(rawValue: settings.choice(.klEstimator))
  observer.begin(.klPenalty)
  return responses.map { response in
    let i = response.index
    if let rewards = response.stepRewards { return ShapedRewards(rewards: rewards) }
    var result = ShapedRewards()
    for t in response.oldLogp.indices {
      observer.beat()
      let estimate = estimator.map {
        $0(logp: response.oldLogp[t], reference: response.refLogp[t], within: KLEstimator.Bounds(settings))
      }
      let kl = observer.term(.kl, i, t, estimate ?? response.exactKL?[t] ?? observer.tape.constant(.nan))
      result.kl.append(kl)
      if settings.flag(.useKLLoss) {
        result.penalties.append(observer.tape.constant(0))
      } else {
        result.penalties.append(observer.term(.klPenalty, i, t, -klCoefficient * kl))
      }
    }
    var score = adjustedScore(response.score, hasEOS: response.hasEOS, settings: settings)
    if score.node != response.score.node {
      observer.beat()
      score = observer.term(.adjustedScore, i, score)
    }
    result.score = score
    let last = response.oldValues.count - 1
    for t in response.oldValues.indices {
      observer.beat()
      let penalty = t < result.penalties.count ? result.penalties[t] : observer.tape.constant(0)
      result.rewards.append(observer.term(.reward, i, t, t == last ? penalty + score : alias(penalty)))
    }
    return result
  }
}

/// The score after the rule for a missing `<eos>` and the clip of rewards.
public func adjustedScore(_ score: Scalar, hasEOS: Bool, settings: Settings) -> Scalar {
  var score = score
  if !hasEOS, let penalty = settings.optionalValue(.missingEOSPenalty) {
    score = settings.choice(.missingEOS) == "replace" ? score.tape.constant(-penalty) : score - penalty
  }
  if let limit = settings.optionalValue(.rewardClip) { score = clip(score, -limit, limit) }
  return score
}

/// `R / σ` with the mean put back: TRL's `masked_whiten(rewards, shift_mean=False)`.
private func whitened<O: Observer>(
  _ rewards: [[Scalar]], _ responses: [Response], ddof: Constant, _ observer: O
) -> [[Scalar]] {
  observer.begin(.whiten)
  observer.beat()
  let spread = spread(of: zip(responses, rewards).flatMap { $0.counted($1) }, ddof: ddof, on: observer.tape)
  let mean = observer.term(.rewardMean, spread.mean)
  let std = observer.term(.rewardStd, spread.std)
  return zip(responses, rewards).map { response, rewards in
    rewards.enumerated().map { t, reward in
      observer.beat()
      return observer.term(.reward, response.index, t, (reward - mean) / std + mean)
    }
  }
}
