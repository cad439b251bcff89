import Objectives
import Recording
import Reporting
import Simulation
import Testing

/// The arrows of the pipeline, read back from its text and compared with the tape.
@Suite(.serialized) struct PipelineTests {
  private struct Arrow: Hashable {
    let from: String
    let to: String
  }

  private static let batches = ["ppo-default", "grpo-larger", "gspo", "dpo-bco", "dpo-exo", "off-policy-mask"]

  private func fixture(_ name: String) throws -> DiagramFixtures.Fixture {
    try Scenario.builtIn.first { $0.name == name }.map { DiagramFixtures.Fixture(.scenario($0)) }
      ?? DiagramFixtures.batch(name)
  }

  /// An arrow that is written from top to bottom may point up.
  private func arrows(_ dot: String) -> Set<Arrow> {
    var found: Set<Arrow> = []
    for line in dot.split(separator: "\n") where line.contains("\" -> \"") {
      let names = line.split(separator: "\"", omittingEmptySubsequences: false).map { String($0) }
      found.insert(
        line.contains("dir=\"back\"") ? Arrow(from: names[3], to: names[1]) : Arrow(from: names[1], to: names[3]))
    }
    return found
  }

  @Test(arguments: Scenario.builtIn.map(\.name) + batches)
  func whatAStageUsesLeadsToIt(name: String) throws {
    let fixture = try fixture(name)
    let trace = fixture.trace
    let arrows = arrows(try Diagrams.dot("pipeline", trace: trace, source: fixture.source, at: fixture.end))
    let drawn = Set(arrows.flatMap { [$0.from, $0.to] })
    for term in trace.terms.indices {
      let user = trace.stage(ofBeat: trace.terms[term].beat)
      // Before the loops the models are only copied, and the options only written down.
      if user.name == "sync", user.loops.iteration == nil { continue }
      for edge in trace.edges(of: term) {
        let (from, to) = (part(edge.to, trace), part(term, trace))
        guard let from, let to, from != to, drawn.contains(from), drawn.contains(to) else { continue }
        // What moves a model reads it too; one arrow is enough.
        if arrows.contains(Arrow(from: to, to: from)) { continue }
        #expect(leads(from, to, arrows), "\(name): nothing leads from \(from) to \(to), as \(trace.text(term)) does")
      }
    }
  }

  /// A model's parameters are its own; everything else belongs to its stage.
  private func part(_ term: Int, _ trace: Trace) -> String? {
    switch trace.quantity(of: term) {
    case .policyLogit: return "policy model"
    case .criticValue: return "critic model"
    // Where nothing stays as a reference, the policy itself begins with these.
    case .referenceLogit: return trace.algorithm.has(.reference) ? "reference model" : "policy model"
    case .teacherLogit: return "teacher model"
    case .rewardWeight: return "reward model"
    default:
      let run = trace.stage(ofBeat: trace.terms[term].beat)
      return run.name == "sync" && run.loops.iteration == nil ? nil : run.name
    }
  }

  private func leads(_ from: String, _ to: String, _ arrows: Set<Arrow>) -> Bool {
    var seen: Set<String> = [from]
    var open = [from]
    while let name = open.popLast() {
      for arrow in arrows where arrow.from == name {
        if arrow.to == to { return true }
        if seen.insert(arrow.to).inserted { open.append(arrow.to) }
      }
    }
    return false
  }

  /// What was wrong when the arrows were written by hand.
  @Test(arguments: [
    ("ppo", "update -> policy model"), ("ppo", "update -> critic model"), ("ppo", "policy model -> policy"),
    ("ppo", "critic model -> policy"), ("ppo", "policy model -> rollout"), ("ppo", "critic model -> values"),
    ("ppo", "reward model -> score"), ("ppo", "rollout -> score"), ("ppo", "loss -> gradient"),
    ("ppo", "reference model -> policy model"), ("ppo", "whiten -> minibatch"), ("ppo-classic", "world -> rollout"),
    ("grpo", "answers -> reward"), ("grpo", "reference -> minibatch"), ("grpo", "rollout -> reward"),
    ("grpo-user-groups", "users -> likes"), ("grpo-user-groups", "likes -> reward"), ("dpo", "update -> policy model"),
    ("dpo", "preferences -> reference"), ("sft", "demonstrations -> minibatch"),
    ("reward-model", "update -> reward model"), ("distill", "sft -> policy model"),
    ("distill", "teacher model -> divergence"), ("distill-self", "policy model -> teacher model"),
    ("ppo-default", "batch -> score"), ("grpo-larger", "batch -> reward"), ("reinforce", "advantage -> minibatch"),
  ])
  func thisArrowIsThere(name: String, arrow: String) throws {
    let fixture = try fixture(name)
    let dot = try Diagrams.dot("pipeline", trace: fixture.trace, source: fixture.source, at: fixture.end)
    #expect(arrows(dot).map { "\($0.from) -> \($0.to)" }.contains(arrow))
  }

  /// The legend names what is in the picture, and the title is whole.
  @Test(arguments: Scenario.builtIn)
  func theLegendPromisesNothing(scenario: Scenario) throws {
    let fixture = DiagramFixtures.Fixture(.scenario(scenario))
    for beat in [0, fixture.end / 2, fixture.end] {
      let dot = try Diagrams.dot("pipeline", trace: fixture.trace, source: fixture.source, at: beat)
      #expect(dot.contains("penwidth=\"3.5\"") == dot.contains("thick border"))
      #expect(dot.contains("❄ frozen</FONT>>") == dot.contains("❄ frozen ·"))
      #expect(!dot.contains("…"))
      for word in scenario.title.split(separator: " ") { #expect(dot.contains(word)) }
    }
  }

  /// The form for a phone has the same arrows, from top to bottom, and no small text.
  @Test(arguments: Scenario.builtIn.map(\.name) + batches)
  func theNarrowFormSaysTheSame(name: String) throws {
    let fixture = try fixture(name)
    let wide = try Diagrams.dot("pipeline", trace: fixture.trace, source: fixture.source, at: fixture.end)
    let narrow = try #require(
      Diagrams.narrowDOT("pipeline", trace: fixture.trace, source: fixture.source, at: fixture.end))
    let seen = narrow.split(separator: "\n").filter { !$0.contains("style=\"invis\"") }.joined(separator: "\n")
    #expect(arrows(seen) == arrows(wide))
    let sizes = narrow.split(separator: "POINT-SIZE=\"").dropFirst().compactMap { Int($0.prefix { $0.isNumber }) }
    #expect(sizes.allSatisfy { $0 >= 12 })
    #expect(Diagrams.narrowDOT("clip", trace: fixture.trace, source: fixture.source, at: fixture.end) == nil)
  }
}
