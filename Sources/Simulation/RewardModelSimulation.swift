import Autodiff
import Objectives
import Recording

/// A reward model learning from preferences, step by step: what PPO does before it begins, with everything recorded.
///
/// With plain gradient descent on all pairs at once it ends with the weights that `PPOSimulation` uses. The numbers are
/// those of TRL's `RewardTrainer`.
struct RewardModelSimulation {
  let world: World
  let settings: Settings
  let trace: Trace

  private var learner: Learner

  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.trace = trace
    trace.prompts = world.preferences.map { world.text($0.prompt) }
    trace.givenTokens = world.preferences.map { world.words($0.chosen) }
    trace.rejectedTokens = world.preferences.map { world.words($0.rejected) }
    trace.begin(.sync)
    let zeros = world.vocabulary.map { _ in [trace.tape.leaf(0)] }
    learner = Learner(
      ParameterTable(.rewardModel, initial: zeros, trace: trace), settings: settings, seed: seed, trace: trace)
  }

  mutating func run() {
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordOracle()
    for epoch in 0..<settings.integer(.trainEpochs) {
      for (number, pairs) in learner.minibatches(of: world.preferences.count, epoch: epoch).enumerated() {
        trace.loops = Trace.LoopPosition(iteration: 0, epoch: epoch, minibatch: number)
        learn(from: pairs)
      }
    }
  }

  private var weights: [Scalar] { learner.table.values.map { $0[0] } }

  /// A pair with its scores.
  private struct ScoredPair {
    let index: Int
    let chosen, rejected: Scalar
  }

  private mutating func learn(from pairs: [Int]) {
    let scored = score(pairs)
    let margins = compare(scored)
    trace.begin(.pairLoss)
    let losses = zip(scored, margins).map { pair, margin in
      trace.beat()
      return trace.term(.pairLoss, pair.index, pairLoss(pair, margin: margin))
    }
    trace.begin(.loss)
    trace.beat()
    learner.learn(from: trace.term(.loss, trace.tape.mean(losses)))
    recordOracle()
    recordMetrics(scored, margins)
  }

  private func score(_ pairs: [Int]) -> [ScoredPair] {
    trace.begin(.score)
    let weights = weights
    return pairs.map { i in
      trace.beat()
      let pair = world.preferences[i]
      return ScoredPair(
        index: i, chosen: trace.term(.chosenScore, i, trace.score(pair.chosen, weights: weights)),
        rejected: trace.term(.rejectedScore, i, trace.score(pair.rejected, weights: weights)))
    }
  }

  private func compare(_ pairs: [ScoredPair]) -> [Scalar] {
    trace.begin(.margin)
    return pairs.map { pair in
      trace.beat()
      let margin = trace.term(.margin, pair.index, pair.chosen - pair.rejected)
      _ = trace.term(.chosenProbability, pair.index, sigmoid(margin))
      _ = trace.term(.gradientWeight, pair.index, sigmoid(-margin))
      return margin
    }
  }

  private func pairLoss(_ pair: ScoredPair, margin: Scalar) -> Scalar {
    let coefficient = settings.number(.centerRewards)
    let loss = bradleyTerryLoss(margin: margin)
    guard coefficient != 0 else { return loss }
    let centering = centeringLoss(chosen: pair.chosen, rejected: pair.rejected, coefficient: coefficient)
    return loss + trace.term(.centering, pair.index, centering)
  }

  /// Records how many of all pairs are ranked rightly now.
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

  private func recordMetrics(_ pairs: [ScoredPair], _ margins: [Scalar]) {
    let tape = trace.tape
    let rewards = pairs.flatMap { [$0.chosen, $0.rejected] }
    trace.begin(.metrics)
    trace.beat()
    trace.metric(.accuracy, tape.constant(Double(margins.count { $0.value > 0 }) / Double(margins.count)))
    trace.metric(.margin, tape.mean(margins))
    trace.metric(.minReward, tape.constant(rewards.reduce(.infinity) { min($0, $1.value) }))
    trace.metric(.meanReward, tape.mean(rewards))
    trace.metric(.maxReward, tape.constant(rewards.reduce(-.infinity) { max($0, $1.value) }))
  }
}
