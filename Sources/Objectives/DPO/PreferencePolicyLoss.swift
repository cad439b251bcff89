public import Autodiff

/// The loss of a batch of pairs, and what trainers log of it.
public struct PreferencePolicyLoss {
  public let loss: Scalar
  public let chosenRewards, rejectedRewards, margins: [Scalar]
  public let chosenLogps, rejectedLogps: [Scalar]
  let pairs: [PreferencePair]
  let beta: Constant
}

/// The losses of DPO's family: the mean over pairs of the `loss_type`'s function of their log-ratios.
///
///     s = log π(y) − log π_ref(y)     r = β s     margin = r_w − r_l     sigmoid: −log σ(margin)
///
/// Source: Rafailov et al. 2023, equation 7; TRL `DPOTrainer._compute_loss`.
public func preferencePolicyLoss<O: Observer>(
  _ pairs: [PreferencePair], settings: Settings, observer: O
) -> PreferencePolicyLoss {
  let variant = PreferenceLoss.chosen(by: settings)
  var compared = comparedPairs(pairs, variant, settings: settings, observer: observer)

  if settings.flag(.pairWeighting) {
    for (n, weight) in pairWeights(pairs, observer: observer).enumerated() { compared[n].pair.weight = weight }
  }
  observer.begin(.pairLoss)
  var current: Int?
  let batch = PreferenceLoss.Batch(
    pairs: compared.map { $0.pair }, settings: settings, tape: observer.tape,
    term: { quantity, pair, part, x in
      if pair != current { observer.beat() }
      current = pair
      return observer.term(quantity, pair, part, x)
    })
  // Numbers of equal rank belong to no one pair.
  let isByRank = variant.sorts && PreferenceLoss.parts(of: settings).count == 1
  let losses = variant.losses(batch).enumerated().map { n, loss in
    observer.beat()
    let pair = compared[n].pair
    return observer.term(.pairLoss, isByRank ? n : pair.index, pair.weight.map { $0 * loss } ?? loss)
  }
  observer.begin(.loss)
  observer.beat()
  return PreferencePolicyLoss(
    loss: observer.term(.loss, observer.tape.mean(losses)),
    chosenRewards: compared.map { $0.pair.chosen.reward }, rejectedRewards: compared.map { $0.pair.rejected.reward },
    margins: compared.map { $0.margin }, chosenLogps: compared.map { $0.pair.chosen.logp },
    rejectedLogps: compared.map { $0.pair.rejected.logp }, pairs: pairs, beta: settings.value(.preferenceBeta))
}

/// Records what TRL logs of a batch of pairs, under its names; for pairs with scores also what it logs of those.
///
/// A pair counts as ranked correctly if its chosen reward is strictly greater. Source: TRL `DPOTrainer._compute_loss`,
/// which takes that mean in single precision.
public func recordPreferenceMetrics<O: Observer>(_ loss: PreferencePolicyLoss, observer: O) {
  observer.begin(.metrics)
  observer.beat()
  let tape = observer.tape
  observer.metric(.chosenRewards, tape.mean(loss.chosenRewards))
  observer.metric(.rejectedRewards, tape.mean(loss.rejectedRewards))
  let right = zip(loss.chosenRewards, loss.rejectedRewards).count { $0.value > $1.value }
  observer.metric(.rewardAccuracies, tape.constant(Double(Float(right) / Float(loss.margins.count))))
  observer.metric(.rewardMargins, tape.mean(loss.margins))
  observer.metric(.chosenLogps, tape.mean(loss.chosenLogps))
  observer.metric(.rejectedLogps, tape.mean(loss.rejectedLogps))
  recordScoreMetrics(loss.pairs, beta: loss.beta, observer: observer)
}

// MARK: - From tokens to pairs

