import Autodiff
import Objectives
import Recording

/// A reward model learning from preferences, step by step: the preparation of PPO, with everything recorded.
///
/// With plain gradient descent on all pairs at once it ends with the weights that `PPOSimulation` uses. The numbers are
/// those of TRL's `RewardTrainer`.
struct RewardModelSimulation {
  let world: World
  let settings: Settings
  let trace: Trace

  private var learner: ExampleLearner

  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.trace = trace
    trace.prompts = world.preferences.map { world.text($0.prompt) }
    trace.givenTokens = world.preferences.map { world.words($0.chosen) }
    trace.rejectedTokens = world.preferences.map { world.words($0.rejected) }
    trace.nameTexts(of: world.preferences, by: .pair)
    trace.begin(.sync)
    let zeros = world.vocabulary.map { _ in [trace.tape.leaf(0)] }
    learner = ExampleLearner(
      ParameterTable(.rewardModel, initial: zeros, trace: trace), settings: settings, seed: seed, trace: trace)
  }

  mutating func run() {
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordOracle()
    for minibatch in learner.minibatches(of: world.preferences.count) {
      trace.loops = minibatch.loops
      learn(from: minibatch.members)
    }
  }

  private var weights: [Scalar] { learner.table.values.map { $0[0] } }

  private mutating func learn(from pairs: [Int]) {
    let result = rewardModelLoss(score(pairs), settings: settings, observer: trace)
    learner.learn(from: result.loss)
    recordOracle()
    recordRewardModelMetrics(result, observer: trace)
  }

  private func score(_ pairs: [Int]) -> [ScoredPair] {
    trace.begin(.score)
    let weights = weights
    return pairs.map { i in
      trace.beat()
      let pair = world.preferences[i]
      return ScoredPair(
        index: i, chosen: trace.term(.chosenScore, i, trace.score(pair.chosen, weights: weights)),
        rejected: trace.term(.rejectedScore, i, trace.score(pair.rejected, weights: weights)),
        margin: pair.margin.map { trace.tape.leaf($0) })
    }
  }

  /// Records how many of all pairs are ranked correctly now.
  private func recordOracle() {
    let weights = weights
    let margins = world.preferences.map { pair in
      trace.score(pair.chosen, weights: weights).value - trace.score(pair.rejected, weights: weights).value
    }
    let (tape, count) = (trace.tape, Double(margins.count))
    trace.begin(.oracle)
    trace.beat()
    _ = trace.term(.meanMargin, tape.leaf(margins.reduce(0) { $0 + $1 } / count))
    _ = trace.term(.pairAccuracy, tape.leaf(Double(margins.count { $0 > 0 }) / count))
  }
}
