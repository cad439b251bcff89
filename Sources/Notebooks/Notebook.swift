/// Executable Markdown: prose, cells of commands, their expected output, and questions.
///
/// A cell is a fence whose language is `gradus` or `sh`; what it prints stands in the fence `output` right after it. A
/// comment `<!-- answer … -->` says what counts as the answer to the question before it. Everything else is prose. The
/// format is that of Jupytext's Markdown notebooks.
public struct Notebook: Sendable {
  public enum Part: Sendable {
    case prose(Prose)
    case cell(Cell)
    case answer(Answer)
  }

  /// Lines that are shown as they are.
  public struct Prose: Sendable {
    public let lines: [String]
    /// The number of the first line, counted from 1.
    public let line: Int
  }

  public let parts: [Part]
  /// The lines of the file, as they are, with carriage returns if it has them.
  let lines: [String]

  /// Reads a file's text.
  public init(_ text: String) throws(NotebookError) { self = try NotebookReader.read(text) }

  init(parts: [Part], lines: [String]) {
    self.parts = parts
    self.lines = lines
  }

  public var cells: [Cell] {
    parts.compactMap { part in
      if case .cell(let cell) = part { cell } else { nil }
    }
  }

  /// What follows the first `#`; nil without any.
  public var title: String? {
    for case .prose(let prose) in parts {
      if let heading = prose.lines.first(where: { $0.hasPrefix("# ") }) { return String(heading.dropFirst(2)) }
    }
    return nil
  }
}

/// Commands that a notebook runs.
public struct Cell: Sendable {
  public enum Language: String, Sendable {
    /// Commands of the debugger; one session goes through all of a notebook's cells.
    case gradus
    /// A script for the shell.
    case sh
  }

  public let language: Language
  public let commands: [String]
  /// Whether it is tagged `raises-exception`: it is meant to fail.
  public let isMeantToFail: Bool
  /// The number of the line with the opening fence, counted from 1.
  public let line: Int
  /// What the output fence holds; nil without one.
  public let output: [String]?
  /// The lines of the output fence, both fences included, as indices from 0; empty and behind the cell without one.
  let outputLines: Range<Int>
}

/// What is wrong with a notebook's text.
public struct NotebookError: Error, Equatable, Sendable {
  public let line: Int
  public let message: String
}
