import Objectives
import Recording
import Simulation
import Testing

/// A baseline that is not the group's own: a group without spread must not be divided by the ε of the others.
@Suite struct BaselineSpreadTests {
  private func batch(_ baseline: String, _ scale: String, rewards: [Double]) throws -> Batch {
    var settings = Settings()
    try settings.set(.advantageBaseline, to: .choice(baseline))
    try settings.set(.scaleRewards, to: .choice(scale))
    let sequences = rewards.enumerated().map { i, reward in
      Batch.GroupBatch.Sequence(
        prompt: "", tokens: ["a"], group: i < 4 ? 0 : 1, reward: reward, logp: [-1], oldLogp: [-1])
    }
    let groups = [0, 1].map {
      Batch.GroupBatch.Group(name: "\($0)", referenceReward: 0.25, runningReward: 0.25)
    }
    return Batch(title: "", settings: settings, contents: .groups(.init(sequences: sequences, groups: groups)))
  }

  @Test(
    arguments: ["across_groups", "pooled", "reference", "ema"], ["group", "batch"])
  func noAdvantageIsMadeOfEpsilonAlone(baseline: String, scale: String) throws {
    for rewards in [[1, 1, 1, 1, 0, 1, 0, 0], [1, 1, 1, 1, 1, 1, 1, 1], [1, 0, 1, 0, 0.5]] {
      let trace = try batch(baseline, scale, rewards: rewards).record()
      for i in rewards.indices {
        let advantage = try #require(Oracle.number("advantage[\(i)]", in: trace))
        #expect(abs(advantage) <= 2, "\(rewards)")
      }
    }
  }

  /// Σ (r − b)² = 4 · 0.75²; over 3; √0.75 = 0.8660.
  @Test func theDeviationIsMeasuredFromTheBaseline() throws {
    let trace = try batch("reference", "group", rewards: [1, 1, 1, 1, 0, 1, 0, 0]).record()
    #expect(Oracle.number("group_std[0]", in: trace) == 0)
    #expect(abs(try #require(Oracle.number("baseline_std[0]", in: trace)) - 0.75.squareRoot()) < 1e-15)
    let advantage = try #require(Oracle.number("advantage[0]", in: trace))
    #expect(abs(advantage - 0.75 / (0.75.squareRoot() + 1e-4)) < 1e-12)
  }

  @Test func theGroupsOwnMeanKeepsTheGroupsDeviation() throws {
    let trace = try batch("own_group", "group", rewards: [1, 1, 1, 1, 0, 1, 0, 0]).record()
    #expect(Oracle.number("advantage[0]", in: trace) == 0)
    #expect(Oracle.number("baseline_std[0]", in: trace) == nil)
    #expect(abs(try #require(Oracle.number("advantage[5]", in: trace)) - 0.75 / (0.5 + 1e-4)) < 1e-12)
  }
}
