import Objectives
import Recording

extension Scenario {
  /// The policies with which other algorithms end in this scenario's world, each with the options of its built-in
  /// scenario.
  ///
  /// Left out are those that cannot learn in it, and those that do not start from the reference.
  ///
  /// - Parameter reference: `log π_ref`, by state and token.
  /// - Returns: `log π`, by state and token.
  public func endsOfOthers(from reference: [[Double]]) -> [(name: String, policy: [[Double]])] {
    guard isolation == nil else { return [] }
    var others: [Scenario] = []
    for other in Scenario.builtIn where other.isolation == nil {
      if other.algorithm != algorithm, !others.contains(where: { $0.algorithm == other.algorithm }) {
        others.append(other)
      }
    }
    return others.compactMap { other in
      var guest = other.madeLike(self)
      guest.world = world.withPreferences
      guard guest.problem == nil else { return nil }
      let steps = LearnedPolicies(guest.record(), guest).steps
      guard let first = steps.first, first.policy == reference else { return nil }
      return (other.algorithm.name, steps[steps.count - 1].policy)
    }
  }
}
