import Debugging
import Documents
import Foundation
import Notebooks
import Quiz

/// A lesson in the terminal.
struct LessonDialogue {
  private let page: LessonPage
  private let conversation: Conversation
  private var walk: Walk
  private var progress: LessonProgress
  private var state: LessonProgress.State
  private var hasInput = true
  private var hasExplainedItself = false

  init(_ page: LessonPage, progress: LessonProgress, isAnew: Bool) throws {
    self.page = page
    self.progress = progress
    let old = progress[page.key].flatMap { $0.isFinished || isAnew ? nil : $0 }
    state = old ?? LessonProgress.State()
    do throws(NotebookError) {
      walk = Walk(page.notebook, on: try .forReading(in: page.folder))
      try walk.resume(at: state.stop)
    } catch {
      throw page.error(error)
    }
    let playground = walk.playground
    conversation = Conversation(LineEditor { playground.completions(of: $0, cursor: $1) })
  }

  mutating func run() throws {
    if state.stop > 0 { try say("You left \(page.title) here:\n\n") }
    while true {
      let (text, stop) = try next()
      try conversation.say(text)
      try drawPictures()
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
      throw page.error(error)
    }
  }

  /// Draws the pictures just read about to where the reader can open them; without a terminal nobody would look at them.
  private func drawPictures() throws {
    guard conversation.isTerminal else { return }
    let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-lessons")
    for picture in walk.pictures {
      let file = folder.appending(path: (picture.path as NSString).lastPathComponent)
      try OutputFile.makeFolder(folder.path)
      try OutputFile.write(try NotebookFolder.svg(picture), to: file.path)
      try say("The picture is in \(file.path)\n\n")
    }
  }

  /// Waits until the reader wants to go on; false if they leave.
  private mutating func pause() throws -> Bool {
    guard hasInput else { return true }
    if !hasExplainedItself {
      try say("Enter goes on; commands of the debugger work here; quit leaves.\n")
      hasExplainedItself = true
    }
    while let line = try read("(lesson) ") {
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

  /// A line; at the end of a file the rest of the lesson is printed at once, at the end of a terminal's input it is left.
  private mutating func read(_ prompt: String) throws -> String? {
    let line = try conversation.readLine(prompt: prompt)
    if line == nil, !conversation.isTerminal { hasInput = false }
    return line
  }

  /// Runs a command in the reader's own copy of the session.
  private mutating func tryOut(_ line: String, otherwise message: String? = nil) throws {
    let reply = walk.tryOut(line)
    if reply.isError, let message {
      try conversation.say(StyledText("\(message)\n", .error))
      return try say("Commands of the debugger work here, too; skip shows the answer.\n")
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
    try say("End of \(page.title).\(score)\n")
    if let next = page.next { try say("Next: gradus lesson \(next)\n") }
    try keep()
  }

  private mutating func leave() throws {
    try say("To go on from here: gradus lesson \(page.argument)\n")
    try keep()
  }

  /// Keeps the progress, unless nobody took part.
  private mutating func keep() throws {
    guard hasInput || state.asked > 0 else { return }
    progress[page.key] = state
    try progress.save()
  }

  private func say(_ text: String) throws { try conversation.say(StyledText(text, .dim)) }
}

extension Kernel {
  /// For pages that are read in the terminal; those of the program are in no folder.
  static func forReading(in folder: URL? = nil) throws(NotebookError) -> Kernel {
    try Kernel(folder: folder, program: .thisProgram, limit: 300, opening: Session.opening) { line in
      Output.complain("line \(line): this cell still runs after 300 s")
      exit(CommandError.Kind.badData.rawValue)
    }
  }
}

extension URL {
  /// The running program, for scripts to find.
  static var thisProgram: URL { Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0]) }
}
