import Documents
import Objectives
import Recording
import Reporting
import Simulation
import Testing

@Suite struct TraceJSONTests {
  /// A run that is over soon.
  static func smallScenario() throws -> Source {
    var source = Source.scenario(Scenario.builtIn[0])
    for (name, value) in [
      ("num_total_batches", "1"), ("batch_size", "2"), ("num_mini_batches", "1"), ("num_ppo_epochs", "1"),
      ("sft_steps", "1"), ("reward_steps", "1"), ("response_length", "2"),
    ] {
      try source.set(name, to: value)
    }
    return source
  }

  /// Two short responses, with what is hard to write in a token.
  static func smallBatch() -> Source {
    let sequences = [
      Batch.PPOSequence(
        prompt: "say \"it\"", tokens: ["a|b", "<eos>"], logp: [-1, -0.5], oldLogp: [-1.5, -0.5], refLogp: [-1.25, -1],
        value: [0.5, 0.25], oldValue: [0, 0.25], score: 1, entropy: nil),
      Batch.PPOSequence(
        prompt: "", tokens: ["*_`$x$", "\n"], logp: [-2, -3], oldLogp: [-1.5, -3.5], refLogp: [-2, -3],
        value: [0, -0.5], oldValue: [0, 0], score: -1, entropy: nil),
    ]
    return .batch(Batch(title: "Two responses", settings: Settings(), sequences: sequences), name: "small.batch.json")
  }

  @Test func equalsTheGoldenFile() throws {
    let source = Self.smallBatch()
    expectGolden(TraceJSON.text(source.record(), source: source), "small-batch.json")
  }

  @Test func everyTermIsThereWithItsNumbers() throws {
    let source = Source.scenario(Scenario.builtIn[0])
    let trace = source.record()
    let document = try JSONReader.read(TraceJSON.text(trace, source: source)).object()
    #expect(try document.required("format").string() == "gradus.trace/1")
    #expect(try document.required("seed").integer() == 7)
    let options = try document.required("options").object()
    #expect(options.members.map(\.key) == Option.all(for: .ppo).map(\.name))
    var term = 0
    for stage in try document.required("stages").list() {
      for beat in try stage.object().required("beats").list() {
        let fields = try beat.object()
        #expect(try fields.required("position").integer() == trace.terms[term].beat)
        for item in try fields.required("terms").list() {
          try check(item, term, of: trace)
          term += 1
        }
      }
    }
    #expect(term == trace.terms.count)
  }

  private func check(_ item: Document, _ term: Int, of trace: Trace) throws {
    let fields = try item.object()
    #expect(try fields.required("name").string() == trace.text(term))
    let value = trace.value(term)
    if value.isFinite { #expect(try fields.required("value").number() == value) }
    guard term % 97 == 0 else { return }  // one by one, the gradients of all terms take minutes
    let gradient = trace.gradient(of: term, at: trace.terms[term].beat)
    #expect(try fields.optional("gradient")?.number() == gradient)
  }

  @Test func whatIfsAndBatchesAreTold() throws {
    let source = Self.smallBatch()
    let key = TermKey(.score, 0)
    let trace = source.record(overrides: [Override(key: key, occurrence: 0, value: 3)])
    let document = try JSONReader.read(TraceJSON.text(trace, source: source)).object()
    #expect(try document.required("source").string() == "small.batch.json")
    #expect(document.optional("seed") == nil)
    let override = try document.required("overrides").list()[0].object()
    #expect(try override.required("name").string() == "score[0]")
    #expect(try override.required("value").number() == 3)
    #expect(try document.required("tokens").list()[1].list()[1].string() == "\n")
    let scores = TraceJSON.text(trace, source: source).split(separator: "\n").filter { $0.contains("\"computed\": 1") }
    #expect(scores.count == 1)
  }

  @Test func fingerprint() {
    // Vectors from the FNV reference code.
    #expect(Fingerprint.fnv1a64("") == "cbf29ce484222325")
    #expect(Fingerprint.fnv1a64("a") == "af63dc4c8601ec8c")
    #expect(Fingerprint.fnv1a64("foobar") == "85944171f73967e8")
  }
}
