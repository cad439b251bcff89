import Autodiff
import Objectives
import Recording

/// DPO and its relatives in a world of eight tokens: nothing is sampled, and there is no reward model.
///
/// The reference learns from the demonstrations and is frozen; the policy starts as its copy and learns from the
/// preferences in epochs of minibatches. The order of the stages is that of TRL's `DPOTrainer` with
/// `precompute_ref_log_probs`.
struct DPOSimulation {
  let world: World
  let settings: Settings
  let trace: Trace

  private let reference: TabularPolicy
  private let oracle: ExampleOracle
  private var learner: ExampleLearner

  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.trace = trace
    trace.prompts = world.preferences.map { world.text($0.prompt) }
    trace.givenTokens = world.preferences.map { world.words($0.chosen) }
    trace.rejectedTokens = world.preferences.map { world.words($0.rejected) }
    (reference, learner) = trace.makeReferenceAndLearner(world, settings: settings, seed: seed)
    oracle = ExampleOracle(world, algorithm: .dpo, settings: settings, reference: reference.table)
  }

  mutating func run() {
    trace.loops = Trace.LoopPosition(iteration: 0)
    trace.begin(.reference)
    let references = logps(of: reference, (.chosenRefLogp, .rejectedRefLogp), pairs: world.preferences.indices)
    recordOracle()
    for minibatch in learner.minibatches(of: world.preferences.count) {
      trace.loops = minibatch.loops
      learn(from: minibatch.members, references)
    }
  }

  private var policy: TabularPolicy {
    TabularPolicy(logits: learner.table.values, on: trace.tape)
  }

  private typealias Logps = (chosen: [Scalar], rejected: [Scalar])

  private mutating func learn(from pairs: [Int], _ references: [Logps]) {
    trace.begin(.policy)
    let old = policy
    let now = logps(of: old, (.chosenLogp, .rejectedLogp), pairs: pairs)
    let compared = zip(pairs, now).map { i, now in
      // Stopped here and not once and for all, so that the reverse pass ends within this step.
      PreferencePair(
        index: i, chosenLogp: now.chosen, rejectedLogp: now.rejected,
        chosenRefLogp: references[i].chosen.map(stopGradient),
        rejectedRefLogp: references[i].rejected.map(stopGradient))
    }
    let loss = preferencePolicyLoss(compared, settings: settings, observer: trace)
    learner.learn(from: loss.loss)
    trace.begin(.effect)
    trace.recordProbabilities(from: old, to: policy)
    recordOracle()
    recordPreferenceMetrics(loss, observer: trace)
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
      world, policy: now, reference: reference.table, beta: settings.number(.preferenceBeta))
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
