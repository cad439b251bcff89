import Documents
import Foundation
import Objectives
import Recording
import Simulation
import Testing

/// A batch that is written and read again is the same batch, to the last bit.
@Suite struct BatchWritingTests {
  private func oracle(_ name: String) throws -> Batch {
    let directory = try #require(Oracle.directory)
    return try Batch(
      JSONReader.read(String(contentsOf: directory.appending(path: "\(name).batch.json"), encoding: .utf8)))
  }

  /// Every term and its gradient, as bits: NaN equals itself.
  private func numbers(_ batch: Batch) -> [UInt64] {
    let trace = batch.record()
    return trace.terms.indices.flatMap { term in
      [trace.value(term), trace.gradient(of: term, at: trace.beats.count - 1) ?? 0].map { $0.bitPattern }
    }
  }

  @Test(arguments: OracleTests.names)
  func writingLosesNothing(name: String) throws {
    let batch = try oracle(name)
    let copy = try Batch(JSONReader.read(batch.json))
    #expect(copy.json == batch.json)
    #expect(copy.title == batch.title)
    #expect(copy.settings == batch.settings)
    let (before, after) = (numbers(batch), numbers(copy))
    #expect(before.count > 20)
    #expect(before == after)
  }

  @Test func looksLikeTheExample() throws {
    var settings = Settings()
    try settings.set(.groupLoss, to: .choice("bnpo"))
    try settings.set(.groupBeta, to: .number(0.1 + 0.2))
    try settings.set(.maskTruncated, to: .flag(true))
    // A batch has no use for it, and would be refused with it.
    try settings.set(.learningRate, to: .number(0.5))
    let answer = Batch.GroupBatch.Sequence(
      prompt: "1+1=", tokens: ["2", "\n"], group: 0, reward: 1, logp: [-0.5, -0.25], oldLogp: [-0.5, -1e-9],
      refLogp: [-1, -2], isTruncated: false)
    var batch = Batch(
      title: "a \"title\"", settings: settings,
      contents: .groups(
        Batch.GroupBatch(sequences: [answer, answer], groups: [Batch.GroupBatch.Group(name: "g", weight: 2)])))
    batch.logged = [Batch.LoggedMetric(.kl, 0.125)]
    batch.minibatch = [1, 0]
    batch.stepTokens = 12
    let sequence = """
        {
         "prompt": "1+1=",
         "group": "g",
         "reward": 1,
         "truncated": false,
         "tokens": ["2", "\\n"],
         "logp": [-0.5, -0.25],
         "old_logp": [-0.5, -1e-09],
         "ref_logp": [-1, -2]
        }
      """
    #expect(
      batch.json == """
        {
         "format": "gradus.batch/1",
         "algorithm": "grpo",
         "title": "a \\"title\\"",
         "config": {
          "loss_type": "bnpo",
          "beta": 0.30000000000000004,
          "mask_truncated_completions": true
         },
         "logged": {
          "kl": 0.125
         },
         "minibatch": [1, 0],
         "step_tokens": 12,
         "sequences": [
        \(sequence),
        \(sequence)
         ],
         "groups": {
          "g": {
           "weight": 2
          }
         }
        }

        """)
    let copy = try Batch(JSONReader.read(batch.json))
    #expect(copy.json == batch.json)
    #expect(copy.minibatch == [1, 0])
    #expect(copy.stepTokens == 12)
    #expect(copy.logged.map { $0.value } == [0.125])
  }

  @Test func hostileTextsSurvive() throws {
    let texts = [
      "\"", "\\", "\n\r\t\u{8}\u{c}", "\u{0}\u{1f}\u{7f}", "</script>", "\u{2028}\u{2029}", "e\u{301}", "é", "\u{feff}",
      "👩‍👩‍👧",
      "\u{10ffff}\u{fffd}", "\r\n", "", " ", "\\u0041", "{\"a\": [1]}", "null",
    ]
    let zeros = texts.map { _ in -1.0 }
    for text in texts {
      let batch = Batch(
        title: text, settings: Settings(),
        contents: .groups(
          Batch.GroupBatch(
            sequences: [
              .init(prompt: text, tokens: texts, group: 0, reward: 0, logp: zeros, oldLogp: zeros),
              .init(prompt: text, tokens: texts, group: 1, reward: 0, logp: zeros, oldLogp: zeros),
            ], groups: [.init(name: text, weight: 2), .init(name: text + "'", weight: 3)])))
      let copy = try Batch(JSONReader.read(batch.json))
      guard case .groups(let groups) = copy.contents else {
        Issue.record("another algorithm")
        return
      }
      #expect(Array(copy.title.utf8) == Array(text.utf8))
      #expect(Array(groups.sequences[0].prompt.utf8) == Array(text.utf8))
      #expect(groups.sequences[0].tokens.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
      #expect(groups.groups.map { $0.weight } == [2, 3])
      #expect(copy.json == batch.json)
    }
  }

  @Test func everyKindOfOptionSurvives() throws {
    var settings = Settings()
    try settings.set(.scaleRewards, to: .choice("none"))
    try settings.set(.maskTruncated, to: .flag(true))
    try settings.set(.maxCompletionLength, to: .integer(7))
    try settings.set(.delta, to: .number(1.0 / 3))
    try settings.set(.sapoTemperaturePositive, to: .number(2))
    let answer = Batch.GroupBatch.Sequence(
      prompt: "", tokens: ["a"], group: 0, reward: 1, logp: [-1], oldLogp: [-1], isTruncated: true)
    let batch = Batch(
      title: "", settings: settings, contents: .groups(.init(sequences: [answer], groups: [.init(name: "g")])))
    #expect(try Batch(JSONReader.read(batch.json)).settings == settings)
  }

  @Test func whatIsSwitchedOffStaysSo() throws {
    var settings = Settings()
    try settings.set(.cliprangeValue, to: .none)
    let response = Batch.PPOSequence(
      prompt: "", tokens: ["a"], logp: [-1], oldLogp: [-1], refLogp: [-1], value: [0], oldValue: [0], score: 1,
      entropy: [0.5], isTruncated: true)
    let batch = Batch(title: "", settings: settings, sequences: [response])
    let copy = try Batch(JSONReader.read(batch.json))
    #expect(copy.settings == settings)
    #expect(copy.json == batch.json)
  }

  @Test func aLongStepIsWrittenQuickly() throws {
    let logps = (0..<1000).map { -Double($0) / 7 }
    let answer = Batch.GroupBatch.Sequence(
      prompt: "p", tokens: logps.map { "t\($0)" }, group: 0, reward: 1, logp: logps, oldLogp: logps, refLogp: logps)
    let batch = Batch(
      title: "", settings: Settings(),
      contents: .groups(.init(sequences: Array(repeating: answer, count: 100), groups: [.init(name: "g")])))
    let start = ContinuousClock.now
    #expect(batch.json.utf8.count > 5_000_000)
    let limit: Duration = isOptimized ? .seconds(5) : .seconds(60)
    #expect(ContinuousClock.now - start < limit)
  }

  /// Assertions are evaluated only where the compiler does not optimize.
  private var isOptimized: Bool {
    var isOptimized = true
    assert(
      {
        isOptimized = false
        return true
      }())
    return isOptimized
  }
}
