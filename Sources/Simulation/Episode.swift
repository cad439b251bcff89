import Autodiff
import Objectives

/// A sampled episode or response: states, actions and rewards.
struct Episode {
  let index: Int
  /// The state before each action; for a language, the token before each token.
  var states: [Int] = []
  var actions: [Int] = []
  var oldLogp: [Scalar] = []
  /// Those of the engine that sampled, where that is not the policy.
  var samplingLogp: [Scalar]?
  /// The whole distributions from which the actions were sampled.
  var oldLogps: [[Scalar]] = []
  /// One per action, where the world gives a reward at every step.
  var rewards: [Scalar] = []
  /// The state after the last action.
  var last = 0
  /// Whether it ended by itself and was not cut off.
  var hasEnded = false
}
