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
  private var section = 0
  private var part = 0
  /// The result of the cell after a question, run early for the answer and shown when its turn comes.
  private var ahead: Kernel.Result?
  /// A session for the reader to play with at a stop; the walk goes on from where it was.
  public private(set) var playground: Session
  /// The pictures on the way to the latest stop.
  public private(set) var pictures: [Picture] = []
  /// How many stops have been reached.
  public private(set) var stops = 0

  public init(_ notebook: Notebook, on kernel: Kernel) {
    self.init(notebook.sections, on: kernel)
  }

  public init(_ section: Notebook.Section, on kernel: Kernel) { self.init([section], on: kernel) }

  private init(_ sections: [Notebook.Section], on kernel: Kernel) {
    self.kernel = kernel
    self.sections = sections
    playground = kernel.session
  }

  /// Goes to the next stop; returns what there is to read on the way.
  public mutating func next() throws(NotebookError) -> (text: StyledText, stop: Stop) {
    stops += 1
    pictures = []
    var text = StyledText()
    while part < sections[section].parts.count {
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
    guard section + 1 < sections.count else { return (text, .end) }
    (section, part) = (section + 1, 0)
    return (text, .section)
  }

  private mutating func show(_ cell: Cell, in text: inout StyledText) throws(NotebookError) {
    let result = ahead ?? kernel.run(cell)
    ahead = nil
    if let failure = result.failure, !cell.isMeantToFail { throw failure }
    pictures += result.files.compactMap { $0.picture }
    for (index, command) in cell.commands.enumerated() where !command.isEmpty {
      // A script is one command for the shell, which prompts once.
      text.add(cell.language == .gradus ? "(gradus) " : index == 0 ? "$ " : "  ", .dim)
      text.line(command, .code)
    }
    for line in result.output { text.line(line) }
    text.line()
  }

  /// The answer to a question, from running the next cell.
  private mutating func expected(_ answer: Answer) throws(NotebookError) -> ExpectedAnswer {
    for case .cell(let cell) in sections[section].parts[part...].prefix(3) {
      ahead = kernel.run(cell)
      break
    }
    return try answer.expected(in: kernel.session)
  }

  /// Lets the reader try a command, without consequences for the walk.
  public mutating func tryOut(_ command: String) -> Reply { playground.run(command) }

  /// Goes on to a stop that was reached before.
  public mutating func resume(at stop: Int) throws(NotebookError) {
    while stops < stop, section + 1 < sections.count || part < sections[section].parts.count { _ = try next() }
  }
}
