import Documents
import Quiz

/// A quiz for people: question, prompt, verdict, and a summary at the end.
struct QuizDialogue {
  private var quiz: AdaptiveQuiz
  private let name: String
  // Answers are not commands: they need no history.
  private let conversation = Conversation(
    LineEditor(historyFile: nil) { _, _ in ["skip", "why", "help", "quit"] })
  /// The question before, which `why` explains.
  private var last: QuizQuestion?

  init(quiz: AdaptiveQuiz, name: String?) {
    self.quiz = quiz
    self.name = name ?? "all algorithms"
  }

  private enum Outcome {
    case answered(Bool)
    case skipped, ended
  }

  mutating func run(_ count: Int) throws {
    try greet(count)
    asking: for number in 1...count {
      guard let question = quiz.next() else { break }
      try conversation.say(heading(question, number, of: count))
      switch try answer(to: question) {
      case .answered(let isRight): try tell(question, isRight)
      case .skipped: try conversation.say(skipped(question))
      case .ended:
        if !conversation.isTerminal { try printSheet(question, number, of: count) }
        break asking
      }
      last = question
    }
    try conclude()
  }

  /// Prints the other questions where nobody is left to answer, and then the solutions of all that were not answered.
  private mutating func printSheet(_ question: QuizQuestion, _ number: Int, of count: Int) throws {
    var sheet = [question]
    while number + sheet.count <= count {
      quiz.pass()
      guard let question = quiz.next() else { break }
      try conversation.say(heading(question, number + sheet.count, of: count))
      sheet.append(question)
    }
    var solutions = StyledText("\n")
    solutions.line("Solutions", .heading)
    for (offset, question) in sheet.enumerated() {
      solutions.line()
      solutions.line("\(number + offset)  \(question.expected.text)", .heading)
      solutions.add(question.explanation)
    }
    try conversation.say(solutions)
  }

  private func greet(_ count: Int) throws {
    var text = StyledText()
    text.line("Quiz: \(name), \(count) question\(count == 1 ? "" : "s")", .heading)
    text.line("Type a number, or the number or words of a choice; skip, why, help or quit.", .dim)
    text.line("--seed \(quiz.seed) asks the same questions again.", .dim)
    try conversation.say(text)
  }

  private func heading(_ question: QuizQuestion, _ number: Int, of count: Int) -> StyledText {
    var text = StyledText("\n")
    text.add("\(number) of \(count)", .heading)
    text.line("  \(question.kind)", .dim)
    text.add(question.onScreen)
    return text
  }

  /// Reads until there is an answer that can be understood.
  private mutating func answer(to question: QuizQuestion) throws -> Outcome {
    while let line = try conversation.readLine(prompt: "answer> ") {
      switch line.lowercased() {
      case "": continue
      case "q", "quit", "exit": return .ended
      case "s", "skip": return .skipped
      case "h", "?", "help": try conversation.say(help(question))
      case "w", "why": try conversation.say(lastExplanation)
      default:
        do throws(ExpectedAnswer.Misunderstanding) {
          return .answered(try quiz.answer(line))
        } catch {
          try conversation.say(StyledText("\(error.message); skip goes on\n", .error))
        }
      }
    }
    return .ended
  }

  private func help(_ question: QuizQuestion) -> StyledText {
    var text = StyledText()
    text.line(
      question.choices.isEmpty
        ? "A number, rounded to two digits or more: 0.71 for 0.7134."
        : "The number of a choice, or its first words.")
    text.line("skip goes on, why explains the question before, quit ends the quiz.")
    return text
  }

  private var lastExplanation: StyledText {
    guard let last else { return StyledText("There was no question before this one.\n", .error) }
    var text = StyledText("The question before:\n", .dim)
    text.add(last.explanation)
    return text
  }

  private func tell(_ question: QuizQuestion, _ isRight: Bool) throws {
    var text = question.verdict(isRight)
    if !isRight { text.add(place(question.origin, kind: question.kind)) }
    text.line("\(quiz.right) of \(quiz.answered) right, level \(quiz.level)", .dim)
    try conversation.say(text)
  }

  private func skipped(_ question: QuizQuestion) -> StyledText {
    var text = StyledText()
    text.line("skipped; the answer: \(question.expected.text)", .dim)
    return text
  }

  private func place(_ origin: QuizQuestion.Origin, kind: String) -> StyledText {
    var text = StyledText()
    text.line(kind == "batch-bug" ? "The batch comes from here, where nothing is wrong:" : "Look at it:", .dim)
    text.line("  \(origin.commandLine)", .code)
    text.line("  goto \(origin.beat)", .code)
    return text
  }

  private func conclude() throws {
    var text = StyledText("\n")
    guard quiz.answered > 0 else {
      if conversation.isTerminal { try conversation.say(StyledText("\nNothing was answered.\n")) }
      return
    }
    text.line("\(quiz.right) of \(quiz.answered) right", .heading)
    for tally in quiz.tallies { text.line("  \(tally.kind): \(tally.right) of \(tally.answered)") }
    if let weakest = quiz.weakest {
      text.line("Practise \(weakest.subject).")
      text.add(place(weakest.origin, kind: weakest.kind))
    }
    if let score = QuizScore.keep(quiz.tallies) {
      text.line("In all quizzes so far: \(score.right) of \(score.answered).", .dim)
    }
    try conversation.say(text)
  }
}

extension QuizQuestion.Origin {
  /// The command, continued on further lines as a shell reads them.
  fileprivate var commandLine: String {
    var lines = [""]
    for (number, word) in words.enumerated() {
      let last = lines[lines.count - 1]
      if last.count + word.count > 70 {
        lines.append("  " + word)
      } else {
        lines[lines.count - 1] = number == 0 ? word : last + " " + word
      }
    }
    return lines.joined(separator: " \\\n  ")
  }

  private var words: [String] { ["gradus step \(source)"] + changes.map { "--set \($0.option)=\($0.value)" } }
}
