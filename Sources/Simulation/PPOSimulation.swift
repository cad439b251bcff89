import Autodiff
import Objectives
import Recording

/// PPO in a tiny world: a policy and a critic as tables, every number recorded.
///
/// The order of the stages is that of TRL's `PPOTrainer.train` (0.23): sample, score, penalise, estimate advantages,
/// then several epochs of minibatches on the same samples. Where states and actions take the place of tokens, CleanRL's
/// `ppo.py` is the model; but batches are whole episodes, and minibatches are made of episodes, so that each one can be
/// looked at.
struct PPOSimulation<World: Environment> {
  let settings: Settings
  let seed: UInt64
  let trace: Trace

  private var world: World
  private var actor: ParameterTable
  private var critic: ParameterTable
  private var step = 0
  /// What the entropy bonus weighs, where that adapts.
  private var entropyCoefficient: Scalar

  init(_ world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.seed = seed
    self.trace = trace
    entropyCoefficient = trace.tape.leaf(settings.number(.entropyCoef))
    trace.begin(.sync)
    actor = ParameterTable(.policy, initial: world.initialLogits, trace: trace)
    critic = ParameterTable(
      .critic, initial: (0..<world.criticRows).map { _ in [trace.tape.leaf(0)] }, trace: trace)
    self.world.recordKLCoefficient()
  }

  mutating func run() {
    for iteration in 0..<settings.integer(.batches) {
      trace.loops = Trace.LoopPosition(iteration: iteration)
      iterate(iteration)
    }
    trace.loops = Trace.LoopPosition(iteration: settings.integer(.batches))
    _ = world.recordExactValues(of: policy())
  }

  private mutating func iterate(_ iteration: Int) {
    let old = policy()
    let episodes = world.rollout(old, iteration: iteration)
    let responses = samplerCorrected(valued(episodes, of: old), settings: settings, observer: trace)
    let experiences = experience(
      from: responses, klCoefficient: world.klCoefficient, settings: settings, observer: trace)
    let exact = world.recordExactValues(of: old)
    recordGradients(exact: exact, policy: old, episodes, experiences)

    var updates: [PPOLoss] = []
    let remaining = 1 - Double(iteration) / Double(settings.integer(.batches))
    for epoch in 0..<settings.integer(.epochs) {
      for (number, minibatch) in minibatches(iteration: iteration, epoch: epoch).enumerated() {
        trace.loops = Trace.LoopPosition(iteration: iteration, epoch: epoch, minibatch: number)
        updates.append(update(on: minibatch.map { (episodes[$0], experiences[$0]) }, remaining: remaining))
      }
    }
    trace.loops = Trace.LoopPosition(iteration: iteration)
    trace.recordSync(from: old, to: policy())
    world.adaptKLCoefficient(to: experiences)
    world.recordMetrics(experiences, updates: updates)
  }

  private func policy() -> TabularPolicy {
    TabularPolicy(logits: actor.values, temperature: settings.value(.temperature), on: trace.tape)
  }

  /// Adds what the critic says of every state, and of the one in which an episode was cut off.
  private func valued(_ episodes: [Episode], of policy: TabularPolicy) -> [Response] {
    let responses = world.responses(episodes, of: policy)
    trace.begin(.values)
    return zip(responses, episodes).map { response, episode in
      var response = response
      response.oldValues = world.valuedStates(of: episode).enumerated().map { t, state in
        trace.beat()
        return trace.term(.oldValue, episode.index, t, stopGradient(critic.values[state][0]))
      }
      if world.isBootstrapped(episode) {
        trace.beat()
        response.bootstrap = trace.term(.bootstrapValue, episode.index, stopGradient(critic.values[episode.last][0]))
      }
      return response
    }
  }
}

// MARK: - Learning

extension PPOSimulation {
  private func minibatches(iteration: Int, epoch: Int) -> [[Int]] {
    var random = RandomStream(seed: seed, purpose: RandomPurpose.shuffling, UInt32(iteration), UInt32(epoch))
    return random.minibatches(of: settings.integer(.batchSize), parts: settings.integer(.minibatches))
  }

  private mutating func update(
    on minibatch: [(episode: Episode, experience: Experience)], remaining: Double
  ) -> PPOLoss {
    let loss = ppoLoss(
      predictions(minibatch), klCoefficient: stopGradient(world.klCoefficient),
      entropyCoefficient: entropyCoefficient, settings: settings, observer: trace)
    step += 1
    var tables = [actor, critic]
    trace.takeStep(
      step, against: loss.loss, moving: &tables, by: Optimizer(settings, remaining: remaining), settings: settings)
    (actor, critic) = (tables[0], tables[1])
    trace.adapt(&entropyCoefficient, gap: loss.entropyGap, settings: settings)
    return loss
  }

  /// What the policy and the critic say now of the minibatch.
  private func predictions(_ minibatch: [(episode: Episode, experience: Experience)]) -> [Prediction] {
    trace.begin(.policy)
    let policy = policy()
    return minibatch.map { episode, experience in
      var logps: [Scalar] = []
      var values: [Scalar] = []
      for (t, state) in world.valuedStates(of: episode).enumerated() {
        trace.beat()
        if t < episode.actions.count {
          logps.append(trace.term(.logp, episode.index, t, policy.logp(of: episode.actions[t], after: state)))
        }
        values.append(trace.term(.value, episode.index, t, alias(critic.values[state][0])))
      }
      let distributions = episode.states.map { policy.logps(after: $0) }
      return Prediction(
        experience: experience, logp: logps, values: values, entropies: distributions.map { entropy($0) },
        exactKL: world.exactKLs(of: episode, under: distributions))
    }
  }
}

// MARK: - The sampled gradient

extension PPOSimulation {
  /// Records the exact policy gradient beside the one that the samples give.
  private func recordGradients(
    exact: [[Double]], policy: TabularPolicy, _ episodes: [Episode], _ experiences: [Experience]
  ) {
    let tape = trace.tape
    let aggregate = Aggregation(settings)
    let objectives = zip(episodes, experiences).map { episode, experience in
      episode.actions.indices.filter { experience.response.counts($0) }.map { t in
        let advantage = experience.advantages?[t] ?? stopGradient(experience.rawAdvantages[t])
        let ratio = exp(policy.logp(of: episode.actions[t], after: episode.states[t]) - episode.oldLogp[t])
        return ratio * (experience.response.samplingWeight(t).map { $0 * advantage } ?? advantage)
      }
    }
    var objective = aggregate(objectives, on: tape)
    if settings.flag(.useKLLoss) {
      let kl = zip(episodes, experiences).map { klTerms($0, $1.response, policy) }
      objective = objective - stopGradient(world.klCoefficient) * aggregate(kl, on: tape)
    }
    let sampled = tape.gradient(of: objective)
    trace.recordGradients(exact: exact, sampled: policy.logits.map { row in row.map { sampled[$0] } })
  }

  /// What the loss punishes of each token where the KL is in the loss.
  private func klTerms(_ episode: Episode, _ response: Response, _ policy: TabularPolicy) -> [Scalar] {
    guard let estimator = KLEstimator(rawValue: settings.choice(.klEstimator)) else {
      let exact = world.exactKLs(of: episode, under: episode.states.map { policy.logps(after: $0) }) ?? []
      return exact.indices.filter { response.counts($0) }.map { exact[$0] }
    }
    return episode.actions.indices.filter { response.counts($0) }.map { t in
      estimator(
        logp: policy.logp(of: episode.actions[t], after: episode.states[t]), reference: response.refLogp[t],
        within: KLEstimator.Bounds(settings))
    }
  }
}
