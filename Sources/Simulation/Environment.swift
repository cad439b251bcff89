import Autodiff
import Objectives

/// A world in which a tabular policy acts and learns, with those parts of an algorithm that differ from world to world.
protocol Environment {
  /// What the policy starts from, `[state][action]`.
  var initialLogits: [[Scalar]] { get }
  /// Samples a batch with the current policy.
  mutating func rollout(_ policy: TabularPolicy, iteration: Int) -> [Episode]
  /// What the world says of the samples of a policy.
  func responses(_ episodes: [Episode], of policy: TabularPolicy) -> [Response]
  /// Records exact values of a policy, and returns the exact gradient of what it should maximise.
  func recordExactValues(of policy: TabularPolicy) -> [[Double]]
  /// Records what is logged of a batch; `updates` is empty where no ratio is clipped.
  func recordMetrics(_ experiences: [Experience], updates: [PPOLoss])

  // MARK: The KL penalty

  /// The weight of its KL penalty; 0 where there is nothing to stay near.
  var klCoefficient: Scalar { get }
  /// Records the coefficient that a run begins with.
  mutating func recordKLCoefficient()
  /// Moves the coefficient after a batch, where it adapts.
  mutating func adaptKLCoefficient(to experiences: [Experience])
  /// The exact KL to the reference in each state of an episode; nil where it is not asked for.
  func exactKLs(of episode: Episode, under distributions: [[Scalar]]) -> [Scalar]?

  // MARK: The critic

  /// How many states a critic's table has, which may have one more than the policy's: the end.
  var criticRows: Int { get }
  /// The states of an episode that the critic values: those before each action, and the slots that come after.
  func valuedStates(of episode: Episode) -> [Int]
  /// Whether the critic says what was still to come of an episode that was cut off.
  func isBootstrapped(_ episode: Episode) -> Bool
}
