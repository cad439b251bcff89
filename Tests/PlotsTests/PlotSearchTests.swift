import Objectives
import Plots
import Recording
import Simulation
import Testing

/// Which plot shows what is asked and looked at, as a scene of a tour has it.
@Suite struct PlotSearchTests {
  private static func recording(_ name: String) throws -> (trace: Trace, source: Source) {
    let source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name }))
    return (source.record(), source)
  }

  /// The first beat of a stage's last run, or of all its runs.
  private static func found(_ name: String, at stage: String, asked: [TermKey] = []) throws -> PlotChoice? {
    let (trace, source) = try recording(name)
    let run = try #require(trace.stages.last { $0.name == stage })
    let beat = run.beats.lowerBound
    let terms = try asked.map { try #require(trace.term($0, at: beat), "\(trace.glossary.text($0))") }
    return PlotSearch(trace, source: source, at: beat, telling: beat)
      .choice(question: terms, named: [], isChanged: false)
  }

  @Test(
    arguments: [
      ("ppo", "gae", "gae"), ("ppo", "clip", "clip"), ("ppo-classic", "gae", "gae"), ("grpo", "group", "group"),
      ("grpo", "advantage", "group"), ("dpo", "pair-loss", "pair-loss"), ("kto", "human-value", "pair-loss"),
      ("dpo", "effect", "policy"), ("grpo-user-groups", "user-groups", "groups"), ("dpo", "oracle", "progress"),
      ("grpo-user-groups", "advantage-mass", "group"),
    ])
  func aStageHasThePlotOfWhatItRecords(name: String, stage: String, plot: String) throws {
    #expect(try Self.found(name, at: stage)?.name == plot)
  }

  @Test(
    arguments: [
      ("ppo", "oracle", TermKey(.exactKL), "progress"), ("dpo", "oracle", TermKey(.pairAccuracy), "progress"),
      ("sft", "oracle", TermKey(.probabilityAfter, 2, 3), "policy"), ("grpo", "loss", TermKey(.advantage, 6), "group"),
      ("online-dpo", "loss", TermKey(.margin, 0), "pair-loss"),
    ])
  func whatIsAskedComesFirst(name: String, stage: String, asked: TermKey, plot: String) throws {
    let found = try #require(try Self.found(name, at: stage, asked: [asked]))
    #expect(found.name == plot)
    #expect(found.about.first == asked)
  }

  /// A plot that has a choice shows what was asked.
  @Test func aPlotIsAboutWhatWasAsked() throws {
    let (trace, source) = try Self.recording("sft")
    let state = try #require(
      trace.glossary.entries[Quantity.probabilityAfter.rawValue].labels[0]?.firstIndex(of: "fine"))
    let key = TermKey(.probabilityAfter, state, 0)
    let plot = try PlotKind.plot("policy", trace: trace, source: source, at: nil, about: [key])
    #expect(plot.title.hasPrefix("After “fine”"))
    let loss = try PlotKind.plot("progress", trace: trace, source: source, at: nil, about: [TermKey(.loss)])
    #expect(loss.panels.first?.y.label == "loss")
    let (groups, of) = try Self.recording("grpo")
    let asked = try PlotKind.plot("group", trace: groups, source: of, at: nil, about: [TermKey(.advantage, 0)])
    #expect(asked.panels.flatMap { $0.bars }.contains { $0.y.term == "advantage[0]" })
  }

  /// After each iteration the groups' plot has what is known by then.
  @Test func groupsAreKnownUpToThePosition() throws {
    let (trace, source) = try Self.recording("grpo-user-groups")
    let runs = trace.stages.filter { $0.name == "user-groups" }
    for (number, run) in runs.enumerated() {
      let plot = try PlotKind.plot("groups", trace: trace, source: source, at: run.beats.lowerBound)
      #expect(plot.panels[0].points.count == 3 * (number + 2))
    }
  }

  @Test(arguments: Scenario.builtIn)
  func noneKnowsWhatComesLater(scenario: Scenario) throws {
    let source = Source.scenario(scenario)
    let trace = source.record()
    var seen: Set<String> = []
    for run in trace.stages where seen.insert(run.name).inserted {
      let beat = run.beats.lowerBound
      let search = PlotSearch(trace, source: source, at: beat, telling: beat)
      guard let found = search.choice(question: [], named: [], isChanged: false) else { continue }
      let plot = try PlotKind.plot(found.name, trace: trace, source: source, at: beat, about: found.about)
      #expect(plot.places(in: trace).allSatisfy { $0.beat < run.beats.upperBound }, "\(found.name) at \(run.name)")
    }
    #expect(seen.count > 3)
  }
}
