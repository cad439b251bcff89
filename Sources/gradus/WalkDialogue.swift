import Debugging
import Documents
import Foundation
import Notebooks
import Quiz

/// A lesson or a tour in the terminal.
struct WalkDialogue {
  private let page: WalkPage
  private let conversation: Conversation
  private let tryable: Tryable
  private var walk: Walk
  private var progress: LessonProgress?
  private var state: LessonProgress.State
  private var hasInput: Bool
  private var hasExplainedItself = false

  /// The session whose words the Tab key completes.
  private final class Tryable {
    var session: Session
    init(_ session: Session) { self.session = session }
  }

  /// Where the reader wants to go.
  private enum Turn {
    case on
    case section(Int)
    case away
  }

  /// - Parameters:
  ///   - page: The lesson or the tour.
  ///   - progress: Where to begin, and where to keep how far the reader came; nil starts over and keeps nothing.
  ///   - isAnew: Whether to start over whatever is kept.
  init(_ page: WalkPage, progress: LessonProgress? = nil, isAnew: Bool = false) throws {
    self.page = page
    self.progress = progress
    let old = progress?[page.key].flatMap { $0.isFinished || isAnew ? nil : $0 }
    state = old ?? LessonProgress.State()
    do throws(NotebookError) {
      walk = Walk(page.sections, on: try .forReading(in: page.folder))
      try walk.resume(at: state.stop)
    } catch {
      throw page.error(error)
    }
    let tryable = Tryable(walk.playground)
    self.tryable = tryable
    conversation = Conversation(LineEditor { tryable.session.completions(of: $0, cursor: $1) })
    hasInput = conversation.hasInput
  }

  mutating func run() throws {
    if state.stop > 0 { try say("You left \(page.title) here:\n\n") }
    while true {
      let (text, stop) = try next()
      try conversation.say(text)
      try drawPictures()
      switch try turn(at: stop) {
      case .away: return try leave()
      case .section(let section): try go(to: section)
      case .on: if case .end = stop { return try finish() }
      }
      state.stop = walk.stops
    }
  }

  private mutating func next() throws -> (text: StyledText, stop: Walk.Stop) {
    do throws(NotebookError) {
      let next = try walk.next()
      tryable.session = walk.playground
      return next
    } catch {
      throw page.error(error)
    }
  }

  private mutating func go(to section: Int) throws {
    do throws(NotebookError) {
      try walk.go(to: section)
    } catch {
      throw page.error(error)
    }
  }

  private mutating func turn(at stop: Walk.Stop) throws -> Turn {
    switch stop {
    case .question(let expected): try ask(expected)
    // Behind its last section a lesson is over; a tour's last scene is one to look around in like all others.
    case .end where page.kind == .lesson: .on
    case .section, .end: try pause()
    }
  }

  /// Draws the pictures just read about to where the reader can open them; without a terminal nobody would look at them.
  private func drawPictures() throws {
    guard conversation.isTerminal else { return }
    let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-pictures")
    for picture in walk.pictures {
      let file = folder.appending(path: (picture.path as NSString).lastPathComponent)
      try OutputFile.makeFolder(folder.path)
      try OutputFile.write(try NotebookFolder.svg(picture), to: file.path)
      try say("The picture is in \(file.path)\n\n")
    }
  }

  /// Waits until the reader wants to go on.
  private mutating func pause() throws -> Turn {
    guard hasInput else { return .on }
    if !hasExplainedItself {
      try say(explanation)
      hasExplainedItself = true
    }
    while let line = try read(prompt) {
      switch line {
      case "": return .on
      case "q", "quit", "exit": return .away
      default: if let section = try section(line) { return .section(section) }
      }
    }
    return hasInput ? .away : .on
  }

  private var explanation: String {
    switch page.kind {
    case .lesson: "Enter goes on; commands of the debugger work here; quit leaves.\n"
    case .tour: "Enter goes on, b back, 7 to scene 7; the debugger's commands work; quit leaves.\n"
    }
  }

  private var prompt: String {
    switch page.kind {
    case .lesson: "(lesson) "
    case .tour: "(scene \(walk.section + 1)) "
    }
  }

  /// The section that a line asks for; any other line is tried out as a command.
  private mutating func section(_ line: String) throws -> Int? {
    if let section = back(line) { return section }
    guard page.kind == .tour, let number = Int(line) else {
      try tryOut(line)
      return nil
    }
    if (1...walk.count).contains(number) { return number - 1 }
    try say("The scenes are numbered 1 to \(walk.count).\n")
    return nil
  }

  /// The section before, if a line asks for it.
  private func back(_ line: String) -> Int? {
    page.kind == .tour && line == "b" ? max(0, walk.section - 1) : nil
  }

  /// Asks until there is an answer, or the reader gives up.
  private mutating func ask(_ expected: ExpectedAnswer) throws -> Turn {
    guard hasInput else { return .on }
    while let line = try read("answer> ") {
      if let section = back(line) { return .section(section) }
      switch line {
      case "": try say("Type an answer, or skip to see it.\n")
      case "q", "quit", "exit": return .away
      case "skip":
        state.asked += 1
        try say("It is \(expected.text).\n\n")
        return .on
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
        return .on
      }
    }
    return hasInput ? .away : .on
  }

  private func verdict(_ isRight: Bool, _ expected: ExpectedAnswer) -> StyledText {
    var text = StyledText()
    text.add(isRight ? "Right: " : "No, it is ", isRight ? .positive : .negative)
    text.line(expected.text + ".")
    text.line()
    return text
  }

  /// A line; at the end of a file the rest of the page is printed at once, at the end of a terminal's input it is left.
  private mutating func read(_ prompt: String) throws -> String? {
    let line = try conversation.readLine(prompt: prompt)
    if line == nil, !conversation.isTerminal { hasInput = false }
    return line
  }

  /// Runs a command in the reader's own copy of the session.
  private mutating func tryOut(_ line: String, otherwise message: String? = nil) throws {
    let reply = Activity.during("working") { _ in walk.tryOut(line) }
    tryable.session = walk.playground
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
    if let next = page.next { try say("Next: \(next)\n") }
    try keep()
  }

  private mutating func leave() throws {
    let scene = page.kind == .tour && walk.section > 0 ? ", then \(walk.section + 1)" : ""
    try say("To go on from here: \(page.command)\(scene)\n")
    try keep()
  }

  /// Keeps the progress, unless nobody took part.
  private mutating func keep() throws {
    guard hasInput || state.asked > 0 else { return }
    progress?[page.key] = state
    try progress?.save()
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
