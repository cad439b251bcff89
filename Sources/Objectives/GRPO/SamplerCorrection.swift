import Autodiff

/// How responses are corrected that were sampled by another engine than the policy as it was before the update.
///
///     w = π_old / π_sampler       of each token, or Π w over a response's tokens
///
/// A truncated weight is held within bounds, a masked one is 0 outside of them; the token's loss is multiplied by it. What is
/// rejected is left out everywhere. Source: TRL `GRPOTrainer._generate_and_score_completions`; verl
/// `rollout_corr_helper.py`, which keeps the log-ratios of whole responses within ±20.
struct SamplerCorrection {
  /// What a weight is of.
  enum Level { case token, sequence }

  struct Weighing {
    let level: Level
    let lowest, highest: Constant?
    /// Whether a weight out of bounds is 0, and not the bound.
    let isMasked: Bool
    let clampsLogRatio: Bool
  }

  /// What is too far from the sampler to be learned from.
  struct Rejection {
    let mode: RejectionMode
    let lowest, highest: Double

    init(_ mode: RejectionMode, _ settings: Settings) {
      self.mode = mode
      let highest = settings.number(.rolloutRSThreshold)
      let lowest = settings.optionalNumber(.rolloutRSMinimum) ?? 1 / highest
      // k1's ratio is that of sampler to policy.
      (self.lowest, self.highest) = mode.measure == .k1 ? (1 / highest, 1 / lowest) : (lowest, highest)
    }

    /// Whether a ratio to the sampler, or an estimate of the KL from it, is within the bounds.
    func keeps(_ compared: Double) -> Bool {
      if mode.measure.isEstimate { return compared <= highest }
      let ratio = Elementary.exp(min(20, max(-20, compared)))
      return ratio >= lowest && ratio <= highest
    }
  }

  let weighing: Weighing?
  let rejection: Rejection?

  init(_ settings: Settings) {
    let isVerl = settings.choice(.rolloutIS) != "none" || settings.choice(.rolloutRS) != "none"
    if isVerl {
      weighing = Self.verlWeighing(settings)
    } else if settings.flag(.samplerCorrection) {
      let mode = settings.choice(.samplerMode)
      weighing = Weighing(
        level: mode.utf8.starts(with: "token".utf8) ? .token : .sequence,
        lowest: settings.optionalValue(.samplerMinimum),
        highest: settings.optionalValue(.samplerMaximum), isMasked: mode == "token_mask" || mode == "sequence_mask",
        clampsLogRatio: false)
    } else {
      weighing = nil
    }
    rejection = Self.verlRejection(settings)
  }

  /// For PPO, which has verl's corrections alone.
  init(proximal settings: Settings) {
    weighing = Self.verlWeighing(settings)
    rejection = Self.verlRejection(settings)
  }

  private static func verlRejection(_ settings: Settings) -> Rejection? {
    RejectionMode.all.first { $0.name == settings.choice(.rolloutRS) }.map { Rejection($0, settings) }
  }

  private static func verlWeighing(_ settings: Settings) -> Weighing? {
    let name = settings.choice(.rolloutIS)
    guard name != "none" else { return nil }
    return Weighing(
      level: name == "token" ? .token : .sequence, lowest: nil, highest: settings.value(.rolloutISThreshold),
      isMasked: false, clampsLogRatio: true)
  }
}

/// The responses with the weights of their tokens, or of the whole, and without what is rejected.
///
/// Where no other engine sampled, they are returned as they were.
public func samplerCorrected<O: Observer>(
  _ responses: [GroupResponse], settings: Settings, observer: O
) -> [GroupResponse] {
  let correction = SamplerCorrection(settings)
  guard responses.contains(where: { $0.samplingLogp != nil && !$0.oldLogp.isEmpty }),
    correction.weighing != nil || correction.rejection != nil
  else { return responses }
  observer.begin(.sampler)
  return responses.map { response in
    guard let sampling = response.samplingLogp, !response.oldLogp.isEmpty else { return response }
    let isLeftOut = settings.flag(.maskTruncated) && !response.isComplete
    var corrected = response
    let verdict = verdict(
      on: response.index, oldLogp: response.oldLogp, sampling,
      counts: sampling.indices.map { !isLeftOut && response.counts($0) }, by: correction, observer: observer)
    corrected.samplingWeights = verdict.weights
    corrected.tokenMask = verdict.mask ?? response.tokenMask
    return corrected
  }
}

/// The same of the responses that PPO learns from, whose objectives are weighed, and whose tokens are rejected, as in verl.
public func samplerCorrected<O: Observer>(
  _ responses: [Response], settings: Settings, observer: O
) -> [Response] {
  let correction = SamplerCorrection(proximal: settings)
  guard correction.weighing != nil || correction.rejection != nil,
    responses.contains(where: { $0.samplingLogp != nil })
  else { return responses }
  observer.begin(.sampler)
  return responses.map { response in
    guard let sampling = response.samplingLogp else { return response }
    var corrected = response
    let verdict = verdict(
      on: response.index, oldLogp: response.oldLogp, sampling, counts: sampling.map { _ in true }, by: correction,
      observer: observer)
    (corrected.samplingWeights, corrected.tokenMask) = (verdict.weights, verdict.mask)
    return corrected
  }
}

