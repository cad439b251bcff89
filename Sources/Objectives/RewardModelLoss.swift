public import Autodiff

/// A pair of responses with the scores that the reward model being trained gives them.
public struct ScoredPair {
  /// Its number among all pairs.
  public let index: Int
  public let chosen, rejected: Scalar
  /// By how much the chosen response is to lead; nil for `reward_margin`.
  public var margin: Scalar?

  /// - Parameters:
  ///   - index: Its number among all pairs.
  ///   - chosen: The score of the chosen response.
  ///   - rejected: The score of the rejected one.
  ///   - margin: By how much the chosen response is to lead; nil for `reward_margin`.
  public init(index: Int, chosen: Scalar, rejected: Scalar, margin: Scalar? = nil) {
    self.margin = margin
    self.index = index
    self.chosen = chosen
    self.rejected = rejected
  }
}

/// The loss of a batch of scored pairs, and what trainers log of it.
public struct RewardModelLoss {
  public let loss: Scalar
  public let pairs: [ScoredPair]
  public let margins: [Scalar]
}

/// A reward model's loss: the mean of `−log σ(r_chosen − r_rejected − m)`, and of what keeps the scores near 0 if that is on;
/// m is the pair's own margin, or `reward_margin` where it has none.
///
/// Source: Christiano et al. 2017, equation 1; Touvron et al. 2023, Llama 2, equation 2, for the margin; TRL
/// `RewardTrainer.compute_loss`.
public func rewardModelLoss<O: Observer>(
  _ pairs: [ScoredPair], settings: Settings, observer: O
) -> RewardModelLoss {
  observer.begin(.margin)
  let wanted = settings.value(.rewardMargin)
  let margins = pairs.map { pair -> (margin: Scalar, lead: Scalar) in
    observer.beat()
    let margin = observer.term(.margin, pair.index, pair.chosen - pair.rejected)
    _ = observer.term(.chosenProbability, pair.index, sigmoid(margin))
    let lead =
      if let own = pair.margin {
        observer.term(.logit, pair.index, margin - observer.term(.wantedMargin, pair.index, own))
      } else {
        wanted.value == 0 ? margin : observer.term(.logit, pair.index, margin - wanted)
      }
    _ = observer.term(.gradientWeight, pair.index, sigmoid(-lead))
    return (margin, lead)
  }
  observer.begin(.pairLoss)
  let coefficient = settings.value(.centerRewards)
  let losses = zip(pairs, margins).map { pair, margin in
    observer.beat()
    var loss = bradleyTerryLoss(margin: margin.lead)
    if coefficient.value != 0 {
      let centering = centeringLoss(chosen: pair.chosen, rejected: pair.rejected, coefficient: coefficient)
      loss = loss + observer.term(.centering, pair.index, centering)
    }
    return observer.term(.pairLoss, pair.index, loss)
  }
  observer.begin(.loss)
  observer.beat()
  return RewardModelLoss(
    loss: observer.term(.loss, observer.tape.mean(losses)), pairs: pairs, margins: margins.map { $0.margin })
}

/// Records what TRL logs of a batch of scored pairs, under its names.
///
/// A pair counts as ranked correctly if its chosen score is strictly greater. Source: TRL `RewardTrainer.compute_loss`.
public func recordRewardModelMetrics<O: Observer>(_ loss: RewardModelLoss, observer: O) {
  let tape = observer.tape
  let rewards = loss.pairs.flatMap { [$0.chosen, $0.rejected] }
  observer.begin(.metrics)
  observer.beat()
  let right = loss.margins.count { $0.value > 0 }
  observer.metric(.accuracy, tape.constant(Double(right) / Double(loss.margins.count)))
  observer.metric(.margin, tape.mean(loss.margins))
  observer.metric(.minReward, tape.constant(rewards.reduce(.infinity) { min($0, $1.value) }))
  observer.metric(.meanReward, tape.mean(loss.pairs.map { ($0.chosen + $0.rejected) / 2 }))
  observer.metric(.maxReward, tape.constant(rewards.reduce(-.infinity) { max($0, $1.value) }))
}
