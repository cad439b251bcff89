import Autodiff
import Objectives
import Recording

/// Supervised fine-tuning step by step: the preparation of PPO, GRPO and DPO, with everything recorded.
///
/// It begins with all-zero logits, and learns in epochs of minibatches. With plain gradient descent on all
/// demonstrations at once, which is how PPO's reference is prepared, it ends with the same logits.
struct SupervisedSimulation {
  let world: World
  let settings: Settings
  let trace: Trace

  private var learner: ExampleLearner

  init(world: World, settings: Settings, seed: UInt64, trace: Trace) {
    self.world = world
    self.settings = settings
    self.trace = trace
    trace.prompts = world.demonstrations.map { world.text($0.prompt) }
    trace.givenTokens = world.demonstrations.map { world.words($0.response) }
    trace.begin(.sync)
    let zeros = (0..<world.eos).map { _ in world.vocabulary.map { _ in trace.tape.leaf(0) } }
    learner = ExampleLearner(
      ParameterTable(.policy, initial: zeros, trace: trace), settings: settings, seed: seed, trace: trace)
  }

  mutating func run() {
    trace.loops = Trace.LoopPosition(iteration: 0)
    recordOracle()
    for minibatch in learner.minibatches(of: world.demonstrations.count) {
      trace.loops = minibatch.loops
      learn(from: minibatch.members)
    }
  }

  private var policy: TabularPolicy {
    TabularPolicy(logits: learner.table.values, on: trace.tape)
  }

  private mutating func learn(from examples: [Int]) {
    trace.begin(.policy)
    let old = policy
    let logps = examples.map { i in
      let demonstration = world.demonstrations[i]
      return trace.recordLogps(.logp, i, of: old, demonstration.response, after: demonstration.prompt)
    }
    trace.begin(.loss)
    trace.beat()
    let loss = trace.term(.loss, supervisedLoss(logps, on: trace.tape))
    learner.learn(from: loss)
    trace.begin(.effect)
    trace.recordProbabilities(from: old, to: policy)
    recordOracle()
    recordMetrics(of: old, examples)
  }

  /// Records how well the policy now predicts all demonstrations, and how well any policy could.
  private func recordOracle() {
    let tape = trace.tape
    let policy = policy.table
    let best = frequencies()
    var (loss, smallest, tokens) = (0.0, 0.0, 0.0)
    for (previous, next) in world.demonstrations.flatMap({ transitions($0) }) {
      loss -= policy[previous][next]
      smallest -= Elementary.log(best[previous][next])
      tokens += 1
    }
    trace.begin(.oracle)
    trace.beat()
    _ = trace.term(.perplexity, tape.leaf(Elementary.exp(loss / tokens)))
    _ = trace.term(.optimumLoss, tape.leaf(smallest / tokens))
  }

  /// How often each token follows each other one in the demonstrations, which is what maximum likelihood learns.
  private func frequencies() -> [[Double]] {
    var counts = (0..<world.eos).map { _ in world.vocabulary.map { _ in 0.0 } }
    for (previous, next) in world.demonstrations.flatMap({ transitions($0) }) { counts[previous][next] += 1 }
    return counts.map { row in
      let total = row.reduce(0) { $0 + $1 }
      return row.map { $0 / max(1, total) }
    }
  }

  private func transitions(_ demonstration: World.Demonstration) -> [(previous: Int, next: Int)] {
    zip([demonstration.prompt.last ?? 0] + demonstration.response, demonstration.response)
      .map { (previous: $0, next: $1) }
  }

  /// What TRL's `SFTTrainer` logs: the policy's entropy, and how often its likeliest token is the one that comes.
  private func recordMetrics(of policy: TabularPolicy, _ examples: [Int]) {
    let steps = examples.flatMap { transitions(world.demonstrations[$0]) }
    let right = steps.count { previous, next in
      let row = policy.table[previous]
      return row.firstIndex(of: row.reduce(-Double.infinity) { max($0, $1) }) == next
    }
    let tape = trace.tape
    trace.begin(.metrics)
    trace.beat()
    trace.metric(.entropy, tape.mean(steps.map { entropy(policy.logps(after: $0.previous)) }))
    trace.metric(.meanTokenAccuracy, tape.constant(Double(right) / Double(steps.count)))
  }
}
