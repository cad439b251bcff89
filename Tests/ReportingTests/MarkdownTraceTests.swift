import Formulas
import Foundation
import Objectives
import Recording
import Reporting
import Simulation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct MarkdownTraceTests {
  private static let diagrams = [
    DiagramReference(stage: nil, title: "pipeline", file: "pipeline.svg"),
    DiagramReference(stage: "gae", title: "gae, 0", file: "stage gae.svg"),
  ]

  private func document(_ source: Source) -> String {
    MarkdownTrace.document(source.record(), source: source, diagrams: Self.diagrams)
  }

  @Test func equalsTheGoldenFile() {
    let batch = TraceJSONTests.smallBatch()
    expectGolden(document(batch), "small-batch.md")
    for scenario in Scenario.builtIn { expectGolden(document(.scenario(scenario)), "\(scenario.name).md") }
  }

  /// What the world's table says of the reference is what it then says of sampled tokens, at any temperature.
  @Test(arguments: ["1", "0.6"]) func theReferenceIsThatOfTheRun(temperature: String) throws {
    var source = Source.scenario(Scenario.builtIn[0])
    try source.set("temperature", to: temperature)
    let trace = source.record()
    let lines = document(source).split(separator: "\n")
    let header = try #require(lines.firstIndex { $0.hasPrefix("| after | ") })
    func cells(_ line: Substring) -> [String] {
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces.union(["`"])) }
    }
    let words = cells(lines[header])
    let place = try #require(words.firstIndex(of: "very"))
    let row = try #require(lines[header...].first { cells($0).first == "was" })
    let term = try #require(
      trace.terms.indices.first { term in
        let key = trace.terms[term].key
        return trace.quantity(of: term) == .refLogp && key.j == 1
          && trace.tokenText(key.i, 0, at: trace.terms[term].beat) == "was"
          && trace.tokenText(key.i, 1, at: trace.terms[term].beat) == "very"
      })
    #expect((try #require(Double(cells(row)[place])) - exp(trace.value(term))).magnitude < 0.0006)
  }

  @Test func linksOfTheContentsReachTheirHeadings() {
    let lines = document(.scenario(Scenario.builtIn[0])).split(separator: "\n")
    let headings = lines.filter { $0.hasPrefix("#") }.map { $0.drop { $0 == "#" || $0 == " " } }
    #expect(Set(headings).count == headings.count)
    let anchors = Set(headings.map { $0.lowercased().replacing(" ", with: "-").filter { !"():".contains($0) } })
    let targets = lines.filter { $0.hasPrefix("- [") }.flatMap { $0.matches(of: /\]\(#([^)]*)\)/).map { String($0.1) } }
    #expect(targets.count > 20)
    for target in targets { #expect(anchors.contains(target), "#\(target)") }
  }

  @Test func everyStageAndDiagramHasItsPlace() {
    let text = document(.scenario(Scenario.builtIn[0]))
    for stage in Set(Scenario.builtIn[0].record().stages.map(\.name)) { #expect(text.contains("\n### \(stage)\n")) }
    #expect(text.contains("\n![pipeline](pipeline.svg)\n") && text.contains("\n![gae, 0](stage%20gae.svg)\n"))
  }

  /// What Markdown or HTML would take for its own within a formula, a table or a line.
  @Test func formulasAndTablesSurviveMarkdown() throws {
    var settings = ["use_kl_loss=true", "kl_estimator=k3", "entropy_coef=0.1", "clip_ratio_c=3", "optim=adamw"]
    settings += ["weight_decay=0.1", "adap_kl_ctrl=true", "cliprange_high=0.3", "whiten_rewards=true"]
    var changed = Source.scenario(Scenario.builtIn[0])
    for setting in settings {
      let parts = setting.split(separator: "=").map(String.init)
      try changed.set(parts[0], to: parts[1])
    }
    for source in [.scenario(Scenario.builtIn[0]), changed, TraceJSONTests.smallBatch()] {
      let text = document(source).replacing("<span>$</span>", with: "")
      for formula in text.matches(of: /\$+([^$\n]+)\$+/).map({ String($0.1) }) {
        #expect(formula.firstMatch(of: /[|<>*`#%&~]|\\[^a-zA-Z ]|[^A-Za-z0-9]_/) == nil, "\(formula)")
        let mathML = MathML.element(formula)
        #expect(XMLParser(data: Data(mathML.utf8)).parse() && !mathML.contains("<mtext>\\"), "\(formula)")
      }
      checkTables(text)
    }
  }

  /// All rows of a table have as many cells.
  private func checkTables(_ text: String) {
    var cells = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("|") else {
        cells = 0
        continue
      }
      let count = line.replacing("\\|", with: "").count { $0 == "|" }
      if cells > 0 { #expect(count == cells, "\(line)") }
      cells = count
    }
  }

  @Test func tokensAreEscaped() {
    let text = document(TraceJSONTests.smallBatch())
    #expect(text.contains("| <code>a&#124;b</code> |") && text.contains("| `<eos>` |") && text.contains("| `␊` |"))
    #expect(text.contains("<code>&#42;&#95;&#96;&#36;x&#36;</code>"))
    #expect(!text.contains("a|b"))
  }

  /// Where a policy acts, nothing is called by the words for what writes; what options mean is told for all algorithms.
  @Test func anActionIsNoToken() throws {
    let scenario = try #require(Scenario.builtIn.first { $0.algorithm.name == "ppo-classic" })
    for line in document(.scenario(scenario)).split(separator: "\n") where !line.hasPrefix("| `") {
      for word in ["token", "response", "prompt"] { #expect(!line.lowercased().contains(word), "\(line)") }
    }
  }

  @Test func aLargeBatchIsCut() {
    let sequences = (0..<200).map { i in
      let values = (0..<20).map { Double(($0 * 7 + i * 3) % 11) / 10 }
      return Batch.PPOSequence(
        prompt: "p", tokens: values.map { "t\($0)" }, logp: values.map { -$0 - 0.1 }, oldLogp: values.map { -$0 },
        refLogp: values.map { -$0 }, value: values, oldValue: values, score: Double(i % 5), entropy: nil)
    }
    let text = document(
      .batch(Batch(title: "large", settings: Settings(), contents: .responses(sequences)), name: "large.json"))
    #expect(text.utf8.count < 150_000)
    #expect(text.contains("Tables show the 30 of 4000 tokens whose log-probability the loss depends on most"))
  }

  @Test func whatIfsAreListed() {
    let source = TraceJSONTests.smallBatch()
    let trace = source.record(overrides: [Override(key: TermKey(.score, 0), occurrence: 0, value: 3)])
    let text = MarkdownTrace.document(trace, source: source, diagrams: [])
    #expect(text.contains("- `score[0]` = 3"))
    #expect(text.contains("◆\u{a0}3"))
  }
}
