import Autodiff
import Objectives

/// A sampled episode or response: what was done where, and what became of it.
struct Episode {
  let index: Int
  /// The state before each action; for a language, the token before each token.
  var states: [Int] = []
  var actions: [Int] = []
  var oldLogp: [Scalar] = []
  /// The whole distributions from which the actions were sampled.
  var oldLogps: [[Scalar]] = []
  /// One per action, where the world gives a reward at every step.
  var rewards: [Scalar] = []
  /// The state after the last action.
  var last = 0
  /// Whether it ended by itself, and was not cut off.
  var hasEnded = false
}

/// A world in which a tabular policy acts and learns.
protocol Environment {
  /// What the policy starts from, `[state][action]`.
  var initialLogits: [[Scalar]] { get }
  /// Samples a batch with the current policy.
  func rollout(_ policy: TabularPolicy, iteration: Int) -> [Episode]
  /// What the world says of the samples.
  func responses(_ episodes: [Episode]) -> [Response]
  /// Records exact values of a policy, and gives the exact gradient of what it should maximise.
  func recordExactValues(of policy: TabularPolicy) -> [[Double]]
  /// What its KL penalty weighs; 0 where there is nothing to stay near to.
  var klCoefficient: Scalar { get }
}
