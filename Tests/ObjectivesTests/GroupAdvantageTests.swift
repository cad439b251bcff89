import Autodiff
import Objectives
import Testing

@Suite struct GroupAdvantageTests {
  /// Two groups: rewards 1, 2, 6 and 0, 4, each response as long as its place, from 1.
  private func advantages(
    _ options: [(Option, OptionValue)], contexts: [(Tape) -> GroupContext] = []
  ) throws -> [Double] {
    let tape = Tape()
    var settings = Settings()
    for (option, value) in options { try settings.set(option, to: value) }
    let rewards = [(0, 1.0), (0, 2), (1, 0), (0, 6), (1, 4)]
    let responses = rewards.enumerated().map { i, item in
      GroupResponse(
        index: i, group: item.0, oldLogp: (0...i).map { _ in tape.leaf(-1) }, refLogp: nil, reward: tape.leaf(item.1))
    }
    let groups = contexts.isEmpty ? [GroupContext(), GroupContext()] : contexts.map { $0(tape) }
    return groupAdvantages(responses, groups: groups, settings: settings, observer: Unobserved(tape: tape))
      .map(\.value)
  }

  private func expect(_ actual: [Double], _ expected: [Double]) {
    #expect(actual.count == expected.count)
    for (a, e) in zip(actual, expected) { #expect(abs(a - e) < 1e-12, "\(actual), not \(expected)") }
  }

  private static let unscaled: (Option, OptionValue) = (.scaleRewards, .choice("none"))

  @Test func eachGroupHasItsMeanAndDeviation() throws {
    let (first, second) = (7.0.squareRoot() + 1e-4, 8.0.squareRoot() + 1e-4)
    expect(try advantages([]), [-2 / first, -1 / first, -2 / second, 3 / first, 2 / second])
  }

  @Test func theBatchMayHaveOneDeviation() throws {
    // The five rewards have mean 2.6 and squared deviations 2.56, 0.36, 6.76, 11.56, 1.96.
    let std = (23.2 / 4).squareRoot() + 1e-4
    expect(try advantages([(.scaleRewards, .choice("batch"))]), [-2, -1, -2, 3, 2].map { $0 / std })
  }

  @Test(arguments: [
    ("own_group", [-2.0, -1, -2, 3, 2]), ("across_groups", [-1.5, -0.5, -2.5, 3.5, 1.5]),
    ("pooled", [-1.6, -0.6, -2.6, 3.4, 1.4]), ("reference", [0, 1, -5, 5, -1]), ("ema", [-9, -8, -20, -4, -16]),
  ])
  func theBaselineMayBeAnother(name: String, expected: [Double]) throws {
    expect(
      try advantages(
        [Self.unscaled, (.advantageBaseline, .choice(name))],
        contexts: [
          { GroupContext(referenceReward: $0.leaf(1), runningReward: $0.leaf(10)) },
          { GroupContext(referenceReward: $0.leaf(5), runningReward: $0.leaf(20)) },
        ]),
      expected)
  }

  /// Then the deviation is that from the other baseline, over n − 1.
  @Test(arguments: [("batch", [5, 5]), ("group", [3, 2])]) func theDeviationIsFromTheOtherBaseline(
    scale: String, counts: [Double]
  ) throws {
    let distances = [-1.5, -0.5, -2.5, 3.5, 1.5]
    let groups = [0, 0, 1, 0, 1]
    let stds = (0..<2).map { group in
      let own = scale == "batch" ? distances : zip(distances, groups).filter { $0.1 == group }.map(\.0)
      return (own.map { $0 * $0 }.reduce(0, +) / (counts[group] - 1)).squareRoot() + 1e-4
    }
    expect(
      try advantages([(.scaleRewards, .choice(scale)), (.advantageBaseline, .choice("across_groups"))]),
      zip(distances, groups).map { $0 / stds[$1] })
  }

  @Test func groupsMayBeWeighted() throws {
    expect(
      try advantages([Self.unscaled], contexts: [{ GroupContext(weight: $0.leaf(3)) }, { _ in GroupContext() }]),
      [-6, -3, -2, 9, 2])
  }

  @Test func leaveOneOutComparesWithTheOthers() throws {
    expect(try advantages([(.advantageEstimator, .choice("rloo"))]), [-3, -1.5, -4, 4.5, 4])
  }

  @Test func reinforcePlusPlusCountsTokens() throws {
    // 1, 2 twice, 0 three times, 6 four times, 4 five times.
    let tokens = [1.0, 2, 2, 0, 0, 0, 6, 6, 6, 6, 4, 4, 4, 4, 4]
    let mean = tokens.reduce(0, +) / 15
    let std = (tokens.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 14 + 1e-8).squareRoot()
    expect(
      try advantages([(.advantageEstimator, .choice("reinforce_plus_plus"))]),
      [1, 2, 0, 6, 4].map { ($0 - mean) / std })
  }

  @Test func theRunningMeanBeginsWithTheFirst() {
    let tape = Tape()
    let first = updatedRunningReward(nil, mean: tape.leaf(2), decay: Constant(0.9))
    #expect(first.value == 2)
    #expect(updatedRunningReward(first, mean: tape.leaf(4), decay: Constant(0.75)).value == 2.5)
  }
}
