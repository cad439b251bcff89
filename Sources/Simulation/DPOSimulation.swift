import Autodiff
import Objectives
import Recording

/// DPO and its relatives in a tiny world: nothing is sampled, and there is no reward model.
///
/// The reference learns from the demonstrations and is frozen, unless `sync_ref_model` lets it follow; the policy starts as
/// its copy and learns from the preferences in epochs of minibatches. The order of the stages is that of TRL's `DPOTrainer`
/// with `precompute_ref_log_probs`.
struct DPOSimulation {
  let world: World
  let settings: Settings
  let trace: Trace

  private var reference: FollowingReference
  private var oracle: ExampleOracle
  private var learner: PairLearner

  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.trace = trace
    trace.prompts = world.preferences.map { world.text($0.prompt) }
    trace.givenTokens = world.preferences.map { world.words($0.chosen) }
    trace.rejectedTokens = world.preferences.map { world.words($0.rejected) }
    let (initial, learner) = trace.makeReferenceAndLearner(world, settings: settings, seed: seed)
    reference = FollowingReference(initial, settings: settings, trace: trace)
    self.learner = PairLearner(learner, world: world, settings: settings, trace: trace)
    oracle = ExampleOracle(world, algorithm: .dpo, settings: settings, reference: initial.table)
  }

  mutating func run() {
    trace.loops = Trace.LoopPosition(iteration: 0)
    learner.take(world.preferences, reference: reference.policy)
    recordOracle()
    for (n, minibatch) in learner.minibatches().enumerated() {
      trace.loops = minibatch.loops
      learn(from: minibatch.members, step: n + 1)
    }
  }

  private mutating func learn(from pairs: [Int], step: Int) {
    let old = learner.policy
    let loss = learner.learn(from: pairs)
    let policy = learner.policy
    let hasMoved = reference.follow(policy, step: step)
    trace.begin(.effect)
    trace.recordProbabilities(from: old, to: policy)
    if hasMoved {
      oracle = ExampleOracle(world, algorithm: .dpo, settings: settings, reference: reference.policy.table)
      learner.take(world.preferences, reference: reference.policy)
    }
    recordOracle()
    recordPreferenceMetrics(loss, observer: trace)
  }

  /// Records what is true of the policy now, over every possible response and over all pairs.
  private func recordOracle() {
    let now = learner.policy.table
    let pairs = PreferenceOracle(
      world, policy: now, reference: reference.policy.table, beta: settings.number(.preferenceBeta))
    trace.begin(.oracle)
    func record(_ quantity: Quantity, _ value: Double) { _ = trace.term(quantity, trace.tape.leaf(value)) }
    oracle.recordResponses(of: now, on: trace)
    trace.beat()
    record(.meanChosenLogp, pairs.chosenLogp)
    record(.meanRejectedLogp, pairs.rejectedLogp)
    record(.unseenProbability, pairs.unseenProbability)
    trace.beat()
    oracle.recordLoss(of: now, on: trace)
    record(.meanMargin, pairs.margin)
    record(.pairAccuracy, pairs.accuracy)
  }
}
