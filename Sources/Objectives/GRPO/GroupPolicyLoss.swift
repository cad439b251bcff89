public import Autodiff

/// Which part of an optimizer step a batch is, where the gradients of several batches are accumulated.
public struct StepPart: Sendable {
  /// How many tokens count in the whole step, divided by the processes that share it; nil where the batch is all of it.
  public var tokens: Double?
  /// Which share of the step the batch is: 1 over the number of batches whose gradients are accumulated.
  public var share: Double

  public init(tokens: Double? = nil, share: Double = 1) {
    self.tokens = tokens
    self.share = share
  }
}

/// The loss of a batch of groups, and what trainers log of it.
public struct GroupPolicyLoss {
  public let loss: Scalar
  /// The loss without the entropy bonus.
  public let policyLoss: Scalar
  public let meanKL, meanEntropy: Scalar?
  public let clips: GroupClips?
  public let cispoClipFraction: Scalar?
  public let meanGammaWeight: Scalar?
  /// `target_entropy` minus the mean entropy; nil without an entropy bonus.
  public let entropyGap: Double?
}

/// The loss of GRPO's family: the tokens' objectives with the KL from the reference, averaged as `loss_type` says.
///
///     ℓ_t = −J_t · masks · w_t + β KL_t        KL_t by `kl_estimator`: k3 = e^d − d − 1, d = log π_ref − log π
///     L   = average(ℓ) − entropy_coef · H
///
/// w_t is the token's weight for the engine that sampled it, 1 where nothing is corrected.
///
/// Source: Shao et al. 2024, equations 3 and 4; TRL `GRPOTrainer._compute_loss`.
///
/// - Parameters:
///   - batch: The answers that this part of the step learns from.
///   - part: Which part of an optimizer step this batch is, for losses whose parts add up: dapo, cispo and all others
///     that divide by the step's tokens.
///   - entropyCoefficient: The weight of the entropy bonus, where it adapts; nil for `entropy_coef`.
///   - settings: Which member of the family, and its clips and coefficients.
///   - observer: Is told every named number.
public func groupPolicyLoss<O: Observer>(
  _ batch: [GroupPrediction], part: StepPart = StepPart(), entropyCoefficient: Scalar? = nil, settings: Settings,
  observer: O
) -> GroupPolicyLoss {
  let variant = GroupLoss.chosen(by: settings)
  let level = variant.level(settings)
  let masks = GroupMasks(batch, settings: settings, observer: observer)
  let ratios = groupRatios(batch, of: level, masks: masks, settings: settings, observer: observer)
  let (objectives, weights) = objectives(
    batch, variant, isShared: level != .token, ratios: ratios, settings: settings, observer: observer)
  let kls = klTerms(
    batch, ratios: level == .token || level == .mean ? ratios : nil, settings: settings, observer: observer)
  let entropies = entropyTerms(batch, observer: observer)

  observer.begin(.loss)
  let losses = tokenLosses(batch, variant, objectives, masks: masks, kls: kls, settings: settings, observer: observer)
  let lengths = masks.counts.map { $0.count { $0 } }
  let average = GroupAverage(lengths: lengths, stepTokens: part.tokens)
  observer.beat()
  let mean = average(losses, variant.normalizer, settings: settings, on: observer.tape)
  let policyLoss = observer.term(.policyLoss, mean)
  var loss = policyLoss
  var gap: Double?
  if let entropies, settings.hasEntropyBonus {
    let mean = entropyBonus(entropies, masks: masks, on: observer.tape)
    gap = settings.number(.targetEntropy) - mean.value
    let own = variant.dividesByStep && part.share != 1 ? Count.share.value(part.share) * mean : mean
    let charge = entropyCharge(
      observer.term(.entropyBonus, own), mean: mean, coefficient: entropyCoefficient, settings: settings,
      observer: observer)
    if let charge { loss = loss - charge }
  }
  observer.beat()
  loss = observer.term(.loss, loss.node == policyLoss.node ? alias(loss) : loss)

  let summary = GroupSummary(
    batch, variant, counts: masks.counts, ratios: ratios, isPerSequence: level != .token, settings)
  return GroupPolicyLoss(
    loss: loss, policyLoss: policyLoss,
    meanKL: kls.map { summary.tokenMean($0, on: observer.tape) },
    meanEntropy: entropies.map { summary.tokenMean($0, on: observer.tape) },
    clips: variant.isClipped ? summary.clips(on: observer.tape) : nil,
    cispoClipFraction: variant.boundsWeight ? summary.cispoClipFraction(on: observer.tape) : nil,
    meanGammaWeight: level == .whole ? masks.mean(ofEach: weights, on: observer.tape) : nil, entropyGap: gap)
}

// MARK: - The parts of a token's loss