private func comparedPairs<O: Observer>(
  _ pairs: [PreferencePair], _ variant: PreferenceLoss, settings: Settings, observer: O
) -> [(pair: ComparedPair, margin: Scalar)] {
  let divergence = PreferenceDivergence(rawValue: settings.choice(.divergence)) ?? .reverseKL
  let beta = settings.value(.preferenceBeta)
  observer.begin(.logRatio)
  let sums = pairs.map { pair in
    observer.beat()
    let shared = min(pair.chosenLogp.count, pair.rejectedLogp.count)
    let reader = ResponseReader(variant: variant, shared: shared, settings: settings)
    return (
      reader.logRatio(pair.index, pair.chosenLogp, pair.chosenRefLogp, .chosen, observer: observer),
      reader.logRatio(pair.index, pair.rejectedLogp, pair.rejectedRefLogp, .rejected, observer: observer)
    )
  }
  // Other losses have no use for what a pair is to lead by.
  let judgesMargin = PreferenceLoss.parts(of: settings).contains { $0.judgesMargin }
  observer.begin(.margin)
  return zip(pairs, sums).map { pair, sums in
    observer.beat()
    let i = pair.index
    func response(_ sum: ResponseSum, _ tokens: [Scalar], _ names: ResponseNames) -> ComparedResponse {
      let reward = observer.term(names.reward, i, beta * sum.logRatio)
      let isReverse = divergence == .reverseKL
      let score =
        isReverse ? sum.logRatio : observer.term(names.score, i, divergence(sum.logRatio, settings: settings))
      return ComparedResponse(
        tokens: tokens, logp: sum.logp, refLogp: sum.refLogp, logRatio: sum.logRatio, score: score, reward: reward)
    }
    let chosen = response(sums.0, pair.chosenLogp, .chosen)
    let rejected = response(sums.1, pair.rejectedLogp, .rejected)
    let margin = observer.term(.margin, i, chosen.reward - rejected.reward)
    let preference = divergence == .reverseKL ? margin : beta * (chosen.score - rejected.score)
    var logit = preference
    let wanted = settings.value(.preferenceMargin)
    let own = judgesMargin ? pair.margin : nil
    if let own {
      logit = logit - observer.term(.wantedMargin, i, own)
    } else if wanted.value != 0 {
      logit = logit - wanted
    }
    // With the reverse KL and nothing to lead by, it is the margin itself.
    let hasWanted = own != nil || wanted.value != 0
    if divergence != .reverseKL || hasWanted { logit = observer.term(.logit, i, logit) }
    let pair = ComparedPair(
      index: i, chosen: chosen, rejected: rejected, logit: logit, preference: hasWanted ? preference : logit)
    return (pair, margin)
  }
}

/// What the numbers of one response of a pair are called.
private struct ResponseNames {
  let logp, refLogp, logRatio, reward, score: Quantity

  static let chosen = ResponseNames(
    logp: .chosenResponseLogp, refLogp: .chosenResponseRefLogp, logRatio: .chosenLogRatio, reward: .chosenReward,
    score: .chosenScore)
  static let rejected = ResponseNames(
    logp: .rejectedResponseLogp, refLogp: .rejectedResponseRefLogp, logRatio: .rejectedLogRatio,
    reward: .rejectedReward, score: .rejectedScore)
}

private struct ResponseSum {
  let logp: Scalar
  let refLogp: Scalar?
  let logRatio: Scalar
}

/// Sums up a response's tokens as `loss_type` and `ld_alpha` say.
private struct ResponseReader {
  let variant: PreferenceLoss
  /// The length of the shorter response of the pair.
  let shared: Int
  let settings: Settings

  func logRatio<O: Observer>(
    _ i: Int, _ logp: [Scalar], _ refLogp: [Scalar]?, _ names: ResponseNames, observer: O
  ) -> ResponseSum {
    let policy = observer.term(names.logp, i, sum(logp, on: observer.tape))
    guard variant.needsReference || variant.showsReference, let refLogp else {
      return ResponseSum(logp: policy, refLogp: nil, logRatio: policy)
    }
    let reference = observer.term(names.refLogp, i, sum(refLogp, on: observer.tape))
    let logRatio = observer.term(names.logRatio, i, policy - reference)
    return ResponseSum(logp: policy, refLogp: reference, logRatio: logRatio)
  }

  /// LD-DPO: tokens beyond the shorter response count `ld_alpha` times (Liu et al. 2024, equation 10; TRL).
  private func sum(_ tokens: [Scalar], on tape: Tape) -> Scalar {
    if variant.averagesTokens { return tape.mean(tokens) }
    guard let alpha = settings.optionalValue(.lengthDesensitizing), tokens.count > shared else {
      return tape.sum(tokens)
    }
    return tape.sum(Array(tokens[..<shared])) + alpha * tape.sum(Array(tokens[shared...]))
  }
}
