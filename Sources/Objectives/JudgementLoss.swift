public import Autodiff

/// A response that was judged by itself, as policy and reference see its tokens.
public struct JudgedResponse {
  /// Its number among all examples.
  public let index: Int
  public let isDesirable: Bool
  public let logp, refLogp: [Scalar]
  /// The log-probabilities of another example's response after this one's prompt; nil where they are not known.
  public let mismatched: (logp: [Scalar], refLogp: [Scalar])?

  public init(
    index: Int, isDesirable: Bool, logp: [Scalar], refLogp: [Scalar], mismatched: (logp: [Scalar], refLogp: [Scalar])?
  ) {
    self.index = index
    self.isDesirable = isDesirable
    self.logp = logp
    self.refLogp = refLogp
    self.mismatched = mismatched
  }
}

/// The loss of a batch of judged responses, and what trainers log of it.
public struct JudgementLoss {
  public let loss: Scalar
  /// What the responses were compared with; nil where they were compared with 0.
  public let referencePoint: Scalar?
  public let isDesirable: [Bool]
  public let rewards, logps: [Scalar]
}

/// KTO's loss: the mean over the responses of how far each is from being worth all it can.
///
///     s = log π(y) − log π_ref(y)      z₀ = max(0, mean s of mismatched examples), without gradient
///     v = λ_D σ(β (s − z₀)) if y is desirable, λ_U σ(β (z₀ − s)) if not      L = mean(λ − v)
///
/// With `apo_zero_unpaired`, and where no mismatched example is known, `z₀` is 0. Source: Ethayarajh et al. 2024, KTO,
/// equations 7 and 8; TRL `KTOTrainer._compute_loss`.
///
/// - Parameters:
///   - responses: Those that the batch learns from.
///   - givenPoint: `z₀` where it was measured elsewhere, as on the responses of several processes.
///   - settings: Has the weights, β and which loss it is.
///   - observer: Is told every named number.
public func judgementLoss<O: Observer>(
  _ responses: [JudgedResponse], givenPoint: Double? = nil, settings: Settings, observer: O
) -> JudgementLoss {
  let point =
    Algorithm.comparesWithKL(settings) ? referencePoint(responses, given: givenPoint, observer: observer) : nil
  let beta = settings.value(.preferenceBeta)
  observer.begin(.logRatio)
  let ratios = responses.map { response in
    observer.beat()
    let logp = observer.term(.responseLogp, response.index, observer.tape.sum(response.logp))
    let reference = observer.term(.responseRefLogp, response.index, observer.tape.sum(response.refLogp))
    let ratio = observer.term(.responseLogRatio, response.index, logp - reference)
    return (logp: logp, ratio: ratio, reward: observer.term(.implicitReward, response.index, beta * ratio))
  }
  observer.begin(.humanValue)
  let losses = zip(responses, ratios).map { response, known in
    observer.beat()
    let isDesirable = response.isDesirable
    let weight = settings.value(isDesirable ? .desirableWeight : .undesirableWeight)
    let lead = lead(of: known.ratio, over: point, isDesirable: isDesirable)
    let worth = sigmoid(beta * lead)
    let value = observer.term(.humanValue, response.index, weight.value == 1 ? worth : weight * worth)
    return observer.term(.exampleLoss, response.index, weight - value)
  }
  observer.begin(.loss)
  observer.beat()
  return JudgementLoss(
    loss: observer.term(.loss, observer.tape.mean(losses)), referencePoint: point,
    isDesirable: responses.map { $0.isDesirable }, rewards: ratios.map { $0.reward }, logps: ratios.map { $0.logp })
}

/// Records what TRL logs of a batch of judged responses, under its names; nothing of a kind that the batch lacks.
public func recordJudgementMetrics<O: Observer>(_ loss: JudgementLoss, observer: O) {
  observer.begin(.metrics)
  observer.beat()
  let tape = observer.tape
  func record(_ metric: Metric, _ values: [Scalar], _ isDesirable: Bool) -> Scalar? {
    let own = zip(values, loss.isDesirable).filter { $0.1 == isDesirable }.map { $0.0 }
    guard !own.isEmpty else { return nil }
    let mean = tape.mean(own)
    observer.metric(metric, mean)
    return mean
  }
  observer.metric(.kl, loss.referencePoint ?? tape.constant(0))
  let chosen = record(.chosenRewards, loss.rewards, true)
  let rejected = record(.rejectedRewards, loss.rewards, false)
  if let chosen, let rejected { observer.metric(.rewardMargins, chosen - rejected) }
  _ = record(.chosenLogps, loss.logps, true)
  _ = record(.rejectedLogps, loss.logps, false)
}

/// How far a response leads the reference point if it should, or trails it if it should.
private func lead(of ratio: Scalar, over point: Scalar?, isDesirable: Bool) -> Scalar {
  guard let point else { return isDesirable ? ratio : -ratio }
  return isDesirable ? ratio - point : point - ratio
}

/// `z₀`: the mean log-ratio of prompts and responses that do not belong together, 0 at least; nil where none is known.
private func referencePoint<O: Observer>(
  _ responses: [JudgedResponse], given: Double?, observer: O
) -> Scalar? {
  guard given != nil || responses.contains(where: { $0.mismatched != nil }) else { return nil }
  let tape = observer.tape
  observer.begin(.referencePoint)
  if let given {
    observer.beat()
    return observer.term(.referencePoint, tape.leaf(given))
  }
  var ratios: [Scalar] = []
  for response in responses {
    guard let (logp, refLogp) = response.mismatched else { continue }
    observer.beat()
    ratios.append(observer.term(.mismatchedLogRatio, response.index, tape.sum(logp) - tape.sum(refLogp)))
  }
  observer.beat()
  return observer.term(.referencePoint, stopGradient(maximum(tape.mean(ratios), tape.constant(0))))
}
