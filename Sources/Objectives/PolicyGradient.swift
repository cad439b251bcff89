public import Autodiff

/// What came after each step: `G_t = R_t + γ G_{t+1}`, from the last step to the first.
///
/// Each step is a beat. Source: Williams 1992, REINFORCE; Sutton and Barto 2018, section 13.3.
public func discountedReturns<O: Observer>(
  sequence: Int, rewards: [Scalar], gamma: Constant, observer: O
) -> [Scalar] {
  var returns = rewards
  for t in rewards.indices.reversed() {
    observer.beat()
    let isLast = t == rewards.count - 1
    returns[t] = observer.term(.returns, sequence, t, isLast ? alias(rewards[t]) : rewards[t] + gamma * returns[t + 1])
  }
  return returns
}

/// From scored responses to advantages without a critic: the return, or the return minus a baseline, which is the batch's
/// mean return or a number that comes with the response.
///
/// A baseline that does not depend on the action leaves the expected gradient as it is and makes it vary less. The
/// mean includes each sample's own return, which scales the expected gradient by `(n − 1) / n` for `n` independent
/// ones. Source: Williams 1992, REINFORCE, section 4; Li et al. 2023, ReMax, equation 5; verl
/// `compute_remax_outcome_advantage`.
public func reinforceExperience<O: Observer>(
  from responses: [Response], klCoefficient: Scalar, settings: Settings, observer: O
) -> [Experience] {
  let shaped = shapedRewards(responses, klCoefficient: klCoefficient, settings: settings, observer: observer)
  observer.begin(.returns)
  let returns = zip(responses, shaped).map { response, shaped in
    discountedReturns(
      sequence: response.index, rewards: shaped.rewards, gamma: settings.value(.gamma), observer: observer)
  }
  observer.begin(.advantage)
  let baselines = baselines(for: returns, of: responses, settings: settings, observer: observer)
  return responses.indices.map { n in
    let advantages = returns[n].enumerated().map { t, gain in
      observer.beat()
      return observer.term(.advantage, responses[n].index, t, stopGradient(baselines[n].map { gain - $0 } ?? gain))
    }
    return Experience(
      response: responses[n], score: shaped[n].score ?? responses[n].score, kl: shaped[n].kl,
      penalties: shaped[n].penalties, returns: returns[n], rawAdvantages: advantages, advantages: advantages)
  }
}

/// What the returns of each response are compared with; nil for nothing.
private func baselines<O: Observer>(
  for returns: [[Scalar]], of responses: [Response], settings: Settings, observer: O
) -> [Scalar?] {
  if settings.choice(.returnBaseline) == "mean" {
    observer.beat()
    let mean = observer.term(.returnMean, observer.tape.mean(returns.flatMap { $0 }))
    return responses.map { _ in mean }
  }
  return responses.map { $0.baseline }
}

/// The loss of the plain policy gradient: `L = −mean(A log π) − entropy_coef · H`.
///
/// Its gradient is the policy gradient where the samples are the policy's own; for samples that are used again it is
/// not, and nothing holds the policy near to where they came from. Source: Williams 1992; Sutton et al. 1999.
///
/// - Parameters:
///   - minibatch: The responses with their advantages.
///   - logps: The policy's log-probability of each token now, by response.
///   - entropies: The policy's entropy before each token, by response; needed where `entropy_coef` is not 0.
///   - settings: The weight of the entropy, and how tokens become one number.
///   - observer: Is told every named number.
public func reinforceLoss<O: Observer>(
  _ minibatch: [Experience], logps: [[Scalar]], entropies: [[Scalar]]?, settings: Settings, observer: O
) -> Scalar {
  let tape = observer.tape
  let aggregate = Aggregation(settings)
  observer.begin(.policyGradient)
  let objectives = minibatch.indices.map { n in
    logps[n].enumerated().map { t, logp in
      observer.beat()
      let advantage = minibatch[n].advantages?[t] ?? stopGradient(minibatch[n].rawAdvantages[t])
      let objective = observer.term(.objective, minibatch[n].response.index, t, logp * advantage)
      guard let weight = minibatch[n].response.samplingWeight(t) else { return objective }
      return observer.term(.weightedObjective, minibatch[n].response.index, t, weight * objective)
    }
  }
  let entropies = entropies.map { rows in
    observer.begin(.entropy)
    return minibatch.indices.map { n in
      rows[n].enumerated().map { t, entropy in
        observer.beat()
        return observer.term(.entropy, minibatch[n].response.index, t, entropy)
      }
    }
  }
  observer.begin(.loss)
  observer.beat()
  let policyLoss = observer.term(.policyLoss, -aggregate(objectives, on: tape))
  let bonus = entropies.map { observer.term(.entropyBonus, aggregate($0, on: tape)) }
  let coefficient = settings.value(.entropyCoef)
  observer.beat()
  guard let bonus, coefficient.value != 0 else { return observer.term(.loss, alias(policyLoss)) }
  return observer.term(.loss, policyLoss - coefficient * bonus)
}
