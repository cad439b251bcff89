import Documents
import Foundation
import Objectives
import Player
import Recording
import Simulation
import Testing

/// What a page asks about a batch, a world, and a drawing that it has not.
@Suite struct FindingsTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../SimulationTests/Oracles")

  private static let batches = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".batch.json") }.sorted()

  private func open(_ batch: String) throws -> (asking: Asking, trace: Trace) {
    let text = try String(contentsOf: Self.folder.appending(path: batch), encoding: .utf8)
    var json = JSONWriter()
    json.string(text)
    var asking = Asking()
    _ = try asking.ask(#"{"do":"open","source":{"name":"a","document":\#(json.text)}}"#)
    return (asking, try Source(try JSONReader.read(text), name: "a").record())
  }

  /// Each number and each outlier leads to a beat that has its term.
  @Test(arguments: batches) func everyNumberLeadsToItsTerm(batch: String) throws {
    var (asking, trace) = try open(batch)
    let answer = try asking.ask(#"{"do":"findings"}"#)
    func check(_ fields: Fields) throws {
      guard let term = try fields.optional("term")?.string("term") else { return }
      let key = try trace.glossary.key(parsing: term)
      let beat = try fields.required("at").integer()
      #expect(trace.beats[beat].terms.contains { trace.terms[$0].key == key }, "\(term) at \(beat)")
    }
    for finding in try answer.required("findings").list() {
      let evidence = try finding.object().required("evidence").list()
      #expect(!evidence.isEmpty)
      for item in evidence { try check(item.object()) }
    }
    for row in try answer.required("outliers").object().required("rows").list() { try check(row.object()) }
    for spread in try answer.required("spreads").list() {
      #expect(try spread.object().required("svg").string().hasPrefix("<svg"))
    }
  }

  /// What a pair's row says of the gradient is the pull at its chosen response, whether the loss goes through a margin or not.
  @Test(arguments: batches.filter { ["dpo-", "pair-"].contains(where: $0.hasPrefix) })
  func aPairsGradientIsThatOfItsChosenResponse(batch: String) throws {
    var (asking, trace) = try open(batch)
    for row in try asking.ask(#"{"do":"findings"}"#).required("outliers").object().required("rows").list() {
      let fields = try row.object()
      let (i, beat) = (
        try trace.glossary.key(parsing: fields.required("term").string()).i, try fields.required("at").integer()
      )
      let pulled = [Quantity.chosenResponseLogp, .chosenScore].compactMap { trace.term(TermKey($0, i), at: beat) }.first
      let gradient = try #require(pulled.flatMap { trace.gradient(of: $0, at: trace.beats.count - 1) })
      let shown = try #require(NumberText.parse(fields.required("gradient").string().replacing("−", with: "-")))
      #expect(abs(shown - gradient) <= 1e-3 * abs(gradient), "\(batch), pair \(i)")
    }
  }

  /// The first of the outliers is the one that stands out most.
  @Test(arguments: [
    ("ppo-larger.batch.json", "log_ratio"), ("dpo-larger.batch.json", "margin"),
  ]) func theFurthestComesFirst(batch: String, name: String) throws {
    var (asking, trace) = try open(batch)
    let rows = try asking.ask(#"{"do":"findings"}"#).required("outliers").object().required("rows").list()
    let values = try rows.map { row in
      let key = try trace.glossary.key(parsing: row.object().required("term").string())
      return try #require(trace.occurrences(of: key).last.map { trace.value($0) })
    }
    let all = trace.terms.indices.filter { trace.glossary.entries[trace.terms[$0].key.name].name == name }
      .map { trace.value($0) }
    if name == "margin" {
      #expect(values.first == all.min() && values == values.sorted())
    } else {
      #expect(values.first?.magnitude == all.map { $0.magnitude }.max())
    }
  }

  /// A drawing has a box for each node that the view names, and an arrow for each edge.
  @Test(arguments: Scenario.builtIn) func aDrawingHasWhatTheViewFills(scenario: Scenario) throws {
    var asking = try Asking(open: scenario.name)
    let trace = scenario.record()
    var seen: Set<String> = []
    for run in trace.stages where seen.insert(run.name).inserted {
      let beat = run.beats.upperBound - 1
      let view = try asking.ask(#"{"do":"view","at":\#(beat)}"#)
      guard let diagram = view.optional("diagram"), case .object = diagram.value else { continue }
      let drawing = try asking.ask(#"{"do":"drawing"}"#)
      #expect(try drawing.required("shape").string() == diagram.object().required("shape").string())
      let svg = try drawing.required("svg").string()
      for part in ["nodes", "edges"] {
        for item in try diagram.object().required(part).list() {
          let id = try item.object().required("id").string()
          #expect(svg.contains("id=\"\(id)\""), "\(id) in \(run.name) of \(scenario.name)")
        }
      }
      try checkBoxes(svg, "\(run.name) of \(scenario.name)")
    }
  }

  /// No two boxes overlap, and none is outside of the drawing.
  private func checkBoxes(_ svg: String, _ place: String) throws {
    let size = try #require(svg.firstMatch(of: /viewBox="0 0 ([\d.]+) ([\d.]+)"/))
    let (width, height) = (try #require(Double(size.1)), try #require(Double(size.2)))
    let boxes = try svg.matches(of: /d="M([\d.]+),([\d.]+)v([\d.]+)q[^h]*h([\d.]+)/).map { match in
      let numbers = [match.1, match.2, match.3, match.4].compactMap { Double($0) }
      try #require(numbers.count == 4)
      return (
        x: numbers[0], y: numbers[1] - 5, right: numbers[0] + numbers[3] + 10, bottom: numbers[1] + numbers[2] + 5
      )
    }
    for (number, box) in boxes.enumerated() {
      #expect(box.x >= 0 && box.right <= width && box.y >= 0 && box.bottom <= height + 6, "\(place)")
      for other in boxes.dropFirst(number + 1) {
        let isApart = box.right <= other.x || other.right <= box.x || box.bottom <= other.y || other.bottom <= box.y
        #expect(isApart, "\(place): \(box) and \(other)")
      }
    }
  }

  /// The document that is edited is the world: opened as it is, everything is as before.
  @Test(arguments: Scenario.builtIn) func aWorldReadsBackAsItWas(scenario: Scenario) throws {
    var asking = try Asking(open: scenario.name)
    let answer = try asking.ask(#"{"do":"world"}"#)
    let yaml = try answer.required("yaml").string()
    #expect(yaml.contains("algorithm: \(scenario.algorithm.name)"))
    guard let document = answer.optional("document"), case .object = document.value else {
      #expect(scenario.decisions != nil)
      return
    }
    let read = try Scenario(document, name: scenario.name)
    #expect(read.world == scenario.world)
    #expect(read.title == scenario.title && read.seed == scenario.seed && read.algorithm == scenario.algorithm)
  }

  @Test func aBatchHasNoWorld() throws {
    var (asking, _) = try open("grpo-larger.batch.json")
    let answer = try asking.ask(#"{"do":"world"}"#)
    #expect(answer.optional("document").map { $0.json } ?? "null" == "null")
  }

  @Test func namesThatAreMissingAreSaid() throws {
    var asking = try Asking(open: "ppo")
    _ = try asking.ask(#"{"do":"open","pane":1,"source":{"name":"ppo"},"settings":[["kl_coef","0"]]}"#)
    #expect(
      try asking.error(#"{"do":"picture","beside":1,"names":["a"]}"#)
        == "names has 1 names, not one for each of two panes")
    let both = try asking.ask(#"{"do":"picture","what":"progress","beside":1,"names":["a <b>","c"]}"#)
    let svg = try both.required("svg").string()
    #expect(svg.contains(">a &lt;b&gt;<") && svg.contains(">c<"))
  }
}
