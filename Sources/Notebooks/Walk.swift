public import Debugging
public import Documents
public import Quiz

/// A walk through a notebook, with a stop at each question and at the end of each section.
public struct Walk {
  public enum Stop: Sendable {
    /// A section has ended, and there is another.
    case section
    case question(ExpectedAnswer)
    case end
  }

  private let kernel: Kernel
  private let sections: [Notebook.Section]
  /// Where the walk is: in which section, counted from 0.
  public private(set) var section = 0
  /// How many of the section's parts have been read.
  private var part = 0
  /// The results of the cell after a question, run early for the answer and shown when its turn comes.
  private var ahead: [Kernel.Result]?
  /// The session at the beginning of each section that has been reached.
  private var beginnings: [Session]
  /// A session for the reader to play with at a stop; the walk goes on from where it was.
  public private(set) var playground: Session
  /// The pictures on the way to the latest stop.
  public private(set) var pictures: [Picture] = []

  /// - Parameters:
  ///   - sections: What to walk through, usually a notebook's ``Notebook/sections`` or ``Notebook/scenes``.
  ///   - kernel: What runs the cells.
  public init(_ sections: [Notebook.Section], on kernel: Kernel) {
    self.kernel = kernel
    self.sections = sections
    playground = kernel.session
    beginnings = [kernel.session]
  }

  /// How many sections there are.
  public var count: Int { sections.count }

  private var isAtEndOfSection: Bool { part == sections[section].parts.count }

  /// How many stops have been reached.
  public var stops: Int {
    let before = sections[..<section].reduce(0) { $0 + Self.questions(in: $1.parts[...]) + 1 }
    return before + Self.questions(in: sections[section].parts[..<part]) + (isAtEndOfSection ? 1 : 0)
  }

  private static func questions(in parts: ArraySlice<Notebook.Part>) -> Int {
    parts.count { part in if case .answer = part { true } else { false } }
  }

  /// Goes to the next stop; returns what there is to read on the way.
  public mutating func next() throws(NotebookError) -> (text: StyledText, stop: Stop) {
    if isAtEndOfSection, section + 1 < count { begin(section + 1) }
    pictures = []
    var text = StyledText()
    while !isAtEndOfSection {
      part += 1
      switch sections[section].parts[part - 1] {
      case .prose(let prose): text.add(TerminalProse.text(prose.lines))
      case .cell(let cell): try show(cell, in: &text)
      case .answer(let answer):
        playground = kernel.session
        return (text, .question(try expected(answer)))
      }
    }
    playground = kernel.session
    return (text, section + 1 < count ? .section : .end)
  }

  private mutating func show(_ cell: Cell, in text: inout StyledText) throws(NotebookError) {
    let results = ahead ?? run(cell)
    ahead = nil
    for (step, result) in zip(cell.steps, results) {
      if let failure = result.failure, !cell.isMeantToFail { throw failure }
      pictures += result.files.compactMap { $0.picture }
      for (index, command) in step.commands.enumerated() where !command.isEmpty {
        // A script is one command for the shell, which prompts once.
        text.add(cell.language == .gradus ? "(gradus) " : index == 0 ? "$ " : "  ", .dim)
        text.line(command, .code)
      }
      for line in result.output { text.line(line) }
    }
    text.line()
  }

  private func run(_ cell: Cell) -> [Kernel.Result] { cell.steps.map { kernel.run($0) } }

  /// The answer to a question, from running the next cell.
  private mutating func expected(_ answer: Answer) throws(NotebookError) -> ExpectedAnswer {
    for case .cell(let cell) in sections[section].parts[part...].prefix(3) {
      ahead = run(cell)
      break
    }
    return try answer.expected(in: kernel.session)
  }

  /// Lets the reader try a command, without consequences for the walk.
  public mutating func tryOut(_ command: String) -> Reply { playground.run(command) }

  /// Goes to the beginning of a section; one that lies further on is reached by running what is before it.
  public mutating func go(to target: Int) throws(NotebookError) {
    begin(min(target, beginnings.count - 1))
    while section < target {
      while !isAtEndOfSection { _ = try next() }
      begin(section + 1)
    }
  }

  /// Begins a section that has been reached before, or the one after the current one.
  private mutating func begin(_ target: Int) {
    if target == beginnings.count { beginnings.append(kernel.session) } else { kernel.session = beginnings[target] }
    playground = kernel.session
    (section, part, ahead) = (target, 0, nil)
  }

  /// Goes on to a stop that was reached before.
  public mutating func resume(at stop: Int) throws(NotebookError) {
    while stops < stop, section + 1 < count || !isAtEndOfSection { _ = try next() }
  }
}

extension Cell {
  /// What is shown together with its output: each command of the debugger, or a whole script.
  fileprivate var steps: [Cell] {
    guard language == .gradus else { return [self] }
    return commands.indices.map { index in
      Cell(
        language: language, commands: [commands[index]], isMeantToFail: isMeantToFail, line: line + index, output: nil,
        outputLines: 0..<0)
    }
  }
}
