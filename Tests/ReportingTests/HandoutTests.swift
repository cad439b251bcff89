import Formulas
import Foundation
import Recording
import Reporting
import Simulation
import Testing

@Suite struct HandoutTests {
  static let sources: [EverySentenceTests.Run] =
    Scenario.builtIn.map { .init(name: $0.name, changes: []) } + [
      .init(name: "ppo", changes: [("cliprange", "1000"), ("cliprange_value", "none")]),
      .init(name: "ppo", changes: [("kl_coef", "0"), ("use_kl_loss", "true")]),
      .init(name: "grpo", changes: [("loss_type", "cispo")]),
      .init(name: "grpo", changes: [("importance_sampling_level", "sequence")]),
      .init(name: "dpo", changes: [("loss_type", "ipo")]),
    ]

  private func text(_ line: [Handout.Inline]) -> String {
    line.map { piece in
      switch piece {
      case .text(let text), .strong(let text), .code(let text), .math(let text): text
      }
    }.joined()
  }

  @Test(arguments: sources) func itHasAWorldAnIterationAndATokensWay(_ run: EverySentenceTests.Run) throws {
    let source = try run.source()
    let trace = source.record()
    let handout = Handout(trace, source: source)
    #expect(handout.sections.prefix(3).map { $0.isTelling } == [nil, nil, nil])
    let steps = handout.sections.dropFirst(3)
    #expect(steps.count >= 2)
    #expect(steps.count { $0.isTelling == true } <= 1)
    for step in steps { #expect(trace.stages.contains { $0.name == step.title } && !step.notes.isEmpty) }
    // Three figures where there are three to draw.
    #expect((1...3).contains(handout.figures.count))
    #expect(Set(handout.figures.map { $0.file }).count == handout.figures.count)
    for figure in handout.figures {
      guard case .diagram(let name, let beat) = figure.kind else { continue }
      #expect(try Diagrams.dot(name, trace: trace, source: source, at: beat).hasPrefix("digraph"))
    }
    // Two printed pages beside the pictures, of about 60 lines of 110 characters.
    let lines = handout.markdown(hasFigures: true).split(separator: "\n").reduce(0) { $0 + ($1.count + 109) / 110 }
    #expect(lines <= 140, "\(lines) lines")
  }

  /// Where a clip cuts a token, the example is one that it cuts: the last sentence of the clip says so.
  @Test func theTokenIsOneThatSomethingHappensTo() throws {
    let trace = Scenario.builtIn[0].record()
    let handout = Handout(trace, source: .scenario(Scenario.builtIn[0]))
    let step = try #require(handout.sections.first { $0.isTelling == true })
    #expect(step.title == "clip")
    let sentences = step.blocks.compactMap { if case .paragraph(let line) = $0 { text(line) } else { nil } }
    #expect(sentences.contains { $0.hasSuffix("no gradient passes.") })
  }

  /// Each equation's last number is the value of the term that it begins with.
  @Test(arguments: sources) func everyFormulaCanBeTypeset(_ run: EverySentenceTests.Run) throws {
    let source = try run.source()
    for section in Handout(source.record(), source: source).sections {
      for block in section.blocks {
        switch block {
        case .formula(let latex): #expect(!MathML.element(latex, isBlock: true).contains("<mtext>\\"), "\(latex)")
        case .list(let items):
          for case .math(let latex) in items.flatMap({ $0 }) {
            #expect(!MathML.element(latex).contains("<mtext>\\"), "\(latex)")
          }
        case .figure(let figure):
          for latex in figure.formulas { #expect(!MathML.element(latex).contains("<mtext>\\"), "\(latex)") }
          if case .diagram(let name, _) = figure.kind { #expect(figure.formulas.isEmpty == (name == "pipeline")) }
        default: break
        }
      }
    }
  }

  @Test func equalsTheGoldenFile() {
    for scenario in Scenario.builtIn {
      let handout = Handout(scenario.record(), source: .scenario(scenario))
      expectGolden(handout.markdown(hasFigures: true), "\(scenario.name)-brief.md")
    }
  }

  @Test func onlyTheStagesThatWereAskedFor() {
    let source = Source.scenario(Scenario.builtIn[0])
    let text = MarkdownTrace.document(source.record(), source: source, diagrams: [], stages: ["gae", "clip"])
    let headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }
    #expect(headings.dropFirst() == ["## Iteration 1", "### gae", "### clip"])
    #expect(!text.contains("](#"))
  }
}
