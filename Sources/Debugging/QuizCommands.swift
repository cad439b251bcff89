import Autodiff
import Objectives
import Recording
import Simulation

extension Session {
  /// Asks about the current minibatch or iteration, or about the next one.
  mutating func askQuestion() throws(ExpressionError) -> Reply {
    var random = RandomStream(seed: UInt64(quizCount), purpose: 3, UInt32(beat))
    quizCount += 1
    let kinds = QuestionKind.all.filter { $0.needsOneRecording }
    for index in random.shuffled(kinds.count) {
      // The level that suits, or else one that the recording has.
      for level in [quizLevel, 1, 2, 3] {
        var asking = Asking(
          source: source, changes: [], trace: trace, level: level, position: beat, random: random)
        guard let draft = kinds[index].ask(&asking) else { continue }
        let question = QuizQuestion(draft, kind: kinds[index], asking)
        quiz = question
        var text = question.onScreen
        text.line("`answer …` answers it.", .dim)
        return Reply(text)
      }
    }
    throw ExpressionError("there is nothing in this recording to ask about")
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

extension QuizQuestion {
  /// Right or wrong, the answer, and after a wrong one what the recording says of it.
  public func verdict(_ isRight: Bool) -> StyledText {
    var text = StyledText()
    if isRight {
      text.line("right: \(expected.text)", .positive)
    } else {
      text.line("no: it is \(expected.text)", .negative)
      text.add(explanation)
    }
    return text
  }
}
