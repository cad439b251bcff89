import Autodiff
import Objectives
import Recording

/// A policy that learns from pairs, wherever they come from: reference and policy are asked about every token, and each
/// minibatch is an optimizer step.
struct PairLearner {
  private let world: World
  private let settings: Settings
  private let trace: Trace
  private var learner: ExampleLearner
  /// The pairs that the reference was asked about last, and what it says of them.
  private(set) var pairs: [World.Preference] = []
  /// The scores by which each pair was judged; nil where no score decided.
  private var scores: [(chosen: Scalar, rejected: Scalar)]?
  private var references: [Logps] = []

  private typealias Logps = (chosen: [Scalar], rejected: [Scalar])

  init(_ learner: ExampleLearner, world: World, settings: Settings, trace: Trace) {
    (self.learner, self.world, self.settings, self.trace) = (learner, world, settings, trace)
  }

  var policy: TabularPolicy { TabularPolicy(logits: learner.table.values, on: trace.tape) }

  /// The run's minibatches, epoch after epoch; see `ExampleLearner`.
  func minibatches() -> [(loops: Trace.LoopPosition, members: [Int])] { learner.minibatches(of: pairs.count) }

  /// Takes pairs to learn from, and records what the reference says of every token of them, a beat for each.
  ///
  /// - Parameters:
  ///   - pairs: The pairs, in the order of their numbers.
  ///   - reference: What they are compared with.
  ///   - scores: The scores by which each pair was judged; nil where no score decided.
  mutating func take(
    _ pairs: [World.Preference], reference: TabularPolicy, scores: [(chosen: Scalar, rejected: Scalar)]? = nil
  ) {
    (self.pairs, self.scores) = (pairs, scores)
    trace.begin(.reference)
    references = logps(of: reference, (.chosenRefLogp, .rejectedRefLogp), pairs: pairs.indices)
  }

  /// One step on some of the pairs, by their numbers.
  mutating func learn(from members: [Int]) -> PreferencePolicyLoss {
    trace.begin(.policy)
    let policy = policy
    let now = logps(of: policy, (.chosenLogp, .rejectedLogp), pairs: members)
    let compared = zip(members, now).map { i, now in
      // Stopped here and not once and for all, so that the reverse pass ends within this step.
      var pair = PreferencePair(
        index: i, chosenLogp: now.chosen, rejectedLogp: now.rejected,
        chosenRefLogp: references[i].chosen.map(stopGradient),
        rejectedRefLogp: references[i].rejected.map(stopGradient))
      pair.margin = pairs[i].margin.map { trace.tape.leaf($0) }
      pair.scores = scores?[i]
      if settings.flag(.pairWeighting) { addCollisions(of: policy, to: &pair) }
      return pair
    }
    let loss = preferencePolicyLoss(compared, settings: settings, observer: trace)
    learner.learn(from: loss.loss)
    return loss
  }

  /// `log Σ_v π(v)²` before each token of a pair, a beat for each, for `use_weighting`.
  private func addCollisions(of policy: TabularPolicy, to pair: inout PreferencePair) {
    let texts = pairs[pair.index]
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
    of policy: TabularPolicy, _ names: (chosen: Quantity, rejected: Quantity), pairs members: Pairs
  ) -> [Logps] {
    members.map { i in
      let pair = pairs[i]
      return (
        chosen: trace.recordLogps(names.chosen, i, of: policy, pair.chosen, after: pair.prompt),
        rejected: trace.recordLogps(names.rejected, i, of: policy, pair.rejected, after: pair.prompt)
      )
    }
  }
}
