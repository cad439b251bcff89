import Debugging
import Documents
import Foundation
import Objectives
import Plots
import Recording
import Simulation
import Testing

/// Every kind of plot of every source: the numbers in the picture are those of the recording.
@Suite struct PlotsTests {
  /// A source, changed or not, with one of its plots.
  struct Case: CustomTestStringConvertible, Sendable {
    let scenario: String
    var changes: [(name: String, text: String)] = []
    let kind: String

    var testDescription: String {
      ([scenario] + changes.map { "\($0.name)=\($0.text)" } + [kind]).joined(separator: " ")
    }

    func plot(at beat: Int? = nil) throws -> (plot: Plot, trace: Trace, source: Source) {
      let recording = try PlotFixtures.recording(scenario, changes)
      return (
        try PlotKind.plot(kind, trace: recording.trace, source: recording.source, at: beat), recording.trace,
        recording.source
      )
    }
  }

  /// From a reference that moves nothing can be measured in one picture.
  @Test(arguments: ["frontier", "landscape"])
  func aMovingReferenceHasNoPicture(kind: String) throws {
    let error = #expect(throws: PlotError.self) {
      _ = try Case(scenario: "dpo", changes: [("sync_ref_model", "true")], kind: kind).plot()
    }
    #expect(error?.message.contains("its reference moves (sync_ref_model)") == true)
  }

  static let cases: [Case] = Scenario.builtIn.flatMap { scenario in
    let source = Source.scenario(scenario)
    return PlotKind.available(for: source.record(), source: source).map { Case(scenario: scenario.name, kind: $0.name) }
  }

  static let variants: [Case] = [
    ("grpo", "loss_type", ["grpo", "dr_grpo", "bnpo", "cispo", "sapo", "luspo"], "clip"),
    ("grpo", "delta", ["1.5"], "clip"),
    ("grpo", "importance_sampling_level", ["sequence"], "clip"),
    ("ppo", "clip_ratio_c", ["3"], "clip"),
    ("ppo", "kl_estimator", ["k2", "k3", "k3+", "exact"], "kl"),
    ("dpo", "loss_type", PreferenceLoss.all.map { $0.name }, "pair-loss"),
    ("grpo-user-groups", "group_label_noise", ["0.5", "1"], "groups"),
    ("dpo", "f_divergence_type", ["forward_kl", "js_divergence"], "pair-loss"),
    ("kto", "loss_type", ["apo_zero_unpaired"], "pair-loss"),
  ].flatMap { scenario, option, values, kind in
    values.map { value in
      // exo is not defined without smoothing.
      let more = value == "exo_pair" ? [(name: "label_smoothing", text: "0.001")] : []
      return Case(scenario: scenario, changes: [(option, value)] + more, kind: kind)
    }
  }

  /// The batches of trainers beside which other people's numbers are: each has its plots.
  static let batches: [Case] = PlotFixtures.batchNames.flatMap { name -> [Case] in
    guard let recording = try? PlotFixtures.recording(name, []) else { return [] }
    return PlotKind.available(for: recording.trace, source: recording.source).map {
      Case(scenario: name, kind: $0.name)
    }
  }

  static let everything = cases + variants + batches

  /// What an element of the SVG says of itself.
  struct Mark {
    let term: String
    let x, y: Double
    let value: Double
    let xTerm: String?
    let beat: Int
    /// The algorithm of which it is the end, if not the recording's.
    let run: String?

    static func all(in svg: String) throws -> [Mark] {
      try svg.matches(of: /<[^>]* data-term="[^"]*"[^>]*>/).map { match in
        func attribute(_ name: String) throws -> String? {
          try Regex("data-\(name)=\"([^\"]*)\"", as: (Substring, Substring).self).firstMatch(in: match.output)
            .map { match in
              [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")].reduce(String(match.1)) { text, entity in
                text.replacing(entity.0, with: entity.1)
              }
            }
        }
        func number(_ name: String) throws -> Double? { try attribute(name).flatMap { Double($0) } }
        let y = try #require(try number("y"))
        return Mark(
          term: try #require(try attribute("term")), x: try #require(try number("x")), y: y,
          value: try number("value") ?? y,
          xTerm: try attribute("x-term"), beat: try #require(try number("beat").map { Int($0) }),
          run: try attribute("run"))
      }
    }
  }

  @Test(arguments: everything) func everyPointIsARecordedTerm(_ test: Case) throws {
    let (plot, trace, source) = try test.plot()
    var session = Session(source: source)
    let marks = try Mark.all(in: plot.svg)
    #expect(!marks.isEmpty)
    #expect(marks.count == plot.panels.reduce(0) { $0 + $1.points.count + $1.bars.count })
    for mark in marks where mark.run == nil {
      _ = session.run("goto \(mark.beat)")
      #expect(try session.number(mark.term).isClose(to: mark.value), "\(mark.term) at \(mark.beat)")
      if let term = mark.xTerm { #expect(try session.number(term).isClose(to: mark.x), "\(term) at \(mark.beat)") }
      #expect(trace.beats.indices.contains(mark.beat))
    }
  }

  /// Where other algorithms end is where `gradus compare` says: in the world of film reviews, by its true taste.
  @Test(arguments: ["dpo", "kto"]) func othersEndWhereTheComparisonSays(_ name: String) throws {
    let marks = try Mark.all(in: Case(scenario: name, kind: "frontier").plot().plot.svg).filter { $0.run != nil }
    #expect(marks.count == 6)
    for mark in marks {
      let names = [name, try #require(mark.run)]
      let comparison = try WorldComparison(
        SharedWorld(names.map { name in try #require(Scenario.builtIn.first { $0.name == name }) }))
      let end = try #require(comparison.learners.first { $0.label == mark.run }).last
      #expect(try #require(end.trueReward).isClose(to: mark.y), "\(names)")
      #expect(end.kl.isClose(to: mark.x), "\(names)")
    }
  }

  /// The path is that of the comparison's rounds.
  @Test func theRecordedTrueRewardIsTheComparisons() throws {
    let (_, trace, source) = try Case(scenario: "dpo", kind: "frontier").plot()
    guard case .scenario(let scenario) = source else { return }
    let ppo = try #require(Scenario.builtIn.first { $0.name == "ppo" })
    let learner = try WorldComparison(SharedWorld([scenario, ppo])).learners[0]
    let rewards = trace.occurrences(of: TermKey(.trueReward)).map { trace.value($0) }
    let steps = (rewards.count - 1) / (learner.rounds.count - 1)
    for (n, round) in learner.rounds.enumerated() {
      #expect(rewards[n * steps].isClose(to: try #require(round.trueReward)))
    }
  }

  /// A world that does not say what is truly liked has no frontier for what learns from pairs, and has a landscape.
  @Test func withoutATasteThereIsNoFrontier() throws {
    var scenario = try #require(Scenario.builtIn.first { $0.name == "dpo" })
    scenario.world.taste = []
    let source = Source.scenario(scenario)
    let trace = source.record()
    #expect(trace.occurrences(of: TermKey(.trueReward)).isEmpty)
    #expect(
      PlotKind.available(for: trace, source: source).map { $0.name } == [
        "pair-loss", "policy", "progress", "landscape",
      ])
  }

  /// The loss on all examples is that of a minibatch that holds them all; KTO's reference point depends on their order too,
  /// but for the first one, where nothing has moved.
  @Test(arguments: [("dpo", PreferenceLoss.all.map { $0.name }), ("kto", ["kto", "apo_zero_unpaired"])])
  func theLossOnAllExamplesIsThatOfOneMinibatch(_ scenario: String, _ kinds: [String]) throws {
    for kind in kinds {
      let smoothing = kind == "exo_pair" ? [(name: "label_smoothing", text: "0.001")] : []
      let changes = [(name: "loss_type", text: kind), ("batch_size", "16"), ("num_train_epochs", "3")] + smoothing
      let trace = try PlotFixtures.recording(scenario, changes).trace
      let exact = trace.occurrences(of: TermKey(.exactLoss)).map { trace.value($0) }
      let losses = trace.occurrences(of: TermKey(.loss)).map { trace.value($0) }
      #expect(exact.count == 4 && losses.count == 3)
      for (whole, loss) in zip(exact, losses).prefix(kind == "kto" ? 1 : 3) {
        #expect((whole - loss).magnitude < 1e-12, "\(kind)")
      }
    }
  }

  /// A point lies on a curve of its panel where the panel has curves that were computed through it.
  @Test(
    arguments: everything.filter {
      ["clip", "pair-loss", "gae", "progress", "groups"].contains($0.kind)
        || $0.kind == "kl" && !$0.changes.contains { $0.text == "exact" }
    })
  func curvesPassThroughThePoints(_ test: Case) throws {
    let (plot, _, _) = try test.plot()
    for panel in plot.panels {
      for point in panel.points {
        let isOn = panel.curves.contains { curve in
          curve.vertices.contains { $0.x.isClose(to: point.x.value) && $0.y.isClose(to: point.y.value) }
        }
        #expect(isOn || panel.curves.isEmpty || point.mark == nil, "\(point.label) of \(panel.title)")
      }
    }
  }

  @Test(arguments: cases) func theSVGIsTheGolden(_ test: Case) throws {
    expectGolden(try test.plot().plot.svg, "\(test.scenario).\(test.kind).svg")
  }

  @Test(arguments: cases) func theTerminalsTextIsTheGolden(_ test: Case) throws {
    let text = try test.plot().plot.text(width: 80)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    expectGolden(text, "\(test.scenario).\(test.kind).txt")
  }

  /// Nothing lies outside of the paper, and no picture is without a title, axes and something to see.
  @Test(arguments: everything) func aPictureIsWhole(_ test: Case) throws {
    let (plot, _, _) = try test.plot()
    #expect(!plot.title.isEmpty && !(plot.subtitle.isEmpty && plot.remarks.isEmpty) && !plot.panels.isEmpty)
    for panel in plot.panels {
      #expect(!panel.x.label.isEmpty && !panel.y.label.isEmpty)
      #expect(!panel.points.isEmpty || !panel.bars.isEmpty || !panel.curves.isEmpty)
      #expect(panel.points.allSatisfy { $0.x.value.isFinite && $0.y.value.isFinite })
    }
    #expect(!plot.svg.contains(/\ (?:d|x|y|cx|cy|r|width|data-x|data-y)="[^"]*(?:NaN|nan|Inf)/))
  }

  /// Wherever one is in the run, there is the same picture or one that says what it shows instead.
  @Test(arguments: cases.filter { !["landscape", "frontier"].contains($0.kind) }) func everyPositionHasAPicture(
    _ test: Case
  ) throws {
    let recording = try PlotFixtures.recording(test.scenario, [])
    for beat in stride(from: 0, to: recording.trace.beats.count, by: max(1, recording.trace.beats.count / 12)) {
      let plot = try PlotKind.plot(test.kind, trace: recording.trace, source: recording.source, at: beat)
      #expect(!plot.panels.isEmpty)
    }
  }
}

enum PlotFixtures {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../SimulationTests/Oracles")

  static let batchNames: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".batch.json") }
    .sorted()

  /// A built-in scenario by its name, or a batch file by its file's.
  static func recording(_ name: String, _ changes: [(name: String, text: String)]) throws -> (
    source: Source, trace: Trace
  ) {
    var source: Source
    if name.hasSuffix(".json") {
      let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
      source = try Source(try JSONReader.read(bytes), name: name)
    } else {
      source = .scenario(try #require(Scenario.builtIn.first { $0.name == name }))
    }
    try source.set(changes)
    return (source, source.record())
  }
}

extension Double {
  func isClose(to other: Double) -> Bool { (self - other).magnitude <= 1e-12 * Swift.max(1, magnitude) }
}

@Suite struct PlotErrorTests {
  private func message(_ scenario: String, _ what: String) throws -> String {
    let recording = try PlotFixtures.recording(scenario, [])
    do throws(PlotError) {
      _ = try PlotKind.plot(what, trace: recording.trace, source: recording.source, at: nil)
      return ""
    } catch {
      return error.message
    }
  }

  @Test func whatASourceLacksIsSaid() throws {
    #expect(
      try message("dpo", "clip")
        == "dpo has no plot clip: it records no ratio to the policy that sampled; it has pair-loss, policy, frontier, progress, landscape"
    )
    #expect(
      try message("ppo", "groups")
        == "ppo has no plot groups: it has no kinds of users; it has clip, kl, gae, policy, frontier, progress, landscape, ratios, advantages"
    )
  }

  /// Where numbers grow out of all bounds a picture is drawn of those that have a place, or refused; and a refusal offers
  /// something else.
  @Test(arguments: Scenario.builtIn.map { $0.name }, ["learning_rate", "weight_decay"])
  func numbersWithoutEndAreDrawnOrRefused(scenario: String, option: String) throws {
    for value in option == "learning_rate" ? ["0", "1000"] : ["0.5", "1000"] {
      let recording: (source: Source, trace: Trace)
      do { recording = try PlotFixtures.recording(scenario, [(option, value)]) } catch is OptionError { continue }
      let end = recording.trace.beats.count - 1
      for kind in PlotKind.all {
        for beat in [nil, end / 2, end] {
          do throws(PlotError) {
            let plot = try PlotKind.plot(kind.name, trace: recording.trace, source: recording.source, at: beat)
            #expect(!plot.svg.contains("nan") && !plot.svg.contains("\"inf"), "\(scenario) \(kind.name) \(value)")
            #expect(!plot.text().isEmpty)
          } catch {
            let offered = error.message.split(separator: "; it has ").last?.split(separator: ", ") ?? []
            #expect(!offered.contains { $0 == kind.name }, "\(error.message)")
          }
        }
      }
    }
  }

  /// What a refusal says the recording lacks, it lacks.
  @Test func aReasonIsNotAnothers() throws {
    #expect(try message("reinforce", "kl").contains("no log-probability under its reference"))
    let still = try PlotFixtures.recording("dpo", [("loss_type", "cdpo"), ("label_smoothing", "0.5")])
    let error = #expect(throws: PlotError.self) {
      _ = try PlotKind.plot("progress", trace: still.trace, source: still.source, at: nil)
    }
    #expect(error?.message.contains("one step") == false)
  }

  @Test func aNameIsCorrected() throws {
    #expect(try message("ppo", "clipp") == "there is no plot clipp; did you mean clip?")
    #expect(try message("ppo", "pie").hasPrefix("there is no plot pie"))
  }
}

