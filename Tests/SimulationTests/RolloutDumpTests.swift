import Documents
import Objectives
import Recording
import Simulation
import Testing

@Suite struct RolloutDumpTests {
  private static func dump(_ text: String) throws -> RolloutDump { try RolloutDump(Array(text.utf8)) }

  private static let verl = """
    {"input": "1+1=", "output": "It is 2.", "gts": "2", "score": 1.0, "step": 7, "acc": true}
    {"input": "1+2=", "output": "", "gts": "3", "score": 0.0, "step": 7, "acc": false}

    {"input": "1+1=", "output": "3", "gts": "2", "score": 0.0, "step": 7, "acc": false}
    """

  private static func groups(_ batch: Batch) -> Batch.GroupBatch? {
    if case .groups(let group) = batch.contents { group } else { nil }
  }

  @Test func verlsAnswersAreGroupedByPrompt() throws {
    let dump = try Self.dump(Self.verl)
    #expect(dump.writer == .verl)
    #expect(dump.batch.title == "verl, step 7: rewards")
    #expect(dump.batch.minibatch == [])
    let group = try #require(Self.groups(dump.batch))
    #expect(group.sequences.map { $0.group } == [0, 1, 0])
    #expect(group.sequences.map { $0.reward } == [1, 0, 0])
    #expect(group.sequences[0].tokens == ["It", "is", "2."])
    #expect(group.sequences[1].tokens == [""])
    #expect(group.hasWords)
    let trace = dump.batch.record()
    #expect(trace.value(.advantage, 1, at: trace.beats.count - 1) == 0)
    // What was read can be written and read again.
    #expect(try Batch(JSONReader.read(dump.batch.json)).json == dump.batch.json)
  }

  /// The newer trainer names the prompt: two rows of a data set may have the same text.
  @Test func verlsUIDNamesTheGroup() throws {
    let text = """
      {"input": "a", "output": "b", "score": 1, "step": 1, "uid": "q_1_0_0"}
      {"input": "a", "output": "b", "score": 1, "step": 1, "uid": "q_1_1_0"}
      {"input": "a", "output": "b", "score": 1, "step": 1, "uid": "q_2_0_0"}
      """
    #expect(Self.groups(try Self.dump(text).batch)?.sequences.map { $0.group } == [0, 0, 1])
  }

  /// Two rows may ask the same: what shares a uid is a group.
  @Test func everyUIDThatRepeatsIsAGroup() throws {
    let lines = [("a", 1.0), ("a", 1), ("a", 1), ("a", 1), ("b", 0), ("b", 0), ("b", 0), ("b", 1)].map { uid, score in
      "{\"input\": \"2+2?\", \"output\": \"x\", \"score\": \(score), \"step\": 1, \"uid\": \"\(uid)\"}"
    }
    let dump = try Self.dump(lines.joined(separator: "\n"))
    let group = try #require(Self.groups(dump.batch))
    #expect(group.sequences.map { $0.group } == [0, 0, 0, 0, 1, 1, 1, 1])
    let trace = dump.batch.record()
    let advantages = (0..<8).compactMap { trace.value(.advantage, $0, at: trace.beats.count - 1) }
    #expect(zip(advantages, [0, 0, 0, 0, -0.5, -0.5, -0.5, 1.5]).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test func openRLHFsRewards() throws {
    let dump = try Self.dump(#"{"input": "a", "output": "b c", "reward": -0.5}"# + "\r\n")
    #expect(dump.writer == .openRLHF)
    #expect(Self.groups(dump.batch)?.sequences.map { $0.reward } == [-0.5])
  }

  @Test func openRLHFsPairsAreRewardModels() throws {
    let text = #"{"prompt": "p", "chosen": "a b", "chosen_reward": 2, "rejected": "c", "rejected_reward": 1}"#
    let batch = try Self.dump(text).batch
    guard case .scoredPairs(let pairs) = batch.contents else {
      Issue.record("not pairs")
      return
    }
    #expect(pairs[0].chosen.score == 2)
    #expect(pairs[0].rejected.tokens == ["c"])
    let trace = batch.record()
    #expect(trace.value(.metric, Metric.margin.rawValue, at: trace.beats.count - 1) == 1)
  }

  @Test(arguments: [
    ("", "1:1: the file is empty: it must have one response with its score per line"),
    (
      "\n{\"input\": \"a\"",
      "2:14: expected ',' or '}', found the end of the file; this line may still be being written"
    ),
    ("[]", "1:1: a line must be an object, found a list"),
    (
      #"{"input": "a", "output": "b", "score": 1}"# + "\n" + #"{"input": "a", "outp"#,
      "2:16: the string does not end; this line may still be being written"
    ),
    (
      #"{"input": "a", "output": "b"}"#,
      "1:1: a line of verl has 'input', 'output' and 'score', one of OpenRLHF 'input', 'output' and 'reward'; here are "
        + "'input', 'output'"
    ),
    (#"{"input": "a", "output": "b", "score": "high"}"#, "1:40: score must be a number, found the string 'high'"),
    (#"{"input": "a", "output": "b", "score": NaN}"#, "1:40: NaN is no JSON number: numbers must be finite"),
    (
      "{\"input\": \"a\", \"output\": \"b\", \"score\": 1}\n{\"input\": \"a\", \"score\": 1}",
      "2:1: a line needs the key 'output'"
    ),
    (
      "{\"input\": \"a\", \"output\": \"b\", \"score\": 1, \"step\": 1}\n"
        + "{\"input\": \"a\", \"output\": \"b\", \"score\": 1, \"step\": 2}",
      "2:51: step 2 begins here, and step 1 came before: a file must hold one step"
    ),
  ])
  func whatIsWrongHasItsPlace(text: String, message: String) {
    let error = #expect(throws: DocumentError.self) { try Self.dump(text) }
    #expect(error?.description == message)
  }
}
