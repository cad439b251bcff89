import Recording
import Reporting
import Simulation
import Testing

@Suite(.serialized) struct DiagramGoldenTests {
  @Test(arguments: [
    "pipeline", "trajectories", "policy", "reward-model", "rollout", "score", "kl-penalty", "gae", "whiten", "clip",
    "value-loss", "loss", "gradient", "update", "sync", "metrics", "term:loss", "objective[2,0]", "logp[0,0]",
  ])
  func everyKindOfDiagram(what: String) throws {
    let fixture = DiagramFixtures.review
    let dot = try Diagrams.dot(what, trace: fixture.trace, source: fixture.source, at: fixture.end)
    expectGolden(dot, "ppo-\(fileName(what)).dot")
  }

  /// Of every source the whole picture, and the stages that tell what is its own.
  @Test(arguments: Scenario.builtIn)
  func everySource(scenario: Scenario) throws {
    let fixture = DiagramFixtures.Fixture(.scenario(scenario))
    let drawn = [
      "pipeline", "trajectories", "policy", "likes", "reward", "group", "returns", "gae", "advantage", "advantage-mass",
      "ratio", "clip", "policy-gradient", "log-ratio", "margin", "pair-loss", "loss", "effect", "user-groups",
    ]
    let names = Diagrams.names(for: fixture.trace).filter { drawn.contains($0) }
    #expect(names.count > 2)
    for what in names {
      let dot = try Diagrams.dot(what, trace: fixture.trace, source: fixture.source, at: fixture.end)
      expectGolden(dot, "\(scenario.name)-\(fileName(what)).dot")
    }
  }

  @Test(arguments: ["grpo-basic", "dpo-sigmoid"])
  func pipelinesOfBatches(name: String) throws {
    let fixture = try DiagramFixtures.batch(name)
    let dot = try Diagrams.dot("pipeline", trace: fixture.trace, source: fixture.source, at: fixture.end)
    expectGolden(dot, "batch-\(name)-pipeline.dot")
  }

  /// In the middle of a stage, what comes later has no number yet.
  @Test(arguments: ["gae", "trajectories"])
  func aPositionKnowsNothingOfWhatFollows(what: String) throws {
    let fixture = DiagramFixtures.review
    let run = try #require(fixture.trace.stages.first { $0.name == "gae" })
    let dot = try Diagrams.dot(what, trace: fixture.trace, source: fixture.source, at: run.beats.lowerBound + 3)
    expectGolden(dot, "ppo-\(what)-in-gae.dot")
  }

  @Test(arguments: ["pipeline", "trajectories", "clip", "policy", "objective[0,0]"])
  func replayedBatches(what: String) throws {
    let fixture = try DiagramFixtures.batch("ppo-tight-clip")
    let dot = try Diagrams.dot(what, trace: fixture.trace, source: fixture.source, at: fixture.end)
    expectGolden(dot, "batch-\(fileName(what)).dot")
  }

  private func fileName(_ what: String) -> String {
    String(what.map { ":[,".contains($0) ? "-" : $0 }.filter { $0 != "]" })
  }
}
