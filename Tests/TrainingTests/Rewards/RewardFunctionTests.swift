import Documents
import Recording
import Testing

@testable import Training

@Suite struct RewardFunctionTests {
  private func example(_ prompt: String, _ columns: [String: Document.Value] = [:]) -> Example {
    let members = columns.map {
      Document.Member(key: $0.key, keyLine: 7, keyColumn: 1, value: Document($0.value, line: 7, column: 9))
    }
    return Example(prompt: prompt, columns: members, source: "d.jsonl", line: 7)
  }

  private func score(
    _ function: some RewardFunction, _ prompt: String, _ completion: String, _ columns: [String: Document.Value] = [:]
  )
    throws(TrainingError) -> Double
  {
    let scores = try function.scores([ScoredCompletion(completion, of: example(prompt, columns))])
    return (scores.first ?? .nan) ?? .nan
  }

  @Test func aColumnThatIsNullAsksForNoReward() throws {
    let item = ScoredCompletion("4", of: example("2+2=", ["answer": .null]))
    #expect(try ExactMatch().scores([item]) == [nil])
    #expect(try Arithmetic(column: "answer").scores([item]) == [nil])
    #expect(try Arithmetic().scores([item]) == [1])
  }

  @Test func exactMatchIgnoresOnlyWhitespaceAround() throws {
    #expect(try score(ExactMatch(), "", " 122\n", ["answer": .number(122)]) == 1)
    #expect(try score(ExactMatch(), "", "1 22", ["answer": .string("122")]) == 0)
    #expect(try score(ExactMatch(column: "word"), "", "true", ["word": .bool(true)]) == 1)
    #expect(throws: TrainingError(.badData, "d.jsonl:7: there is no column 'answer'; it has no extra columns at all")) {
      try score(ExactMatch(), "", "x")
    }
    #expect(throws: TrainingError(.badData, "d.jsonl:7: there is no column 'answer'; its extra columns are: zebra")) {
      try score(ExactMatch(), "", "x", ["zebra": .bool(true)])
    }
  }

  @Test func patternsAreFoundAnywhereUnlessAnchored() throws {
    #expect(try score(RegularExpression(pattern: "[0-9]+"), "", "a 12 é") == 1)
    #expect(try score(RegularExpression(pattern: "^[0-9]+$"), "", "a 12") == 0)
    #expect(try score(RegularExpression(pattern: "^$"), "", "") == 1)
    #expect(throws: TrainingError.self) { try RegularExpression(pattern: "(") }
  }

  /// It would take longer than the universe is old.
  @Test func aPatternThatTriesEverythingIsStopped() throws {
    let completion = String(repeating: "a", count: 100) + "b"
    let error = try #require(throws: TrainingError.self) {
      _ = try score(RegularExpression(pattern: "^(a+)+$", limit: 0.05), "", completion)
    }
    #expect(error.message.contains("'^(a+)+$' is not decided in 0.05000 s on the completion '…aaaa"))
    #expect(try score(RegularExpression(pattern: "^a+$", limit: 0.05), "", completion) == 0)
  }

  @Test func lengthFallsOffOnBothSides() throws {
    #expect(try score(Length(target: 4), "", "abcd") == 1)
    #expect(try score(Length(target: 4), "", "abc") == 0.75)
    #expect(try score(Length(target: 4), "", "abcdef") == 0.5)
    #expect(try score(Length(target: 4), "", "abcdefghijk") == 0)
    #expect(try score(Length(target: 2, unit: .words), "", " good  day ") == 1)
  }

  @Test(arguments: [
    ("37+85", 122.0), ("2*(3+4)", 14), ("-(1-3)/4", 0.5), ("1 - 2 - 3", -4), ("12/2/3", 2), ("--3", 3), ("1.5*2", 3),
    ("+7", 7),
  ])
  func expressionsHaveTheirValue(text: String, value: Double) { #expect(arithmeticValue(of: text) == value) }

  @Test(arguments: ["", "1/0", "1+", "(1", "1)", "a", "1 2", "1..2", "*1", String(repeating: "(", count: 5_000)])
  func whatIsNoExpressionHasNone(text: String) { #expect(arithmeticValue(of: text) == nil) }

  @Test(arguments: [
    ("37+85=", 122.0), ("What is 37 + 85?", 122), ("Question 2 - what is 3*4 =", 12), ("Compute 3+4.", 7),
    ("first 1+1, then 2+2", 4),
  ])
  func theLastExpressionOfAPromptIsMeant(prompt: String, value: Double) { #expect(lastExpression(in: prompt) == value) }

  @Test(arguments: ["", "well-known", "page 5", "x2+3", "1,000+1", "-5", "3/0"])
  func aPromptWithoutAnExpressionHasNone(prompt: String) { #expect(lastExpression(in: prompt) == nil) }

  @Test func arithmeticTakesTheFirstNumberOfTheCompletion() throws {
    #expect(try score(Arithmetic(), "37+85=", "It is 122, not 112") == 1)
    #expect(try score(Arithmetic(), "37+85=", "112 or 122") == 0)
    #expect(try score(Arithmetic(), "1-3=", "-2") == 1)
    #expect(try score(Arithmetic(), "7/2=", "3.5") == 1)
    #expect(try score(Arithmetic(), "7/2=", "none") == 0)
    #expect(try score(Arithmetic(column: "sum"), "?", "122", ["sum": .string("37+85")]) == 1)
    #expect(
      throws: TrainingError(.badData, "d.jsonl:7: the column 'sum' must be a number or an expression, found 'many'")
    ) {
      try score(Arithmetic(column: "sum"), "?", "122", ["sum": .string("many")])
    }
    #expect(
      throws: TrainingError(
        .badData,
        "d.jsonl:7: the reward 'arithmetic' finds no expression such as 37+85 in the prompt 'hi'; put the result into a column and name it: arithmetic:column=NAME"
      )
    ) { try score(Arithmetic(), "hi", "1") }
  }
}
