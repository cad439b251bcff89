import Autodiff
import Documents
import Quiz
import Reporting

extension Session {
  /// Asks about the current minibatch or iteration, or about the next one.
  mutating func askQuestion() throws(ExpressionError) -> Reply {
    var random = RandomStream(seed: UInt64(quizCount), purpose: 3, UInt32(beat))
    quizCount += 1
    guard
      let question = QuizQuestion(about: source, recorded: trace, near: beat, level: quizLevel, random: &random)
    else { throw ExpressionError("there is nothing in this recording to ask about") }
    quiz = question
    var text = question.onScreen
    text.line("`answer …` answers it.", .dim)
    return Reply(text)
  }

  /// Checks an answer; the recording itself explains what is wrong with it.
  mutating func answerQuestion(_ text: String) throws(ExpressionError) -> Reply {
    guard let question = quiz else { throw ExpressionError("there is no question: `quiz` asks one") }
    guard !text.isEmpty else { throw ExpressionError("give an answer: answer 1.2") }
    let isRight: Bool
    do throws(ExpectedAnswer.Misunderstanding) {
      isRight = try question.expected.accepts(text)
    } catch {
      throw ExpressionError(error.message)
    }
    quiz = nil
    quizLevel = min(3, max(1, quizLevel + (isRight ? 1 : -1)))
    return Reply(question.verdict(isRight))
  }
}
