import Quiz
import Testing

@Suite struct ExpectedAnswerTests {
  @Test(arguments: [
    ("0.7134", true), ("0.71", true), ("0.7", false), ("0.73", false), (".7134", true), ("-0.71", false),
    ("7.1e-1", true),
  ])
  func numbersMayBeRounded(typed: String, isRight: Bool) throws {
    #expect(try ExpectedAnswer.number(0.7134).accepts(typed) == isRight)
  }

  @Test(arguments: [("0", true), ("0.00", true), ("0.001", false), ("-0", true)])
  func zeroIsZero(typed: String, isRight: Bool) throws {
    #expect(try ExpectedAnswer.number(0).accepts(typed) == isRight)
  }

  @Test(arguments: [("2", true), ("unclipped", true), ("UN", true), ("c", false), ("both", false), (" 1 ", false)])
  func choicesAreWordsOrNumbers(typed: String, isRight: Bool) throws {
    #expect(try ExpectedAnswer.choice(right: 1, among: ["clipped", "unclipped", "both"]).accepts(typed) == isRight)
  }

  @Test(arguments: ["", "four", "0", "4"])
  func whatIsNoChoiceIsNotWrongButAskedAgain(typed: String) {
    #expect(throws: ExpectedAnswer.Misunderstanding(message: "answer with 1 to 3, or with the words of a choice")) {
      try ExpectedAnswer.choice(right: 1, among: ["clipped", "unclipped", "both"]).accepts(typed)
    }
    #expect(throws: ExpectedAnswer.Misunderstanding.self) {
      _ = try ExpectedAnswer.number(1).accepts(typed.isEmpty ? "x" : "\(typed)x")
    }
  }
}
