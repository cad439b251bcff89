import Debugging
import Foundation
import Notebooks

/// A lesson in the terminal.
struct LessonDialogue {
  private let lesson: Lesson
  private let conversation: Conversation
  private var walk: Walk
  private var progress: LessonProgress
  private var state: LessonProgress.State
  private var hasInput = true
  private var hasExplainedItself = false

  init(_ lesson: Lesson, progress: LessonProgress, isAnew: Bool) throws {
    self.lesson = lesson
    self.progress = progress
    let old = progress[lesson.name].flatMap { $0.isFinished || isAnew ? nil : $0 }
    state = old ?? LessonProgress.State()
    do throws(NotebookError) {
      walk = Walk(try lesson.notebook(), on: try Kernel.forReading())
      try walk.resume(at: state.stop)
    } catch {
      throw CommandError(.badData, at: "\(lesson.name).md:\(error.line): \(error.message)")
    }
    let playground = walk.playground
    conversation = Conversation(LineEditor { playground.completions(of: $0, cursor: $1) })
  }

  mutating func run() throws {
    if state.stop > 0 { try say("Lesson \(lesson.number) goes on where you left it.\n\n") }
    while true {
      let (text, stop) = try next()
      try conversation.say(text)
      switch stop {
      case .end: return try finish()
      case .section: guard try pause() else { return try leave() }
      case .question(let expected): guard try ask(expected) else { return try leave() }
      }
      state.stop = walk.stops
    }
  }

  private mutating func next() throws -> (text: StyledText, stop: Walk.Stop) {
    do throws(NotebookError) {
      return try walk.next()
    } catch {
      throw CommandError(.badData, at: "\(lesson.name).md:\(error.line): \(error.message)")
    }
  }

  /// Waits until the reader wants to go on; false if they leave.
  private mutating func pause() throws -> Bool {
    guard hasInput else { return true }
    if !hasExplainedItself {
      try say("Enter goes on. You may type commands of the debugger; quit leaves and keeps the place.\n")
      hasExplainedItself = true
    }
    while let line = try read("(lesson \(lesson.number)) ") {
      switch line {
      case "": return true
      case "q", "quit", "exit": return false
      default: try tryOut(line)
      }
    }
    return !hasInput
  }

  /// Asks until there is an answer, or the reader gives up; false if they leave.
  private mutating func ask(_ expected: ExpectedAnswer) throws -> Bool {
    guard hasInput else { return true }
    while let line = try read("answer> ") {
      switch line {
      case "": try say("Type an answer, or skip to see it.\n")
      case "q", "quit", "exit": return false
      case "skip":
        state.asked += 1
        try say("It is \(expected.text).\n\n")
        return true
      default:
        let isRight: Bool
        do throws(ExpectedAnswer.Misunderstanding) {
          isRight = try expected.accepts(line)
        } catch {
          try tryOut(line, otherwise: error.message)
          continue
        }
        state.asked += 1
        if isRight { state.right += 1 }
        try conversation.say(verdict(isRight, expected))
        return true
      }
    }
    return !hasInput
  }

  private func verdict(_ isRight: Bool, _ expected: ExpectedAnswer) -> StyledText {
    var text = StyledText()
    text.add(isRight ? "Right: " : "No, it is ", isRight ? .positive : .negative)
    text.line(expected.text + ".")
    text.line()
    return text
  }

  /// The end of a file is not the end of a lesson: the rest is printed at once. On a terminal it leaves.
  private mutating func read(_ prompt: String) throws -> String? {
    let line = try conversation.readLine(prompt: prompt)
    if line == nil, !conversation.isTerminal { hasInput = false }
    return line
  }

  /// Obeys a command in the reader's own copy of the session.
  private mutating func tryOut(_ line: String, otherwise message: String? = nil) throws {
    let reply = walk.tryOut(line)
    if reply.isError, let message {
      return try conversation.say(
        StyledText("\(message), or with a command of the debugger; skip shows the answer\n", .error))
    }
    do {
      try reply.files.write()
      try conversation.say(reply.text)
    } catch let error as CommandError where conversation.isTerminal {
      error.report()
    }
  }

  private mutating func finish() throws {
    state.stop = 0
    state.isFinished = true
    let score = state.asked > 0 ? " \(state.right) of \(state.asked) answers were right." : ""
    try say("End of lesson \(lesson.number).\(score)\n")
    if lesson.number < Lesson.all.count { try say("gradus lesson \(lesson.number + 1) is the next.\n") }
    try keep()
  }

  private mutating func leave() throws {
    try say("gradus lesson \(lesson.number) goes on from here.\n")
    try keep()
  }

  /// Nothing is kept where nobody has taken part.
  private mutating func keep() throws {
    guard hasInput || state.asked > 0 else { return }
    progress[lesson.name] = state
    try progress.save()
  }

  private func say(_ text: String) throws { try conversation.say(StyledText(text, .dim)) }
}

extension Kernel {
  /// For pages that are part of the program: without a folder, and with files of the current one.
  static func forReading() throws(NotebookError) -> Kernel {
    try Kernel(folder: nil, program: .thisProgram, limit: 300, opening: Session.opening) { line in
      Output.complain("line \(line): this cell still runs after 300 s")
      exit(CommandError.Kind.badData.rawValue)
    }
  }
}

extension URL {
  /// The program that runs, for scripts to find.
  static var thisProgram: URL { Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0]) }
}
