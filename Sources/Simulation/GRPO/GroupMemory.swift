import Autodiff
import Objectives
import Recording

/// What is known about each group from before: the reference's reward in it, its running mean, its weight.
struct GroupMemory {
  /// The exact expected reward of the reference.
  var referenceRewards: [Double] = []
  private var runningRewards: [Scalar?]
  /// Group DRO's weights so far; nil before the first batch.
  private var robust: [Scalar]?

  init(count: Int) {
    runningRewards = Array(repeating: nil, count: count)
  }

  /// Records what the options need for the advantages, and updates the running means.
  ///
  /// Before the first batch there is no mean yet: the reference's is used instead.
  mutating func contexts(for responses: [GroupResponse], settings: Settings, trace: Trace) -> [GroupContext] {
    let tape = trace.tape
    let means = runningRewards.indices.map { g in tape.mean(responses.filter { $0.group == g }.map { $0.reward }) }
    trace.begin(.groups)
    let weights = weights(means, settings: settings, trace: trace)
    let baseline = settings.choice(.advantageEstimator) == "grpo" ? settings.choice(.advantageBaseline) : ""
    return means.indices.map { g in
      var context = GroupContext(weight: weights?[g])
      if baseline == "reference" {
        trace.beat()
        context.referenceReward = trace.term(.referenceReward, g, tape.leaf(referenceRewards[g]))
      }
      if baseline == "ema" {
        trace.beat()
        let running = trace.term(.runningReward, g, runningRewards[g] ?? tape.leaf(referenceRewards[g]))
        context.runningReward = running
        runningRewards[g] = updatedRunningReward(running, mean: means[g], decay: settings.value(.baselineDecay))
      }
      return context
    }
  }

  /// Nil where every weight is 1.
  private mutating func weights(_ means: [Scalar], settings: Settings, trace: Trace) -> [Scalar]? {
    let text = settings.choice(.groupWeights)
    if text == "1" { return nil }
    if let given = Weights(text) { return means.indices.map { trace.tape.leaf(given[$0]) } }
    let next = robustWeights(
      robust ?? means.map { _ in trace.tape.constant(1) }, means: means, stepSize: settings.value(.groupStepSize),
      on: trace.tape
    ) { g, raised in
      trace.beat()
      return trace.term(.raisedWeight, g, raised)
    }
    robust = next
    return next
  }
}
