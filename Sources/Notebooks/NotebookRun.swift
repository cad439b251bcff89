public import Debugging
import Documents
import Foundation
import Reporting

/// A notebook that has been run from its first cell to its last.
public struct NotebookRun: Sendable {
  /// Something to be reported, with the line it is about.
  public struct Problem: Sendable {
    public let line: Int
    public let message: String
    /// What has changed, in lines that begin with `-` and `+`.
    public var difference: [String] = []
    /// Whether rewriting the outputs does away with it.
    public var isStale = false
  }

  public let notebook: Notebook
  /// What each cell has given.
  public let results: [Kernel.Result]
  /// Questions without exactly one right answer.
  private let faultyAnswers: [NotebookError]

  /// Runs all cells; one that fails does not keep the others from running.
  public init(_ notebook: Notebook, on kernel: Kernel) {
    var results: [Kernel.Result] = []
    var faulty: [NotebookError] = []
    // An answer is evaluated after the next cell.
    var waiting: [Answer] = []
    func evaluate() {
      for answer in waiting {
        do throws(NotebookError) { _ = try answer.expected(in: kernel.session) } catch { faulty.append(error) }
      }
      waiting = []
    }
    for part in notebook.parts {
      switch part {
      case .prose: break
      case .answer(let answer): waiting.append(answer)
      case .cell(let cell):
        results.append(kernel.run(cell))
        evaluate()
      }
    }
    evaluate()
    self.notebook = notebook
    self.results = results
    faultyAnswers = faulty
  }

  /// Cells that fail, or that should and do not, and faulty answers: what rewriting the outputs does not mend.
  public var failures: [Problem] {
    var problems = (faultyAnswers + notebook.faults).map { Problem(line: $0.line, message: $0.message) }
    for (cell, result) in zip(notebook.cells, results) {
      if let failure = result.failure, !cell.isMeantToFail {
        problems.append(Problem(line: failure.line, message: "this cell fails: \(failure.message)"))
      } else if result.failure == nil, cell.isMeantToFail {
        problems.append(Problem(line: cell.line, message: "this cell is tagged raises-exception and does not fail"))
      }
      for file in result.files where file.picture == nil {
        problems.append(Problem(line: cell.line, message: "a notebook's pictures end in .svg, not \(file.path)"))
      }
    }
    return problems
  }

  /// Everything that `check` reports, in the order of the lines.
  ///
  /// - Parameter content: What a file beside the notebook holds; nil if there is none.
  public func problems(content: (_ path: String) -> [UInt8]?) -> [Problem] {
    var problems = failures
    for (cell, result) in zip(notebook.cells, results) {
      let expected = cell.output ?? []
      if !OutputPattern(lines: expected).matches(result.output) {
        let difference = LineDifference.text(from: expected, to: result.output)
        let message = cell.output == nil ? "this cell has no output yet" : "the output of this cell has changed"
        problems.append(Problem(line: cell.line, message: message, difference: difference, isStale: true))
      }
      for file in result.files {
        guard let picture = file.picture else { continue }
        let drawn = content(picture.path)
        if !picture.isCurrent(in: drawn) {
          let message = "\(picture.path) is \(drawn == nil ? "missing" : "out of date")"
          problems.append(Problem(line: cell.line, message: message, isStale: true))
        }
        if !notebook.lines.contains(where: { $0.contains("](\(picture.path))") }) {
          problems.append(Problem(line: cell.line, message: "\(picture.path) is not shown: ![…](\(picture.path))"))
        }
      }
    }
    return problems.sorted { $0.line < $1.line }
  }

  /// The notebook's text with current outputs; all else is as it was, and so is an output that matches its elisions.
  public var updatedText: String {
    var lines: [String] = []
    var next = 0
    for (cell, result) in zip(notebook.cells, results) {
      if OutputPattern(lines: cell.output ?? []).matches(result.output) { continue }
      lines += notebook.lines[next..<cell.outputLines.lowerBound]
      next = cell.outputLines.upperBound
      let end = notebook.lines[cell.line - 1].hasSuffix("\r") ? "\r" : ""
      // The file may end with the cell, without a line break.
      if cell.outputLines.isEmpty, lines.last?.hasSuffix(end) == false { lines[lines.count - 1] += end }
      lines += Self.fence(result.output).map { $0 + end }
      if next == notebook.lines.count, let last = lines.popLast() { lines.append(last.withoutEnd) }
    }
    return (lines + notebook.lines[next...]).joined(separator: "\n")
  }

  /// The pictures of all cells, for `update` to draw.
  public var pictures: [Picture] { results.flatMap { $0.files.compactMap { $0.picture } } }

  private static func fence(_ output: [String]) -> [String] {
    if output.isEmpty { return [] }
    // Longer than any run of backticks that begins a line of the output.
    let longest = output.map { $0.trimmingBlanks.prefix { $0 == "`" }.count }.max() ?? 0
    let marks = String(repeating: "`", count: max(3, longest + 1))
    return [marks + "output"] + output + [marks]
  }
}

/// A diagram that a notebook draws into a file beside it.
public struct Picture: Sendable {
  public let dot: String
  /// Relative to the notebook's folder.
  public let path: String

  /// Which diagram a drawn file shows: Graphviz versions draw differently, but the text they draw is the same.
  private var mark: String { "<!-- gradus diagram \(Fingerprint.fnv1a64(dot)) -->" }

  /// Whether a file's content shows this diagram.
  public func isCurrent(in content: [UInt8]?) -> Bool { content?.firstRange(of: Array(mark.utf8)) != nil }

  /// The drawing with its mark.
  public func marked(_ svg: String) -> String {
    (svg.hasSuffix("\n") ? svg : svg + "\n") + mark + "\n"
  }
}

extension FileRequest {
  public var path: String {
    switch self {
    case .diagram(_, let path, _), .text(_, let path): path
    }
  }

  /// The diagram, however it is drawn.
  public var diagram: Picture? {
    if case .diagram(let dot, let path, _) = self { Picture(dot: dot, path: path) } else { nil }
  }

  /// The diagram, if it is drawn as SVG.
  public var picture: Picture? {
    path.hasSuffix(".svg") ? diagram : nil
  }
}