@Suite struct ExactResponsesOfPlotsTests {
  /// The values are those that the run recorded, at its start and at its end.
  @Test(arguments: ["ppo", "reinforce", "grpo", "grpo-user-groups"]) func theyAgreeWithTheRecording(_ name: String)
    throws
  {
    let (source, trace) = try PlotFixtures.recording(name, [])
    guard case .scenario(let scenario) = source else { return }
    let responses = try #require(ExactResponses(scenario))
    let option = try #require(source.algorithm.option(.klWeight))
    let beta = source.settings.number(option)
    let width = scenario.world.vocabulary.count
    for term in trace.occurrences(of: TermKey(.exactReward)) {
      let beat = trace.terms[term].beat
      var logits: [[Double]] = []
      while let first = trace.value(.policyLogit, logits.count, 0, at: beat) {
        logits.append([first] + (1..<width).compactMap { trace.value(.policyLogit, logits.count, $0, at: beat) })
      }
      let values = responses.values(of: responses.logProbabilities(logits), beta: beta)
      #expect(values.reward.isClose(to: trace.value(term)))
      #expect(values.kl.isClose(to: try #require(trace.value(.exactKL, at: beat))))
      #expect(values.objective.isClose(to: try #require(trace.value(.exactObjective, at: beat))))
      if beta > 0 {
        let best = responses.optimum(beta: beta)
        let end = trace.stage(ofBeat: beat).beats.upperBound - 1
        #expect((best.objective - (try #require(trace.value(.optimumObjective, at: end)))).magnitude < 1e-9)
        #expect((best.reward - (try #require(trace.value(.optimumReward, at: end)))).magnitude < 1e-9)
      }
    }
  }

  /// No policy has a higher objective than π*, and its probabilities add up to 1.
  @Test func theOptimumIsNotBeaten() throws {
    let (source, _) = try PlotFixtures.recording("grpo", [])
    guard case .scenario(let scenario) = source else { return }
    let responses = try #require(ExactResponses(scenario))
    #expect(responses.optimum(beta: 0.04).objective >= responses.values(of: responses.reference, beta: 0.04).objective)
    let start = StateSpace(scenario.world).start(scenario.world.prompts[0])
    let probabilities = try #require(responses.optimumProbabilities(after: start, beta: 0.04))
    #expect((probabilities.reduce(0, +) - 1).magnitude < 1e-12)
  }
}