/// What becomes of one response.
private struct Verdict {
  /// The weights of its tokens, or the one of all of them.
  var weights: [Scalar]?
  /// Which tokens are left; nil where nothing is rejected.
  var mask: [Bool]?
}

private func verdict<O: Observer>(
  on i: Int, oldLogp: [Scalar], _ sampling: [Scalar], counts: [Bool], by correction: SamplerCorrection, observer: O
) -> Verdict {
  let tape = observer.tape
  var verdict = Verdict()
  // What an engine could not score is not corrected.
  func difference(_ t: Int) -> Scalar { sampling[t].value.isNaN ? tape.constant(0) : oldLogp[t] - sampling[t] }
  var logRatios: [Scalar?] = []
  // Of each token, what it is kept or rejected by.
  var statistics: [Scalar?] = []
  var perToken: [Scalar] = []
  var mask = counts
  for t in sampling.indices {
    guard counts[t] else {
      logRatios.append(nil)
      statistics.append(nil)
      perToken.append(tape.constant(1))
      continue
    }
    observer.beat()
    let logRatio = observer.term(.samplingLogRatio, i, t, difference(t))
    logRatios.append(logRatio)
    let compared = correction.rejection.map { rejection in
      rejection.mode.measure.estimate(clip(logRatio, Constant(-20), Constant(20))).map {
        observer.term(.samplerKL, i, t, $0)
      } ?? logRatio
    }
    statistics.append(compared ?? logRatio)
    if let rejection = correction.rejection, let compared, rejection.mode.level == .token {
      let isKept = tape.constant(rejection.keeps(compared.value) ? 1 : 0)
      mask[t] = observer.term(.rejectionMask, i, t, isKept).value != 0
    }
    guard correction.weighing?.level == .token || correction.rejection?.mode.isOfTokenRatios ?? false else {
      perToken.append(logRatio)
      continue
    }
    let ratio = observer.term(.samplingRatio, i, t, exp(clamped(logRatio, correction)))
    perToken.append(ratio)
    guard let weighing = correction.weighing, weighing.level == .token else { continue }
    perToken[t] = weight(
      ratio, weighing, mask: { observer.term(.samplingMask, i, t, $0) },
      weight: { observer.term(.samplingWeight, i, t, $0) }, on: tape)
  }
  let known = logRatios.compactMap { $0 }
  if let weighing = correction.weighing {
    if weighing.level == .token {
      verdict.weights = perToken
    } else {
      observer.beat()
      let sum = observer.term(.sequenceSamplingLogRatio, i, tape.sum(known))
      let ratio = observer.term(.sequenceSamplingRatio, i, exp(clamped(sum, correction)))
      verdict.weights = [
        weight(
          ratio, weighing, mask: { observer.term(.sequenceSamplingMask, i, $0) },
          weight: { observer.term(.sequenceSamplingWeight, i, $0) }, on: tape)
      ]
    }
  }
  if let rejection = correction.rejection {
    verdict.mask = rejection.mode.level == .token ? mask : kept(i, statistics, by: rejection, observer: observer)
  }
  return verdict
}

private func clamped(_ logRatio: Scalar, _ correction: SamplerCorrection) -> Scalar {
  correction.weighing?.clampsLogRatio ?? true ? clip(logRatio, Constant(-20), Constant(20)) : logRatio
}

private func weight(
  _ ratio: Scalar, _ weighing: SamplerCorrection.Weighing, mask: (Scalar) -> Scalar, weight: (Scalar) -> Scalar,
  on tape: Tape
) -> Scalar {
  let (lowest, highest) = (weighing.lowest ?? Constant(-.infinity), weighing.highest ?? Constant(.infinity))
  guard weighing.isMasked else { return weight(clip(ratio, lowest, highest)) }
  let isWithin = ratio.value >= lowest.value && ratio.value <= highest.value
  let mask = mask(tape.constant(isWithin ? 1 : 0))
  // A token that the engine never samples is there by a what-if: 0 times infinity would be NaN.
  return weight(ratio.value.isFinite ? ratio * mask : alias(mask))
}

/// Which tokens are still learned from, where whole responses are rejected.
private func kept<O: Observer>(
  _ i: Int, _ statistics: [Scalar?], by rejection: SamplerCorrection.Rejection, observer: O
) -> [Bool] {
  let tape = observer.tape
  let known = statistics.compactMap { $0 }
  observer.beat()
  let whole: Scalar =
    switch rejection.mode.level {
    case .token, .sum: tape.sum(known)
    case .mean: tape.sum(known) / Count.countedLength.value(max(1, known.count), i)
    case .max: known.dropFirst().reduce(known.first ?? tape.constant(0)) { maximum($0, $1) }
    }
  let compared = observer.term(rejection.mode.measure.isEstimate ? .comparedKL : .comparedLogRatio, i, whole)
  let mask = observer.term(.sequenceRejectionMask, i, tape.constant(rejection.keeps(compared.value) ? 1 : 0))
  return statistics.map { $0 != nil && mask.value != 0 }
}
