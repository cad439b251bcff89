import Autodiff
import Objectives
import Recording

/// The plain policy gradient: sample, weigh each log-probability with what came after it, step.
///
/// The samples may be used for several epochs, as in PPO, but nothing here notices how far the policy has moved from the
/// one that sampled them.
struct ReinforceSimulation<World: Environment> {
  let settings: Settings
  let seed: UInt64
  let trace: Trace

  private var world: World
  private var actor: ParameterTable
  private var step = 0

  init(_ world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.seed = seed
    self.trace = trace
    trace.begin(.sync)
    self.world.recordKLCoefficient()
    trace.begin(.sync)
    actor = ParameterTable(.policy, initial: world.initialLogits, trace: trace)
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
    let responses = samplerCorrected(world.responses(episodes, of: old), settings: settings, observer: trace)
    let experiences = reinforceExperience(
      from: responses, klCoefficient: world.klCoefficient, settings: settings, observer: trace)
    let exact = world.recordExactValues(of: old)
    recordGradients(exact: exact, policy: old, episodes, experiences)
    for epoch in 0..<settings.integer(.epochs) {
      var random = RandomStream(seed: seed, purpose: RandomPurpose.shuffling, UInt32(iteration), UInt32(epoch))
      let parts = random.minibatches(of: settings.integer(.batchSize), parts: settings.integer(.minibatches))
      for (number, minibatch) in parts.enumerated() {
        trace.loops = Trace.LoopPosition(iteration: iteration, epoch: epoch, minibatch: number)
        let remaining = 1 - Double(iteration) / Double(settings.integer(.batches))
        update(on: minibatch.map { (episodes[$0], experiences[$0]) }, remaining: remaining)
      }
    }
    trace.loops = Trace.LoopPosition(iteration: iteration)
    trace.recordSync(from: old, to: policy())
    world.recordMetrics(experiences, updates: [])
  }

  private func policy() -> TabularPolicy {
    TabularPolicy(logits: actor.values, temperature: settings.value(.temperature), on: trace.tape)
  }

  private mutating func update(on minibatch: [(episode: Episode, experience: Experience)], remaining: Double) {
    trace.begin(.policy)
    let policy = policy()
    let logps = minibatch.map { episode, _ in
      episode.actions.indices.map { t in
        trace.beat()
        return trace.term(.logp, episode.index, t, policy.logp(of: episode.actions[t], after: episode.states[t]))
      }
    }
    let entropies = minibatch.map { episode, _ in episode.states.map { entropy(policy.logps(after: $0)) } }
    let loss = reinforceLoss(
      minibatch.map { $0.experience }, logps: logps, entropies: entropies, settings: settings, observer: trace)
    step += 1
    var tables = [actor]
    trace.takeStep(
      step, against: loss, moving: &tables, by: Optimizer(settings, remaining: remaining), settings: settings)
    actor = tables[0]
  }

  private func recordGradients(
    exact: [[Double]], policy: TabularPolicy, _ episodes: [Episode], _ experiences: [Experience]
  ) {
    let aggregate = Aggregation(settings)
    let objectives = zip(episodes, experiences).map { episode, experience in
      episode.actions.indices.map { t in
        let objective = policy.logp(of: episode.actions[t], after: episode.states[t]) * experience.rawAdvantages[t]
        return experience.response.samplingWeight(t).map { $0 * objective } ?? objective
      }
    }
    let sampled = trace.tape.gradient(of: aggregate(objectives, on: trace.tape))
    trace.recordGradients(exact: exact, sampled: policy.logits.map { row in row.map { sampled[$0] } })
  }
}
