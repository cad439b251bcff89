import Documents
import Formulas
import Objectives
import Plots
import Recording
import Simulation
import Testing

@testable import Reporting

@Suite(.serialized) struct DiagramTests {
  private let review = DiagramFixtures.review

  @Test func namesAreThoseOfDiagramsAndStages() {
    let names = Diagrams.names(for: review.trace)
    #expect(names.prefix(3) == ["pipeline", "trajectories", "policy"])
    #expect(names.contains("gae") && names.contains("stage:policy"))
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: Scenario.builtIn)
  func everyStageShowsMoreThanATitle(scenario: Scenario) throws {
    let source = Source.scenario(scenario)
    let trace = source.record()
    for name in Diagrams.names(for: trace) {
      let dot = try Diagrams.dot(name, trace: trace, source: source, at: trace.beats.count - 1)
      #expect(dot.contains("tooltip="), "\(name) has no node")
    }
  }

  /// A picture that stands alone has the general formulas of its stage, of every one that it shows.
  @Test(arguments: Scenario.builtIn)
  func aStageAloneHasItsGeneralFormulas(scenario: Scenario) throws {
    let source = Source.scenario(scenario)
    let trace = source.record()
    let end = trace.beats.count - 1
    var count = 0
    for name in Diagrams.names(for: trace) {
      guard let plan = StageDiagram(name, of: trace, at: end)?.plan, plan.showsSomething else { continue }
      let dot = try Diagrams.dot("stage:" + name, trace: trace, source: source, at: end, hasFormulas: true)
      let title = text(ofTitleOf: dot)
      let terms = plan.run.beats.flatMap { Array(trace.beats[$0].terms) }
      for statement in trace.statedFormulas(of: terms) {
        let formula = statement.text(as: .unicode, in: trace.glossary).split(separator: " ").joined(separator: " ")
        #expect(title.contains(DOTEscape.markup(formula)), "\(name): \(formula)")
        count += 1
      }
      let bare = try Diagrams.dot("stage:" + name, trace: trace, source: source, at: end)
      #expect(dot.hasSuffix(bare.split(separator: "\n").dropFirst(2).joined(separator: "\n") + "\n"))
    }
    #expect(count > 0)
  }

  @Test func aTermAloneHasItsGeneralFormula() throws {
    func title(_ what: String) throws -> String {
      text(
        ofTitleOf: try Diagrams.dot(what, trace: review.trace, source: review.source, at: review.end, hasFormulas: true)
      )
    }
    #expect(try title("ratio[0,0]").hasSuffix("ratio[i,t] = exp(log_ratio[i,t])"))
    let clipped = try title("clipped_ratio[0,0]")
    #expect(clipped.hasSuffix("clipped_ratio[i,t] = clip(ratio[i,t], 1 − cliprange, 1 + cliprange) cliprange = 0.2"))
  }

  /// The lines of the title as one text, without markup.
  private func text(ofTitleOf dot: String) -> String {
    let line = dot.split(separator: "\n")[1]
    return line.split(separator: "<BR/>").map { part in
      var text = ""
      var isInside = true
      for character in part.drop(while: { $0 != "<" }) {
        if character == "<" { isInside = true }
        if !isInside { text.append(character) }
        if character == ">" { isInside = false }
      }
      return text
    }.filter { !$0.allSatisfy { $0 == " " || $0 == ">" || $0 == "]" } }.joined(separator: " ")
  }

  @Test func aBatchHasNoPolicyToDrawButTheStageOfThatName() throws {
    let batch = try DiagramFixtures.batch("ppo-default")
    #expect(Diagrams.names(for: batch.trace).contains("policy"))
    let dot = try Diagrams.dot("policy", trace: batch.trace, source: batch.source, at: batch.end)
    #expect(dot.contains("\"logp[0,0]\""))
  }

