import Documents
import Foundation
import Quiz
import Recording
import Reporting
import Simulation
import Testing

@Suite struct AdaptiveQuizTests {
  /// What is asked about a scenario when nobody answers, which goes through the levels.
  private static func sheet(_ scenario: Scenario?, seed: UInt64, count: Int) -> [QuizQuestion] {
    var quiz = AdaptiveQuiz(on: scenario, seed: seed)
    return (0..<count).compactMap { _ in
      let question = quiz.next()
      quiz.pass()
      return question
    }
  }

  private static let kinds: [String: Set<String>] = [
    "ppo": [
      "clipped-ratio", "minimum-branch", "gradient-sign", "gae", "kl-estimate", "penalised-reward", "changed-knob",
      "batch-bug",
    ],
    "ppo-classic": ["clipped-ratio", "minimum-branch", "gradient-sign", "gae", "changed-knob"],
    "reinforce": ["gradient-sign", "return", "kl-estimate", "penalised-reward", "changed-knob"],
    "remax": ["gradient-sign", "return", "kl-estimate", "penalised-reward", "changed-knob"],
    "grpo": [
      "clipped-ratio", "minimum-branch", "gradient-sign", "group-advantage", "kl-estimate", "changed-knob", "batch-bug",
    ],
    "grpo-user-groups": [
      "clipped-ratio", "minimum-branch", "gradient-sign", "user-group-advantage", "changed-knob",
    ],
    "distill": ["teacher-advantage", "changed-knob"],
    "distill-self": ["teacher-advantage", "changed-knob"],
    "dpo": ["pair-gradient", "implicit-reward", "margin", "pair-loss", "beta-pull", "changed-knob"],
    "online-dpo": ["pair-gradient", "implicit-reward", "margin", "pair-loss", "beta-pull", "changed-knob"],
    "kto": ["human-value", "changed-knob"],
    "sft": ["supervised-loss", "changed-knob"],
    "reward-model": ["margin", "pair-loss", "changed-knob"],
  ]

  // One seed: the recordings that it takes are half a minute of CPU in a debug build.
  @Test(arguments: Scenario.builtIn)
  func everyQuestionCanBeAnsweredFromItsText(scenario: Scenario) throws {
    let questions = Self.sheet(scenario, seed: 1, count: 10)
    #expect(questions.count == 10)
    #expect(Set(questions.map(\.kind)) == Self.kinds[scenario.name])
    #expect(Set(questions.map(\.level)) == [1, 2, 3])
    for question in questions { try check(question) }
  }

  private func check(_ question: QuizQuestion) throws {
    let what: Comment = "\(question.kind) \(question.origin.command)\n\(question.text)"
    for line in question.onScreen.plain.split(separator: "\n") { #expect(NumberText.width(String(line)) <= 80, what) }
    for word in ["NaN", "Infinity", "nil"] { #expect(!question.onScreen.plain.contains(word), what) }
    #expect(!question.explanation.isEmpty, what)
    switch question.expected {
    case .number(let right):
      let computed = try #require(QuizArithmetic.number(question), what)
      #expect(try question.expected.accepts(NumberText.short(computed)), what)
      #expect(right.isFinite, what)
      #expect(try question.expected.accepts(question.expected.text), what)
    case .choice(let right, let choices):
      #expect(Set(choices).count == choices.count, what)
      if let word = QuizArithmetic.word(question) { #expect(choices[right].hasPrefix(word), what) }
      let accepted = try choices.indices.filter { try question.expected.accepts("\($0 + 1)") }
      #expect(accepted == [right], what)
    }
    try expectTheOriginShowsIt(question, what)
  }

  /// The recording that the question names has the right number under the name that the question gives.
  private func expectTheOriginShowsIt(_ question: QuizQuestion, _ what: Comment) throws {
    let scenario = try #require(Scenario.builtIn.first { $0.name == question.origin.source })
    var source = Source.scenario(scenario)
    try source.set(question.origin.changes.map { (name: $0.option, text: $0.value) })
    let trace = source.record()
    #expect(trace.beats.indices.contains(question.origin.beat), what)
    guard case .number(let right) = question.expected,
      let name = question.text.firstMatch(of: /What is ([a-z_]+\[[0-9,]+\])/)?.output.1
    else { return }
    let expression = try Expression(parsing: String(name), glossary: trace.glossary)
    guard case .number(let shown) = try expression.evaluate(in: trace, at: question.origin.beat) else {
      Issue.record(what)
      return
    }
    #expect(shown == right, what)
  }

  @Test func theSeedAndTheAnswersDecideTheQuestions() throws {
    func run(_ answers: [Bool]) throws -> [String] {
      var quiz = AdaptiveQuiz(on: Scenario.builtIn.first { $0.name == "dpo" }, seed: 11)
      var texts: [String] = []
      for isRight in answers {
        let next = quiz.next()
        let question = try #require(next)
        #expect(try quiz.answer(Self.answer(to: question, isRight)) == isRight)
        texts.append(question.text)
      }
      return texts
    }
    let right = try run([true, true, true])
    #expect(try run([true, true, true]) == right)
    #expect(try run([false, true, true])[0] == right[0])
    #expect(try run([false, true, true]) != right)
    #expect(Self.sheet(nil, seed: 12, count: 2).map(\.text) != Self.sheet(nil, seed: 13, count: 2).map(\.text))
  }

  @Test func rightAnswersMakeItHarderAndWrongOnesEasier() throws {
    var quiz = AdaptiveQuiz(on: Scenario.builtIn.first { $0.name == "reward-model" }, seed: 4)
    var levels: [Int] = []
    for isRight in [true, true, true, false, false, false, true] {
      let next = quiz.next()
      let question = try #require(next)
      levels.append(question.level)
      _ = try quiz.answer(Self.answer(to: question, isRight))
    }
    #expect(levels == [1, 2, 3, 3, 2, 1, 1])
    #expect(quiz.level == 2)
    #expect((quiz.right, quiz.answered) == (4, 7))
    #expect(quiz.tallies.reduce(0) { $0 + $1.answered } == 7)
    let weakest = try #require(quiz.weakest)
    #expect(weakest.right < weakest.answered)
  }

  @Test func whatCannotBeUnderstoodDoesNotCount() throws {
    var quiz = AdaptiveQuiz(on: Scenario.builtIn.first { $0.name == "sft" }, seed: 1)
    _ = quiz.next()
    #expect(throws: ExpectedAnswer.Misunderstanding.self) { try quiz.answer("perhaps") }
    #expect(quiz.question != nil)
    #expect(quiz.answered == 0)
    quiz.pass()
    #expect(throws: ExpectedAnswer.Misunderstanding(message: "there is no question to answer")) {
      try quiz.answer("1")
    }
  }

  @Test func everyAlgorithmOfTheMixHasItsTurn() {
    let kinds = Set(Self.sheet(nil, seed: 5, count: 19).map(\.kind))
    #expect(kinds == Self.kinds.values.reduce(into: Set<String>()) { $0.formUnion($1) })
  }

  static func answer(to question: QuizQuestion, _ isRight: Bool) -> String {
    switch question.expected {
    case .number(let number): NumberText.full(isRight ? number : 2 * number + 1)
    case .choice(let right, let choices): "\((isRight ? right : right + 1) % choices.count + 1)"
    }
  }
}
