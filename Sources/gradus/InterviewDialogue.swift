import Autodiff
import Documents
import Notebooks

/// Open questions, each followed by a model answer and the trace that backs it.
struct InterviewDialogue {
  private let questions: [Notebook.Section]
  private let conversation = Conversation(LineEditor(historyFile: nil) { _, _ in ["skip", "quit"] })
  private let seed: UInt64

  /// - Parameter seed: Decides the order of the questions.
  init(seed: UInt64) throws {
    self.seed = seed
    do throws(NotebookError) {
      let sections = try BuiltInPage.interview.notebook().sections.filter { $0.title != nil }
      var random = RandomStream(seed: seed, purpose: 0)
      questions = random.shuffled(sections.count).map { sections[$0] }
    } catch {
      throw CommandError(.badData, at: "interview.md:\(error.line): \(error.message)")
    }
  }

  func run(_ count: Int) throws {
    let count = min(count, questions.count)
    try say("Answer aloud or on paper; Enter shows a model answer and the trace that backs it.\n")
    try say("skip goes on without, quit ends. --seed \(seed) asks the same questions again.\n")
    for (number, question) in questions.prefix(count).enumerated() {
      var text = StyledText("\n")
      text.line("\(number + 1) of \(count)", .dim)
      text.add(TerminalProse.text([question.title ?? ""]))
      text.line()
      try conversation.say(text)
      let line = try conversation.readLine(prompt: "> ")
      if ["q", "quit", "exit"].contains(line) { return }
      // The end of a terminal's input leaves; at the end of a file all answers are shown.
      if line == nil, conversation.isTerminal { return }
      if line != "skip" { try conversation.say(try answer(to: question)) }
    }
  }

  private func answer(to question: Notebook.Section) throws -> StyledText {
    do throws(NotebookError) {
      var walk = Walk([question.withoutTitle], on: try Kernel.forReading())
      return try walk.next().text
    } catch {
      throw CommandError(.badData, at: "interview.md:\(error.line): \(error.message)")
    }
  }

  private func say(_ text: String) throws { try conversation.say(StyledText(text, .dim)) }
}
