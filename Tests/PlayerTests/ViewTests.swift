import Documents
import Formulas
import Objectives
import Player
import Recording
import Reporting
import Simulation
import Testing

@Suite struct ViewTests {
  /// A beat of every stage of a recording.
  private static func beats(of trace: Trace) -> [Int] {
    var seen: Set<String> = []
    return trace.stages.filter { seen.insert($0.name).inserted }.map { $0.beats.upperBound - 1 }
  }

  @Test(arguments: Scenario.builtIn)
  func everyDiagramHasADrawingWithRoomForAllOfIt(scenario: Scenario) throws {
    let trace = scenario.record()
    var shapes: [String: String] = [:]
    for shape in StageShape.all(of: trace) { shapes[shape.id] = shape.dot }
    var asking = try Asking(open: scenario.name)
    for beat in Self.beats(of: trace) {
      let diagram = try asking.ask(#"{"do":"view","at":\#(beat)}"#).required("diagram").object()
      let dot = try #require(shapes[try diagram.required("shape").string()])
      for key in ["nodes", "edges"] {
        for part in try diagram.required(key).list() {
          let id = try part.object().required("id").string()
          #expect(dot.contains("id=\"\(id)\""), "\(id) at \(beat)")
        }
      }
    }
  }

  @Test(arguments: Scenario.builtIn)
  func termsAreThoseOfTheRecording(scenario: Scenario) throws {
    let trace = scenario.record()
    let gradients = TermGradients(trace)
    var asking = try Asking(open: scenario.name)
    for beat in Self.beats(of: trace) {
      let terms = try asking.ask(#"{"do":"view","at":\#(beat)}"#).required("terms").list().map { try $0.object() }
      #expect(terms.count == trace.beats[beat].terms.count)
      for (shown, term) in zip(terms, trace.beats[beat].terms) {
        #expect(try shown.required("text").string() == trace.text(term))
        #expect(try shown.required("value").number() == trace.value(term))
        #expect(shown.optional("gradient").flatMap { try? $0.number() } == gradients[term])
        for key in ["symbol", "formula", "numbers"] {
          let math = shown.optional(key).flatMap { try? $0.string() } ?? ""
          #expect(!math.contains("\\"), "LaTeX is left in \(math)")
        }
        let inputs = trace.inputs(of: term).prefix(8).map { trace.text($0) }
        #expect(try shown.required("from").list().map { try $0.object().required("text").string() } == inputs)
      }
    }
  }

  /// The general formulas come once more as LaTeX, to be copied.
  @Test(arguments: Scenario.builtIn)
  func generalFormulasAreLaTeXToo(scenario: Scenario) throws {
    let trace = scenario.record()
    var asking = try Asking(open: scenario.name)
    var count = 0
    for beat in Self.beats(of: trace) {
      let view = try asking.ask(#"{"do":"view","at":\#(beat)}"#)
      let latex = try view.required("latex").list().map { try $0.string() }
      let stated = StageFormulas(trace, of: trace.stage(ofBeat: beat), at: beat).statements
      #expect(latex == stated.map { $0.text(as: .latex, in: trace.glossary) })
      #expect(try view.required("what").list().count >= latex.count)
      count += latex.count
    }
    #expect(count > 3)
  }

  @Test func linksGoBothWays() throws {
    let trace = Scenario.builtIn[0].record()
    let uses = TermUses(trace)
    for term in stride(from: 0, to: trace.terms.count, by: 101) {
      for input in trace.inputs(of: term) { #expect(uses[input].contains(term)) }
      for user in uses[term] { #expect(trace.inputs(of: user).contains(term)) }
    }
  }

  @Test func tokensAreColouredByTheirAdvantage() throws {
    let trace = Scenario.builtIn[0].record()
    let clip = try #require(trace.stages.last { $0.name == "clip" })
    var asking = try Asking(open: "ppo")
    let view = try asking.ask(#"{"do":"view","at":\#(clip.beats.upperBound - 1)}"#)
    let rows = try view.required("trajectory").object().required("rows").list()
    var clipped = 0
    for (i, row) in rows.enumerated() {
      for (t, token) in try row.object().required("tokens").list().enumerated() {
        let fields = try token.object()
        let advantage = try #require(trace.value(.advantage, i, t, at: clip.beats.upperBound - 1))
        let mark = advantage > 0 ? "positive" : "negative"
        #expect(try fields.required("mark").string() == mark)
        #expect((0...1).contains(try fields.required("weight").number()))
        if try fields.required("isClipped").bool() { clipped += 1 }
      }
    }
    #expect(clipped > 0)
  }

  /// Where a beat is about a pair of sampled responses, both are marked, and the policy's row is that of their prompt.
  @Test func bothResponsesOfASampledPairAreMarked() throws {
    let trace = try #require(Scenario.builtIn.first { $0.name == "online-dpo" }).record()
    var asking = try Asking(open: "online-dpo")
    let margin = try #require(trace.terms.last { $0.key == TermKey(.margin, 1) })
    let view = try asking.ask(#"{"do":"view","at":\#(margin.beat)}"#)
    let rows = try view.required("trajectory").object().required("rows").list().filter { row in
      try row.object().required("isCurrent").bool()
    }
    let marked = try rows.map { try $0.object().required("label").string() }
    let pair = [false, true].compactMap { trace.sampledResponse(ofPair: 1, isRejected: $0, at: margin.beat) }
    #expect(pair.count == 2 && Set(marked) == Set(pair.map { "\($0)" }))
    let policy = try view.required("policy").object()
    let row = try policy.required("rows").list()[policy.required("current").integer()].object()
    let prompt = trace.prompts[pair[0]].split(separator: " ").last.map(String.init)
    #expect(try row.required("state").string() == prompt)
  }

  /// The responses show nothing that is computed later: at the first beats neither advantages nor marks, nor tokens.
  @Test(arguments: Scenario.builtIn)
  func responsesShowWhatIsKnown(scenario: Scenario) throws {
    let trace = scenario.record()
    var asking = try Asking(open: scenario.name)
    var seen: Set<String> = []
    for run in trace.stages where seen.insert(run.name).inserted {
      let beat = (run.beats.lowerBound + run.beats.upperBound - 1) / 2
      let view = try asking.ask(#"{"do":"view","at":\#(beat)}"#).required("trajectory")
      if view.isNull { continue }
      let isPair = !trace.rejectedTokens.isEmpty
      for row in try view.object().required("rows").list() {
        let i = try #require(Int(row.object().required("label").string().split(separator: " ")[0]))
        for (t, token) in try row.object().required("tokens").list().enumerated() {
          for fact in try token.object().required("facts").list() {
            let name = try fact.list()[0].string()
            let quantity = try #require(Quantity.allCases.first { $0.name == name })
            #expect(trace.term(TermKey(quantity, i, t), at: beat) != nil, "\(name)[\(i),\(t)] at beat \(beat)")
          }
          let isMarked = try !token.object().required("mark").isNull
          let known = [Quantity.advantage, .rawAdvantage].contains { quantity in
            trace.term(TermKey(quantity, i, t), at: beat) != nil || trace.term(TermKey(quantity, i), at: beat) != nil
          }
          let isLearned = trace.differentiations.contains { trace.terms[$0.term].beat <= beat }
          #expect(!isMarked || known || isLearned && (isPair || !trace.givenTokens.isEmpty))
        }
      }
    }
  }

  @Test func theRowsOfThePolicyAreDistributions() throws {
    var asking = try Asking(open: "dpo")
    let policy = try asking.ask(#"{"do":"view","at":1000}"#).required("policy").object()
    let rows = try policy.required("rows").list().map { try $0.object() }
    #expect(!rows.isEmpty)
    for row in rows {
      for key in ["before", "after", "reference"] {
        let sum = try row.required(key).list().map { try $0.number() }.reduce(0, +)
        #expect(abs(sum - 1) < 1e-12)
      }
    }
  }

  @Test(arguments: [("ppo", "score"), ("grpo", "reward"), ("ppo-classic", "reward"), ("reinforce", "score")])
  func rewardsOfTheIterationCanBeEdited(name: String, quantity: String) throws {
    var asking = try Asking(open: name)
    let overview = try asking.ask(#"{"do":"overview"}"#)
    let view = try asking.ask(#"{"do":"view","at":\#(try overview.required("beats").integer() / 2)}"#)
    let rewards = try view.required("rewards").list().map { try $0.object() }
    let reward = try #require(rewards.last)
    let term = try reward.required("term").string()
    #expect(term.hasPrefix(quantity + "["))
    let occurrence = try reward.required("occurrence").integer()
    let changed = try asking.ask(#"{"do":"set","term":"\#(term)","occurrence":\#(occurrence),"value":5}"#)
    #expect(try changed.required("changedTerms").integer() > 1)
    let after = try asking.ask(#"{"do":"view","at":\#(try view.required("at").integer())}"#)
    let edited = try #require(try after.required("rewards").list().last).object()
    #expect(try edited.required("value").number() == 5)
    #expect(try edited.required("isSet").bool())
  }
}
