import Documents
import Quiz

/// A quiz for programs: a question, a line of input, a result, each an object on a line.
struct QuizSheet {
  var quiz: AdaptiveQuiz

  mutating func run(_ count: Int) throws {
    for number in 1...count {
      guard let question = quiz.next() else { break }
      try Output.write(json(question, number) + "\n")
      let line = readLine()
      var isRight: Bool?
      var problem: String?
      if let line, line != "skip" {
        do throws(ExpectedAnswer.Misunderstanding) {
          isRight = try quiz.answer(line)
        } catch {
          problem = error.message
        }
      }
      // A skipped question was seen; where nobody answers, the sheet should have all levels.
      if line == nil { quiz.pass() }
      try Output.write(result(question, number, given: line, isRight, problem) + "\n")
    }
    if quiz.answered > 0 { _ = QuizScore.keep(quiz.tallies) }
  }

  private func json(_ question: QuizQuestion, _ number: Int) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.key("number")
    json.integer(number)
    json.key("kind")
    json.string(question.kind)
    json.key("level")
    json.integer(question.level)
    json.key("question")
    json.string(question.text)
    if !question.choices.isEmpty {
      json.key("choices")
      json.strings(question.choices)
    }
    json.key("source")
    json.string(question.origin.source)
    json.key("set")
    json.strings(question.origin.changes.map { "\($0.option)=\($0.value)" })
    json.key("beat")
    json.integer(question.origin.beat)
    json.key("seed")
    json.string("\(quiz.seed)")
    json.endObject()
    return json.text
  }

  private func result(
    _ question: QuizQuestion, _ number: Int, given: String?, _ isRight: Bool?, _ problem: String?
  ) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.key("number")
    json.integer(number)
    json.key("given")
    if let given { json.string(given) } else { json.null() }
    json.key("correct")
    if let isRight { json.bool(isRight) } else { json.null() }
    if let problem {
      json.key("problem")
      json.string(problem)
    }
    json.key("answer")
    if case .number(let number) = question.expected { json.number(number) } else { json.string(question.expected.text) }
    json.key("explanation")
    json.string(question.explanation.plain)
    json.key("score")
    json.beginObject()
    json.key("right")
    json.integer(quiz.right)
    json.key("answered")
    json.integer(quiz.answered)
    json.endObject()
    json.endObject()
    return json.text
  }
}
