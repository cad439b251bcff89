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
  private var learner: ExampleLearner

  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.trace = trace
    trace.prompts = world.preferences.map { world.text($0.prompt) }
    trace.givenTokens = world.preferences.map { world.words($0.chosen) }
    trace.rejectedTokens = world.preferences.map { world.words($0.rejected) }
    let logits = trace.fineTuneReference(world, settings: settings)
    reference = TabularPolicy(logits: logits, on: trace.tape)
    trace.begin(.sync)
    let copy = logits.map { $0.map(stopGradient) }
    learner = ExampleLearner(
      ParameterTable(.policy, initial: copy, trace: trace), settings: settings, seed: seed, trace: trace)
  }

  mutating func run() {
    trace.loops = Trace.LoopPosition(iteration: 0)
    trace.begin(.reference)
    let references = logps(of: reference, (.chosenRefLogp, .rejectedRefLogp), pairs: world.preferences.indices)
    recordOracle()
    for epoch in 0..<settings.integer(.trainEpochs) {
      for (number, pairs) in learner.minibatches(of: world.preferences.count, epoch: epoch).enumerated() {
        trace.loops = Trace.LoopPosition(iteration: 0, epoch: epoch, minibatch: number)
        learn(from: pairs, references)
      }
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
    func record(_ name: Quantity, _ i: Int, _ response: [Int]) -> [Scalar] {
      policy.logps(of: response, after: world.preferences[i].prompt).enumerated().map { t, logp in
        trace.beat()
        return trace.term(name, i, t, logp)
      }
    }
    return pairs.map { i in
      (
        chosen: record(names.chosen, i, world.preferences[i].chosen),
        rejected: record(names.rejected, i, world.preferences[i].rejected)
      )
    }
  }

  /// Records what is true of the policy now, over all pairs and over every possible response.
  private func recordOracle() {
    let oracle = PreferenceOracle(
      world, policy: policy.table, reference: reference.table, beta: settings.number(.preferenceBeta),
      responseLength: settings.integer(.responseLength))
    trace.begin(.oracle)
    func record(_ quantity: Quantity, _ value: Double) { _ = trace.term(quantity, trace.tape.leaf(value)) }
    trace.beat()
    record(.exactKL, oracle.kl)
    trace.beat()
    record(.meanChosenLogp, oracle.chosenLogp)
    record(.meanRejectedLogp, oracle.rejectedLogp)
    record(.unseenProbability, oracle.unseenProbability)
    trace.beat()
    record(.meanMargin, oracle.margin)
    record(.pairAccuracy, oracle.accuracy)
  }
}
