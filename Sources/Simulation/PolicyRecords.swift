import Autodiff
import Objectives
import Recording

// What every simulation records about its policy, whatever the algorithm.
extension Trace {
  /// What a policy says of each token of response `i` to a prompt, a beat for each.
  func recordLogps(
    _ name: Quantity, _ i: Int, of policy: TabularPolicy, _ response: [Int], after prompt: [Int]
  ) -> [Scalar] {
    policy.logps(of: response, after: prompt).enumerated().map { t, logp in
      beat()
      return term(name, i, t, logp)
    }
  }

  /// A frozen reference of fine-tuned logits, and what learns from examples, starting as its copy.
  func makeReferenceAndLearner(
    _ world: World, settings: Settings, seed: UInt64
  ) -> (reference: TabularPolicy, learner: ExampleLearner) {
    let logits = fineTuneReference(world, settings: settings)
    let reference = TabularPolicy(logits: logits, on: tape)
    begin(.sync)
    let copy = ParameterTable(.policy, initial: logits.map { $0.map(stopGradient) }, trace: self)
    return (reference, ExampleLearner(copy, settings: settings, seed: seed, trace: self))
  }

  /// The probabilities of an iteration's first and of its last policy.
  func recordSync(from old: TabularPolicy, to new: TabularPolicy) {
    begin(.sync)
    recordProbabilities(from: old, to: new)
  }

  /// Every probability of a policy before and after a change, a beat for each state.
  func recordProbabilities(from old: TabularPolicy, to new: TabularPolicy) {
    for a in old.logits.indices {
      beat()
      for b in old.logits[a].indices {
        _ = term(.probabilityBefore, a, b, exp(old.logp(of: b, after: a)))
        _ = term(.probabilityAfter, a, b, exp(new.logp(of: b, after: a)))
      }
    }
  }

  /// The exact gradient beside the sampled one, a beat for each state, and the cosine between the two.
  func recordGradients(exact: [[Double]], sampled: [[Double]]) {
    var products: [Scalar] = []
    var exactSquares: [Scalar] = []
    var sampledSquares: [Scalar] = []
    for a in exact.indices {
      beat()
      for b in exact[a].indices {
        let e = term(.exactGradient, a, b, tape.leaf(exact[a][b]))
        let s = term(.sampledGradient, a, b, tape.leaf(sampled[a][b]))
        products.append(e * s)
        exactSquares.append(square(e))
        sampledSquares.append(square(s))
      }
    }
    beat()
    let lengths = sqrt(tape.sum(exactSquares)) * sqrt(tape.sum(sampledSquares))
    _ = term(.gradientCosine, tape.sum(products) / lengths)
  }
}
