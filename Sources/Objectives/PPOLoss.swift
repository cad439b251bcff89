public import Autodiff

/// What the policy and the critic say now about one experience of a minibatch.
public struct Prediction {
  public let experience: Experience
  public let logp: [Scalar]
  /// One per step of the experience.
  public let values: [Scalar]
  /// One per token; needed where `entropy_coef` is not 0.
  public let entropies: [Scalar]?
  /// The exact KL from the reference before each token, where whole distributions are known.
  public let exactKL: [Scalar]?

  public init(
    experience: Experience, logp: [Scalar], values: [Scalar], entropies: [Scalar]?, exactKL: [Scalar]?
  ) {
    self.experience = experience
    self.logp = logp
    self.values = values
    self.entropies = entropies
    self.exactKL = exactKL
  }

  var index: Int { experience.response.index }

  /// Those of its steps that count.
  fileprivate func counted(_ steps: Range<Int>) -> [Int] { steps.filter { experience.response.counts($0) } }
}

extension [[Scalar]] {
  /// The responses of which something counts; a single constant 0 where nothing does.
  fileprivate func withoutEmpty(on tape: Tape) -> [[Scalar]] {
    let counted = filter { !$0.isEmpty }
    return counted.isEmpty ? [[tape.constant(0)]] : counted
  }
}

/// One minibatch's loss, and what trainers log of it.
public struct PPOLoss {
  public let loss: Scalar
  public let policyLoss, valueLoss: Scalar
  public let approxKL, meanRatio, clipFraction, valueClipFraction: Scalar
  public let meanEntropy: Scalar?
  /// `target_entropy` minus the mean entropy; nil where no entropy is known.
  public let entropyGap: Double?
}

/// PPO's loss: `L = L_π + vf_coef · L_V − entropy_coef · H (+ kl_coef · KL)`.
///
/// Source: Schulman et al. 2017, equation 9; TRL `PPOTrainer.train` for the value loss, `½ · mean(max(…))`, where
/// `vf_loss_agg_mode` may name another average.
public func ppoLoss<O: Observer>(
  _ minibatch: [Prediction], klCoefficient: Scalar, entropyCoefficient: Scalar? = nil, settings: Settings, observer: O
) -> PPOLoss {
  let tape = observer.tape
  let aggregate = Aggregation(settings)
  let advantages = advantages(minibatch, settings: settings, observer: observer)
  let ratios = ratios(minibatch, settings: settings, observer: observer)
  let objectives = objectives(
    minibatch, ratios: ratios, advantages: advantages, settings: settings, observer: observer)
  let errors = valueErrors(minibatch, settings: settings, observer: observer)
  let entropies = entropies(minibatch, observer: observer)
  let klTerms = klTerms(minibatch, settings: settings, observer: observer)

  observer.begin(.loss)
  observer.beat()
  let policyLoss = observer.term(
    .policyLoss, -aggregate(objectives.map { $0.map { $0.objective } }.withoutEmpty(on: tape), on: tape))
  let squared = errors.map { $0.map { $0.counted } }.withoutEmpty(on: tape)
  let valueLoss = observer.term(.valueLoss, Aggregation(settings, .valueAggregation)(squared, on: tape) / 2)
  var loss = policyLoss + settings.value(.vfCoef) * valueLoss
  let bonus = entropies.map { observer.term(.entropyBonus, aggregate($0.withoutEmpty(on: tape), on: tape)) }
  let meanEntropy = entropies.map { tape.mean($0.flatMap { $0 }) }
  if let bonus, let meanEntropy,
    let charge = entropyCharge(
      bonus, mean: meanEntropy, coefficient: entropyCoefficient, settings: settings, observer: observer)
  {
    loss = loss - charge
  }
  if let klTerms {
    loss = loss + klCoefficient * observer.term(.klLoss, aggregate(klTerms.withoutEmpty(on: tape), on: tape))
  }
  observer.beat()
  loss = observer.term(.loss, loss)

  return PPOLoss(
    loss: loss, policyLoss: policyLoss, valueLoss: valueLoss,
    approxKL: tape.mean(
      minibatch.flatMap { prediction in
        let response = prediction.experience.response
        return zip(response.counted(prediction.logp), response.counted(response.oldLogp)).map { square($0 - $1) }
      }) / 2,
    meanRatio: tape.mean(zip(minibatch, ratios).flatMap { $0.experience.response.counted($1) }),
    clipFraction: fraction(objectives.flatMap { $0 }.map { $0.isClipped }, on: tape),
    valueClipFraction: fraction(errors.flatMap { $0 }.map { $0.isClipped }, on: tape),
    meanEntropy: bonus, entropyGap: meanEntropy.map { settings.number(.targetEntropy) - $0.value })
}

