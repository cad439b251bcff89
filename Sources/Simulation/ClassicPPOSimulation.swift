import Autodiff
import Objectives
import Recording

/// PPO in a decision process, as CleanRL's `ppo.py` has it: a policy and a critic as tables, every number recorded.
///
/// It differs in two places. Batches are whole episodes, and minibatches are made of episodes: so each one can be looked
/// at. An episode that the step limit cuts off is worth what the critic says of where it stopped, unless `truncation` is
/// `terminate`, CleanRL's way.
struct ClassicPPOSimulation {
  let environment: DecisionEnvironment
  let settings: Settings
  let seed: UInt64
  let trace: Trace

  private var actor: ParameterTable
  private var critic: ParameterTable
  private var step = 0

  init(_ process: DecisionProcess, settings: Settings, seed: UInt64, trace: Trace) {
    environment = DecisionEnvironment(process, hasCritic: true, settings: settings, seed: seed, trace: trace)
    self.settings = settings
    self.seed = seed
    self.trace = trace
    trace.begin(.sync)
    actor = ParameterTable(.policy, initial: environment.initialLogits, trace: trace)
    critic = ParameterTable(.critic, initial: process.states.map { _ in [trace.tape.leaf(0)] }, trace: trace)
  }

  mutating func run() {
    for iteration in 0..<settings.integer(.batches) {
      trace.loops = Trace.LoopPosition(iteration: iteration)
      iterate(iteration)
    }
    trace.loops = Trace.LoopPosition(iteration: settings.integer(.batches))
    _ = environment.recordExactValues(of: policy())
  }

  private mutating func iterate(_ iteration: Int) {
    let old = policy()
    let episodes = environment.rollout(old, iteration: iteration)
    let experiences = experience(
      from: valued(episodes), klCoefficient: environment.klCoefficient, settings: settings, observer: trace)
    let exact = environment.recordExactValues(of: old)
    recordGradients(exact: exact, policy: old, episodes, experiences)

    var updates: [PPOLoss] = []
    for epoch in 0..<settings.integer(.epochs) {
      var random = RandomStream(seed: seed, purpose: RandomPurpose.shuffling, UInt32(iteration), UInt32(epoch))
      let parts = random.minibatches(of: settings.integer(.batchSize), parts: settings.integer(.minibatches))
      for (number, minibatch) in parts.enumerated() {
        trace.loops = Trace.LoopPosition(iteration: iteration, epoch: epoch, minibatch: number)
        let remaining = 1 - Double(iteration) / Double(settings.integer(.batches))
        updates.append(update(on: minibatch.map { (episodes[$0], experiences[$0]) }, remaining: remaining))
      }
    }
    trace.loops = Trace.LoopPosition(iteration: iteration)
    trace.recordSync(from: old, to: policy())
    recordEpisodeMetrics(experiences, updates: updates, observer: trace)
  }

  private func policy() -> TabularPolicy {
    TabularPolicy(logits: actor.values, temperature: settings.value(.temperature), on: trace.tape)
  }

  /// What the critic says of every state, and of the one in which an episode was cut off.
  private func valued(_ episodes: [Episode]) -> [Response] {
    trace.begin(.values)
    return zip(environment.responses(episodes), episodes).map { response, episode in
      var response = response
      response.oldValues = episode.states.enumerated().map { t, state in
        trace.beat()
        return trace.term(.oldValue, episode.index, t, stopGradient(critic.values[state][0]))
      }
      if !episode.hasEnded, settings.choice(.truncation) == "bootstrap" {
        trace.beat()
        response.bootstrap = trace.term(
          .bootstrapValue, episode.index, stopGradient(critic.values[episode.last][0]))
      }
      return response
    }
  }

  private mutating func update(
    on minibatch: [(episode: Episode, experience: Experience)], remaining: Double
  ) -> PPOLoss {
    let loss = ppoLoss(
      predictions(minibatch), klCoefficient: environment.klCoefficient, settings: settings, observer: trace)
    step += 1
    var tables = [actor, critic]
    trace.takeStep(
      step, against: loss.loss, moving: &tables, by: Optimizer(settings, remaining: remaining), settings: settings)
    (actor, critic) = (tables[0], tables[1])
    return loss
  }

  private func predictions(_ minibatch: [(episode: Episode, experience: Experience)]) -> [Prediction] {
    trace.begin(.policy)
    let policy = policy()
    return minibatch.map { episode, experience in
      var logps: [Scalar] = []
      var values: [Scalar] = []
      for (t, state) in episode.states.enumerated() {
        trace.beat()
        logps.append(trace.term(.logp, episode.index, t, policy.logp(of: episode.actions[t], after: state)))
        values.append(trace.term(.value, episode.index, t, alias(critic.values[state][0])))
      }
      return Prediction(
        experience: experience, logp: logps, values: values,
        entropies: episode.states.map { entropy(policy.logps(after: $0)) }, exactKL: nil)
    }
  }

  private func recordGradients(
    exact: [[Double]], policy: TabularPolicy, _ episodes: [Episode], _ experiences: [Experience]
  ) {
    let aggregate = Aggregation(settings)
    let objectives = zip(episodes, experiences).map { episode, experience in
      episode.actions.indices.map { t in
        let advantage = experience.advantages?[t] ?? stopGradient(experience.rawAdvantages[t])
        return exp(policy.logp(of: episode.actions[t], after: episode.states[t]) - episode.oldLogp[t]) * advantage
      }
    }
    let sampled = trace.tape.gradient(of: aggregate(objectives, on: trace.tape))
    trace.recordGradients(exact: exact, sampled: policy.logits.map { row in row.map { sampled[$0] } })
  }
}
