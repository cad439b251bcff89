import Documents
import Formulas
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

  @Test func whatIfsAreMarked() throws {
    let key = try review.trace.glossary.key(parsing: "score[0]")
    let trace = review.source.record(overrides: [Override(key: key, occurrence: 0, value: 3)])
    let score = try #require(trace.occurrences(of: key).first)
    #expect(trace.mark(of: score) == .changed)
  }
}
