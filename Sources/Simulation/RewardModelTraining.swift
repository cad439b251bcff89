import Autodiff
import Objectives
import Recording

extension Trace {
  /// Learns the reward model from the preferences by gradient descent on the Bradley-Terry loss; each step is a beat.
  ///
  /// The score of a response is linear: the sum of one weight per token in it. `center_rewards_coefficient` adds the
  /// mean of `(r_chosen + r_rejected)²`, and `reward_margin`, or the pair's own margin, is how far the chosen one
  /// is to lead, as in TRL's `RewardTrainer`.
  func trainRewardModel(_ world: World, settings: Settings) -> [Scalar] {
    begin(.rewardModel)
    beat()
    nameTexts(of: world.preferences, by: .pair)
    let rate = settings.value(.rewardLearningRate)
    var weights = world.vocabulary.indices.map { term(.rewardWeight, $0, tape.leaf(0)) }
    guard !world.preferences.isEmpty else { return weights }
    let margins = world.preferences.enumerated().map { pair, preference in
      preference.margin.map { term(.wantedMargin, pair, tape.leaf($0)) }
    }
    for step in 0..<settings.integer(.rewardSteps) {
      beat()
      let loss = term(
        .rewardLoss, step, rewardModelLoss(world, margins, weights: weights, step: step, settings: settings))
      let gradient = differentiate(loss)
      beat()
      weights = weights.enumerated().map { token, weight in
        let slope = Count.slope.value(gradient[weight], token)
        return term(.rewardWeight, token, stopGradient(weight - rate * slope))
      }
    }
    return weights
  }

  private func rewardModelLoss(
    _ world: World, _ margins: [Scalar?], weights: [Scalar], step: Int, settings: Settings
  ) -> Scalar {
    let centering = settings.value(.centerRewards)
    let wanted = settings.value(.rewardMargin)
    var correct = 0.0
    let losses = world.preferences.enumerated().map { pair, preference in
      let chosen = score(preference.chosen, weights: weights)
      let rejected = score(preference.rejected, weights: weights)
      let margin = term(.rewardMargin, step, pair, chosen - rejected)
      if margin.value > 0 { correct += 1 }
      let lead = margins[pair].map { margin - $0 } ?? (wanted.value == 0 ? margin : margin - wanted)
      let loss = bradleyTerryLoss(margin: lead)
      guard centering.value != 0 else { return loss }
      return loss + centeringLoss(chosen: chosen, rejected: rejected, coefficient: centering)
    }
    _ = term(.rewardAccuracy, step, tape.constant(correct / Double(world.preferences.count)))
    return tape.mean(losses)
  }

  /// The reward model's score of a response.
  func score(_ response: [Int], weights: [Scalar]) -> Scalar { tape.sum(response.map { weights[$0] }) }
}
