import Autodiff
import Objectives
import Recording

/// DPO and its relatives in a world of eight tokens: nothing is sampled, and there is no reward model.
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
  private var learner: ExampleLearner
  /// What the reference says of every pair.
  private var references: [Logps] = []

  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.trace = trace
    trace.prompts = world.preferences.map { world.text($0.prompt) }
    trace.givenTokens = world.preferences.map { world.words($0.chosen) }
    trace.rejectedTokens = world.preferences.map { world.words($0.rejected) }
    let (initial, learner) = trace.makeReferenceAndLearner(world, settings: settings, seed: seed)
    reference = FollowingReference(initial, settings: settings, trace: trace)
    self.learner = learner
    oracle = ExampleOracle(world, algorithm: .dpo, settings: settings, reference: initial.table)
  }

  mutating func run() {
    trace.loops = Trace.LoopPosition(iteration: 0)
    askReference()
    recordOracle()
    for (n, minibatch) in learner.minibatches(of: world.preferences.count).enumerated() {
      trace.loops = minibatch.loops
      learn(from: minibatch.members, step: n + 1)
    }
  }

  private var policy: TabularPolicy {
    TabularPolicy(logits: learner.table.values, on: trace.tape)
  }

  private typealias Logps = (chosen: [Scalar], rejected: [Scalar])

  private mutating func askReference() {
    trace.begin(.reference)
    references = logps(of: reference.policy, (.chosenRefLogp, .rejectedRefLogp), pairs: world.preferences.indices)
  }

  private mutating func learn(from pairs: [Int], step: Int) {
    trace.begin(.policy)
    let old = policy
    let now = logps(of: old, (.chosenLogp, .rejectedLogp), pairs: pairs)
    let compared = zip(pairs, now).map { i, now in
      // Stopped here and not once and for all, so that the reverse pass ends within this step.
      var pair = PreferencePair(
        index: i, chosenLogp: now.chosen, rejectedLogp: now.rejected,
        chosenRefLogp: references[i].chosen.map(stopGradient),
        rejectedRefLogp: references[i].rejected.map(stopGradient))
      pair.margin = world.preferences[i].margin.map { trace.tape.leaf($0) }
      if settings.flag(.pairWeighting) { addCollisions(of: old, to: &pair) }
      return pair
    }
    let loss = preferencePolicyLoss(compared, settings: settings, observer: trace)
    learner.learn(from: loss.loss)
    let hasMoved = reference.follow(policy, step: step)
    trace.begin(.effect)
    trace.recordProbabilities(from: old, to: policy)
    if hasMoved {
      oracle = ExampleOracle(world, algorithm: .dpo, settings: settings, reference: reference.policy.table)
      askReference()
    }
    recordOracle()
    recordPreferenceMetrics(loss, observer: trace)
  }

  /// `log Σ_v π(v)²` before each token of a pair, a beat for each, for `use_weighting`.
  private func addCollisions(of policy: TabularPolicy, to pair: inout PreferencePair) {
    let texts = world.preferences[pair.index]
    func collisions(_ name: Quantity, _ response: [Int]) -> [Scalar] {
      zip([texts.prompt.last ?? 0] + response, response.indices).map { previous, t in
        trace.beat()
        let doubled = policy.logps(after: previous).map { 2 * stopGradient($0) }
        return trace.term(name, pair.index, t, trace.tape.logSumExp(doubled))
      }
    }
    pair.chosenCollisions = collisions(.chosenCollision, texts.chosen)
    pair.rejectedCollisions = collisions(.rejectedCollision, texts.rejected)
  }

  /// Records what a policy says of every token of some pairs, a beat for each.
  private func logps<Pairs: Sequence<Int>>(
    of policy: TabularPolicy, _ names: (chosen: Quantity, rejected: Quantity), pairs: Pairs
  ) -> [Logps] {
    pairs.map { i in
      let pair = world.preferences[i]
      return (
        chosen: trace.recordLogps(names.chosen, i, of: policy, pair.chosen, after: pair.prompt),
        rejected: trace.recordLogps(names.rejected, i, of: policy, pair.rejected, after: pair.prompt)
      )
    }
  }

  /// Records what is true of the policy now, over every possible response and over all pairs.
  private func recordOracle() {
    let now = policy.table
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