private func advantages<O: Observer>(_ minibatch: [Prediction], settings: Settings, observer: O) -> [[Scalar]] {
  let whitenedBefore = minibatch.compactMap { $0.experience.advantages }
  if whitenedBefore.count == minibatch.count { return whitenedBefore }
  return finalAdvantages(
    minibatch.map { $0.experience.rawAdvantages }, of: minibatch.map { $0.experience.response }, settings: settings,
    observer: observer)
}

private func ratios<O: Observer>(_ minibatch: [Prediction], settings: Settings, observer: O) -> [[Scalar]] {
  observer.begin(.ratio)
  let clamp = settings.optionalValue(.logRatioClamp).map { ClipRange(-$0, $0) }
  return minibatch.map { prediction in
    prediction.logp.indices.map { t in
      observer.beat()
      return importanceRatio(
        prediction.index, t, logp: prediction.logp[t], oldLogp: prediction.experience.response.oldLogp[t],
        clamp: clamp, observer: observer)
    }
  }
}

private func objectives<O: Observer>(
  _ minibatch: [Prediction], ratios: [[Scalar]], advantages: [[Scalar]], settings: Settings, observer: O
) -> [[(objective: Scalar, isClipped: Bool)]] {
  observer.begin(.clip)
  let low = settings.value(.cliprange)
  let range = ClipRange(1 - low, 1 + (settings.optionalValue(.cliprangeHigh) ?? low))
  let dualClip = settings.optionalValue(.dualClip)
  return minibatch.indices.map { m in
    let (prediction, ratios) = (minibatch[m], ratios[m])
    return prediction.counted(ratios.indices).map { t in
      observer.beat()
      let advantage = advantages[m][t]
      let objective = clippedSurrogate(
        prediction.index, t, ratio: ratios[t], advantage: advantage, range: range, dualClip: dualClip,
        observer: observer)
      let isClipped = objective.value < ratios[t].value * advantage.value
      let weighted = prediction.experience.response.samplingWeight(t).map {
        observer.term(.weightedObjective, prediction.index, t, $0 * objective)
      }
      return (weighted ?? objective, isClipped)
    }
  }
}

private func valueErrors<O: Observer>(
  _ minibatch: [Prediction], settings: Settings, observer: O
) -> [[(counted: Scalar, isClipped: Bool)]] {
  observer.begin(.valueLoss)
  return minibatch.map { prediction in
    prediction.counted(prediction.values.indices).map { t in
      observer.beat()
      let returns = prediction.experience.returns[t]
      let counted = valueObjective(
        prediction.index, t, value: prediction.values[t], oldValue: prediction.experience.response.oldValues[t],
        returns: returns, cliprange: settings.optionalValue(.cliprangeValue), observer: observer)
      let error = prediction.values[t].value - returns.value
      return (counted, counted.value > error * error)
    }
  }
}

private func entropies<O: Observer>(_ minibatch: [Prediction], observer: O) -> [[Scalar]]? {
  guard minibatch.allSatisfy({ $0.entropies != nil }) else { return nil }
  observer.begin(.entropy)
  return minibatch.map { prediction in
    let entropies = prediction.entropies ?? []
    return prediction.counted(entropies.indices).map { t in
      observer.beat()
      return observer.term(.entropy, prediction.index, t, entropies[t])
    }
  }
}

private func klTerms<O: Observer>(_ minibatch: [Prediction], settings: Settings, observer: O) -> [[Scalar]]? {
  guard settings.flag(.useKLLoss) else { return nil }
  let estimator = KLEstimator(rawValue: settings.choice(.klEstimator))
  observer.begin(.klLoss)
  return minibatch.map { prediction in
    prediction.counted(prediction.logp.indices).map { t in
      observer.beat()
      let reference = prediction.experience.response.refLogp[t]
      let estimate = estimator.map {
        $0(logp: prediction.logp[t], reference: reference, within: KLEstimator.Bounds(settings))
      }
      return observer.term(
        .klTerm, prediction.index, t, estimate ?? prediction.exactKL?[t] ?? observer.tape.constant(.nan))
    }
  }
}

private func fraction(_ flags: [Bool], on tape: Tape) -> Scalar {
  tape.constant(Double(flags.count { $0 }) / Double(max(1, flags.count)))
}
