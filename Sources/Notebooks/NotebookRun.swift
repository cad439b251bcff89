public import Debugging
import Documents
import Foundation
import Plots
import Reporting

/// A notebook that has been run from its first cell to its last.
public struct NotebookRun: Sendable {
  /// Something to report, with the line that it is about.
  public struct Problem: Sendable {
    public let line: Int
    public let message: String
    /// What has changed, in lines that begin with `-` and `+`.
    public var difference: [String] = []
    /// Whether rewriting the outputs fixes it.
    public var isStale = false
  }

  public let notebook: Notebook
  /// The result of each cell.
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

  /// Cells that fail, or that should and do not, and faulty answers: what rewriting the outputs does not fix.
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

  /// The notebook's text with current outputs; everything else stays, and so does an output that matches its elisions.
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
    // Longer than any run of backticks at the beginning of an output line.
    let longest = output.map { $0.trimmingBlanks.prefix { $0 == "`" }.count }.max() ?? 0
    let marks = String(repeating: "`", count: max(3, longest + 1))
    return [marks + "output"] + output + [marks]
  }
}

/// A picture that a notebook draws into a file beside it.
public struct Picture: Sendable {
  public enum Content: Sendable {
    /// What Graphviz draws.
    case diagram(dot: String)
    case plot(svg: String)
  }

  public let content: Content
  /// Relative to the notebook's folder.
  public let path: String

  /// Which picture a drawn file shows: Graphviz versions draw differently, but the text they draw is the same.
  private var mark: String {
    switch content {
    case .diagram(let dot): "<!-- gradus diagram \(Fingerprint.fnv1a64(dot)) -->"
    case .plot(let svg): "<!-- gradus plot \(Fingerprint.fnv1a64(svg)) -->"
    }
  }

  /// Whether a file's content shows this picture.
  public func isCurrent(in content: [UInt8]?) -> Bool { content?.firstRange(of: Array(mark.utf8)) != nil }

  /// The drawing with its mark.
  public func marked(_ svg: String) -> String {
    (svg.hasSuffix("\n") ? svg : svg + "\n") + mark + "\n"
  }
}

extension FileRequest {
  public var path: String {
    switch self {
    case .diagram(_, let path, _), .plot(_, let path), .text(_, let path): path
    }
  }

  /// The diagram or plot, however it is drawn.
  public var drawing: Picture? {
    switch self {
    case .diagram(let dot, let path, _): Picture(content: .diagram(dot: dot), path: path)
    case .plot(let plot, let path): Picture(content: .plot(svg: plot.svg), path: path)
    case .text: nil
    }
  }

  /// The diagram or plot, if it is drawn as SVG.
  public var picture: Picture? {
    path.hasSuffix(".svg") ? drawing : nil
  }
}