/// One objective per token: its own, or that of its response; and what was made of each response's ratio, where it has one.
private func objectives<O: Observer>(
  _ batch: [GroupPrediction], _ variant: GroupLoss, isShared: Bool, ratios: [[Scalar]], settings: Settings, observer: O
) -> (tokens: [[Scalar]], shared: [Scalar]) {
  observer.begin(variant.isClipped ? .clip : .objective)
  var shared: [Scalar] = []
  let covariances =
    variant.usesCovariance
    ? Covariances(batch, variant, ratios: ratios, settings: settings, on: observer.tape) : nil
  let tokens = batch.indices.map { n in
    let prediction = batch[n]
    let judged = ratios[n].enumerated().map { t, ratio in
      observer.beat()
      let j = isShared ? -1 : t
      if let covariances { _ = observer.term(.covariance, prediction.index, t, covariances.values[n][t]) }
      let token =
        isShared
        ? nil
        : GroupLoss.Judged.Token(
          logp: prediction.logp[t], oldLogp: prediction.response.oldLogp[t],
          isSelected: covariances?.isSelected[n][t] ?? false)
      let value = variant.judge(
        GroupLoss.Judged(
          ratio: ratio, advantage: prediction.advantage, names: isShared ? .sequence : .token, settings: settings,
          token: token, tape: observer.tape, note: { observer.term($0, prediction.index, j, $1) }))
      return variant.multipliesLogp && !isShared
        ? weighted(prediction, t, by: value, observer: observer) : value ?? ratio
    }
    guard isShared else { return judged }
    shared.append(judged[0])
    return prediction.logp.indices.map { t in
      guard variant.multipliesLogp else { return judged[0] }
      observer.beat()
      return weighted(prediction, t, by: judged[0], observer: observer)
    }
  }
  return (tokens, shared)
}

/// A token's objective where the gradient comes through log π: `weight · A · log π`.
private func weighted<O: Observer>(
  _ prediction: GroupPrediction, _ t: Int, by weight: Scalar?, observer: O
) -> Scalar {
  let advantage = weight.map { $0 * prediction.advantage } ?? prediction.advantage
  return observer.term(.objective, prediction.index, t, advantage * prediction.logp[t])
}

private func klTerms<O: Observer>(
  _ batch: [GroupPrediction], ratios: [[Scalar]]?, settings: Settings, observer: O
) -> [[Scalar]]? {
  guard settings.number(.groupBeta) != 0 else { return nil }
  let estimator = KLEstimator(rawValue: settings.choice(.groupKLEstimator)) ?? .k3
  let bounds = KLEstimator.Bounds(settings)
  observer.begin(.klLoss)
  return batch.indices.map { n in
    let prediction = batch[n]
    let references = prediction.response.refLogp ?? prediction.logp.map { _ in observer.tape.constant(.nan) }
    return prediction.logp.indices.map { t in
      observer.beat()
      let estimate = estimator(logp: prediction.logp[t], reference: references[t], within: bounds)
      let kl = observer.term(.kl, prediction.index, t, estimate)
      guard settings.flag(.biasCorrectionKL) else { return kl }
      let ratio = ratios.map { $0[n][$0[n].count == 1 ? 0 : t] } ?? plainRatio(prediction, t, settings, observer.tape)
      return observer.term(.correctedKL, prediction.index, t, kl * ratio)
    }
  }
}

/// The ratio that corrects the KL where the objective's is of another kind: the token's own, or the geometric mean of its
/// response's where `importance_sampling_level` says so.
private func plainRatio(_ prediction: GroupPrediction, _ t: Int, _ settings: Settings, _ tape: Tape) -> Scalar {
  let logRatios = prediction.logp.indices.map { prediction.logp[$0] - prediction.response.oldLogp[$0] }
  let counted = logRatios.indices.filter { prediction.response.counts($0) }.map { logRatios[$0] }
  guard settings.choice(.importanceSamplingLevel) == "sequence", !counted.isEmpty else { return exp(logRatios[t]) }
  return exp(tape.mean(counted))
}

private func entropyTerms<O: Observer>(_ batch: [GroupPrediction], observer: O) -> [[Scalar]]? {
  guard batch.allSatisfy({ $0.entropies != nil }) else { return nil }
  observer.begin(.entropy)
  return batch.map { prediction in
    (prediction.entropies ?? []).enumerated().map { t, entropy in
      observer.beat()
      return observer.term(.entropy, prediction.index, t, entropy)
    }
  }
}

private func tokenLosses<O: Observer>(
  _ batch: [GroupPrediction], _ variant: GroupLoss, _ objectives: [[Scalar]], masks: GroupMasks, kls: [[Scalar]]?,
  settings: Settings, observer: O
) -> [[Scalar]] {
  let beta = settings.value(.groupBeta)
  return batch.indices.map { n in
    objectives[n].indices.filter { masks.counts[n][$0] }.map { t in
      observer.beat()
      var loss = -objectives[n][t]
      if let mask = masks.offPolicy { loss = loss * mask[n] }
      // A geometric mean leaves the others out itself, and the response counts whole.
      if let mask = masks.entropy, variant.level != .geometric { loss = loss * mask[n][t] }
      if variant.weighsSampler, let weight = batch[n].response.samplingWeight(t) { loss = loss * weight }
      if let kls { loss = loss + beta * kls[n][t] }
      return observer.term(.tokenLoss, batch[n].index, t, loss)
    }
  }
}

/// The mean entropy of the tokens that count.
private func entropyBonus(_ entropies: [[Scalar]], masks: GroupMasks, on tape: Tape) -> Scalar {
  var counted: [Scalar] = []
  for n in entropies.indices {
    for t in entropies[n].indices where masks.counts[n][t] && (masks.entropy.map { $0[n][t].value != 0 } ?? true) {
      counted.append(entropies[n][t])
    }
  }
  return tape.sum(counted) / Count.tokens.value(max(1, counted.count))
}