  @Test(arguments: [
    ("trajectory", "there is no diagram trajectory; did you mean trajectories?"),
    ("objctive", "there is no diagram objctive; did you mean objective?"),
    ("objective", "objective stands for several terms; name one, as in objective[0,0]"),
    ("objective[0,99]", "objective[0,99] is not recorded; there is objective[0,0], objective[0,1]"),
    ("policy.logit[was,graet]", "graet is not an index of policy.logit; did you mean great?"),
    ("stage:loss_", "there is no diagram loss_; did you mean loss"),
    ("kl_loss", "kl_loss is not recorded in this run"),
  ])
  func unknownNamesAreAnsweredWithTheNearest(what: String, message: String) {
    #expect {
      try Diagrams.dot(what, trace: review.trace, source: review.source, at: review.end)
    } throws: { error in
      let text = (error as? DiagramNameError)?.message ?? ""
      return text.hasPrefix(message)
    }
  }

  /// Every diagram, everywhere: identifiers once, markup balanced, and no more nodes than fit a screen.
  @Test(arguments: ["review", "hostile", "ppo-larger", "ppo-k3"])
  func everyDiagramIsWellFormedAndSmall(name: String) throws {
    let fixture =
      switch name {
      case "review": review
      case "hostile": DiagramFixtures.hostile
      default: try DiagramFixtures.batch(name)
      }
    let terms = ["term:loss", "objective[0,0]", "advantage[0,0]", "advantage_mean", "metric(objective/kl)"]
    for beat in [0, fixture.end / 3, fixture.end] {
      for what in Diagrams.names(for: fixture.trace) + terms {
        do throws(DiagramNameError) {
          let dot = try Diagrams.dot(what, trace: fixture.trace, source: fixture.source, at: beat)
          expectWellFormed(dot, what)
        } catch {
          // Of a position before the last one nothing is known yet of some, and of others only zeros.
          #expect(beat < fixture.end, "\(what): \(error.message)")
        }
      }
    }
  }

  private func expectWellFormed(_ dot: String, _ what: String) {
    let lines = dot.split(separator: "\n")
    let nodes = lines.filter { $0.contains(" [id=") && !$0.contains(" -> ") }
    #expect(nodes.count <= 100, "\(what) has \(nodes.count) nodes")
    let names = nodes.map { $0.split(separator: " [id=")[0] }
    #expect(Set(names).count == names.count, "\(what): a node is written twice")
    #expect(dot.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    // A hostile token, as it must not appear in markup or in a string.
    #expect(!dot.contains("\"x\"&"))
    for tag in ["FONT", "B"] {
      let opened = dot.split(separator: "<\(tag)", omittingEmptySubsequences: false).count
      let breaks = tag == "B" ? dot.split(separator: "<BR", omittingEmptySubsequences: false).count - 1 : 0
      #expect(opened - breaks == dot.split(separator: "</\(tag)>", omittingEmptySubsequences: false).count)
    }
  }

  @Test func everyMarkHasItsOwnSignAndHue() {
    #expect(Set(Mark.allCases.map(\.symbol)).count == Mark.allCases.count)
    #expect(Set(Mark.allCases.map(\.color)).count == Mark.allCases.count)
    #expect(Mark.allCases.allSatisfy { NumberText.width($0.symbol) == 1 })
  }

  /// An episode that was longer in an iteration before had an action where this one has ended.
  @Test func theStateInWhichAnEpisodeEndedHasNoAction() throws {
    let (source, trace) = try recording("ppo-classic")
    let rollouts = trace.stages.filter { $0.name == "rollout" }
    #expect(rollouts.count > 3)
    for run in rollouts {
      let beat = run.beats.upperBound - 1
      let diagram = try #require(StageDiagram("rollout", of: trace, at: beat))
      let episode = try #require(diagram.plan.subject)
      let actions = diagram.plan.columns.filter { column in
        trace.terms[trace.beats[run.beats.lowerBound].terms.lowerBound..<trace.beats[beat].terms.upperBound].contains {
          $0.key == TermKey(.token, episode, column)
        }
      }
      for column in diagram.plan.columns {
        let (word, kind) = diagram.label(ofColumn: column)
        #expect(actions.contains(column) == (word != "–"))
        #expect(kind == (actions.contains(column) ? "action \(column)" : "after the last action"))
      }
    }
    let gradient = try Diagrams.dot("gradient", trace: trace, source: source, at: trace.beats.count - 1)
    #expect(gradient.contains(">next action<") && !gradient.contains(">next token<"))
  }

  /// Of the states of the policy one is drawn in which something moves.
  @Test(arguments: Scenario.builtIn)
  func anUpdateShowsWhatMoves(scenario: Scenario) throws {
    let trace = Source.scenario(scenario).record()
    guard let plan = StagePlan("update", of: trace, at: trace.beats.count - 1) else { return }
    let drawn = plan.cells.compactMap { cell -> Int? in
      guard case .term(let term) = cell.content, !cell.isInput else { return nil }
      return term
    }
    #expect(
      drawn.contains {
        [.policyStep, .criticStep, .rewardStep].contains(trace.quantity(of: $0)) && trace.value($0) != 0
      })
  }

  /// A heading is held between the first and the last cell of every row of its column.
  @Test func headingsStandOverTheirColumns() throws {
    let (source, trace) = try recording("kto")
    let dot = try Diagrams.dot("mismatch", trace: trace, source: source, at: trace.beats.count - 1)
    let cells = dot.matches(of: /"mismatched_token\[(\d+),(\d+)\]" \[id/)
    #expect(!cells.isEmpty)
    for cell in cells {
      let (i, t) = (cell.1, cell.2)
      #expect(dot.contains("\"column \(t)\" -> \"mismatched_token[\(i),\(t)]\" [style=\"invis\""))
      for name in ["mismatched_logp", "mismatched_ref_logp"] {
        let arrows = dot.matches(of: try Regex("-> \"\(name)\\[\(i),\(t)\\]\" \\[style=\"invis\", weight=\"8\""))
        #expect(!arrows.isEmpty, "\(name)[\(i),\(t)]")
      }
    }
  }

  /// On a slide no box is so high that a stage without columns must be shrunk.
  @Test func onASlideAValueStandsBesideItsName() throws {
    let (source, trace) = try recording("online-dpo")
    let end = trace.beats.count - 1
    let slide = try #require(Diagrams.slideDOT("log-ratio", trace: trace, source: source, at: end))
    let usual = try Diagrams.dot("log-ratio", trace: trace, source: source, at: end)
    func lines(_ dot: String) -> Int {
      dot.split(separator: "\n").filter { $0.contains(" [id=") }.reduce(0) { $0 + $1.matches(of: /<BR\/>/).count }
    }
    #expect(lines(usual) > 0 && lines(slide) == 0)
    #expect(!slide.contains("POINT-SIZE=\"11\""))
  }

  private func recording(_ name: String) throws -> (source: Source, trace: Trace) {
    let source = Source.scenario(try #require(Scenario.builtIn.first { $0.name == name }))
    return (source, source.record())
  }

  @Test func whatIfsAreMarked() throws {
    let key = try review.trace.glossary.key(parsing: "score[0]")
    let trace = review.source.record(overrides: [Override(key: key, occurrence: 0, value: 3)])
    let score = try #require(trace.occurrences(of: key).first)
    #expect(trace.mark(of: score) == .changed)
  }
}
