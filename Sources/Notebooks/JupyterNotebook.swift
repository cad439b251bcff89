import Documents
import Foundation

/// A notebook as Jupyter stores it: nbformat 4.5, with outputs, and with its pictures inside.
///
/// Source: https://nbformat.readthedocs.io, version 5.10.
public struct JupyterNotebook {
  private let run: NotebookRun
  /// A picture's drawing.
  private let svg: (Picture) throws -> String
  /// A file beside the notebook; nil if there is none.
  private let content: (String) -> [UInt8]?
  private var json = JSONWriter(indented: true)
  private var cellCount = 0
  private var drawn: Set<String> = []

  /// The text of an `.ipynb` file.
  ///
  /// - Parameters:
  ///   - run: The notebook and what its cells have given.
  ///   - svg: Draws a picture.
  ///   - content: What a file beside the notebook holds; nil if there is none.
  public static func text(
    _ run: NotebookRun, svg: @escaping (Picture) throws -> String, content: @escaping (_ path: String) -> [UInt8]?
  ) throws -> String {
    var notebook = JupyterNotebook(run: run, svg: svg, content: content)
    return try notebook.text()
  }

  private init(
    run: NotebookRun, svg: @escaping (Picture) throws -> String, content: @escaping (String) -> [UInt8]?
  ) {
    self.run = run
    self.svg = svg
    self.content = content
  }

  private mutating func text() throws -> String {
    json.beginObject()
    json.key("cells")
    json.beginArray()
    var results = run.results[...]
    for part in run.notebook.parts {
      switch part {
      case .prose(let prose): writeMarkdown(prose)
      case .answer: break
      case .cell(let cell): try writeCode(cell, results.removeFirst())
      }
    }
    json.endArray()
    writeMetadata()
    json.key("nbformat")
    json.integer(4)
    json.key("nbformat_minor")
    json.integer(5)
    json.endObject()
    return json.text + "\n"
  }

  private mutating func writeMetadata() {
    json.key("metadata")
    json.beginObject()
    json.key("kernelspec")
    json.beginObject()
    writeField("display_name", "Gradus")
    writeField("language", "gradus")
    writeField("name", "gradus")
    json.endObject()
    json.key("language_info")
    json.beginObject()
    JupyterLanguage.write(to: &json)
    json.endObject()
    json.endObject()
  }

  private mutating func beginCell(_ type: String) {
    cellCount += 1
    json.beginObject()
    writeField("cell_type", type)
    writeField("id", "cell-\(cellCount)")
  }

  // MARK: Prose

  private mutating func writeMarkdown(_ prose: Notebook.Prose) {
    var lines = prose.lines.compactMap { MarkdownForJupyter.line($0) }
    let pictures = Set(drawn.map { "](\($0))" })
    lines.removeAll { line in line.hasPrefix("![") && pictures.contains { line.hasSuffix($0) } }
    while lines.first == "" { lines.removeFirst() }
    while lines.last == "" { lines.removeLast() }
    if lines.isEmpty { return }
    let attachments = lines.indices.compactMap { attach(&lines[$0]) }
    beginCell("markdown")
    if !attachments.isEmpty {
      json.key("attachments")
      json.beginObject()
      for attachment in attachments {
        json.key(attachment.name)
        json.beginObject()
        writeField(attachment.type, attachment.base64)
        json.endObject()
      }
      json.endObject()
    }
    json.key("metadata")
    json.beginObject()
    json.endObject()
    writeLines("source", lines)
    json.endObject()
  }

  /// Puts a line's picture into the notebook, if the line is one and the file is there.
  private func attach(_ line: inout String) -> (name: String, type: String, base64: String)? {
    guard line.hasPrefix("!["), line.hasSuffix(")"), let mark = line.range(of: "](", options: .backwards) else {
      return nil
    }
    let path = String(line[mark.upperBound...].dropLast())
    let types = ["svg": "image/svg+xml", "png": "image/png"]
    guard let type = types[(path as NSString).pathExtension], let bytes = content(path) else { return nil }
    let name = (path as NSString).lastPathComponent
    line = line[..<mark.upperBound] + "attachment:\(name))"
    return (name, type, Data(bytes).base64EncodedString())
  }

  // MARK: Code

  private mutating func writeCode(_ cell: Cell, _ result: Kernel.Result) throws {
    beginCell("code")
    json.key("execution_count")
    json.null()
    json.key("metadata")
    json.beginObject()
    if cell.isMeantToFail {
      json.key("tags")
      json.strings(["raises-exception"])
    }
    json.endObject()
    json.key("outputs")
    json.beginArray()
    try write(result)
    json.endArray()
    writeLines("source", cell.jupyterSource)
    json.endObject()
  }

  /// What the cell has shown, as Jupyter has it once the kernel has run the cell.
  private mutating func write(_ result: Kernel.Result) throws {
    var printed: [String] = []
    for display in result.displays {
      if case .lines(let lines) = display {
        printed += lines
        continue
      }
      writeStream(printed)
      printed = []
      switch display {
      case .lines: break
      case .complaint(let lines): write(JupyterError(complaint: lines))
      case .file(let file): if let picture = file.picture { try write(picture) }
      }
    }
    writeStream(printed)
    if let error = JupyterError(endOf: result) { write(error) }
  }

  private mutating func writeStream(_ lines: [String]) {
    if lines.isEmpty { return }
    json.beginObject()
    writeField("name", "stdout")
    writeField("output_type", "stream")
    writeLines("text", lines + [""])
    json.endObject()
  }

  private mutating func write(_ error: JupyterError) {
    json.beginObject()
    error.write(to: &json)
    writeField("output_type", "error")
    json.endObject()
  }

  private mutating func write(_ picture: Picture) throws {
    drawn.insert(picture.path)
    json.beginObject()
    json.key("data")
    json.beginObject()
    writeLines("image/svg+xml", try svg(picture).outputLines)
    writeField("text/plain", picture.path)
    json.endObject()
    json.key("metadata")
    json.beginObject()
    json.endObject()
    writeField("output_type", "display_data")
    json.endObject()
  }

  // MARK: JSON

  private mutating func writeField(_ key: String, _ value: String) {
    json.key(key)
    json.string(value)
  }

  /// Text as a list of its lines; all but the last end in a line feed.
  private mutating func writeLines(_ key: String, _ lines: [String]) {
    json.key(key)
    json.beginArray()
    for (index, line) in lines.enumerated() where index < lines.count - 1 || !line.isEmpty {
      json.string(index < lines.count - 1 ? line + "\n" : line)
    }
    json.endArray()
  }
}

/// What in GitHub's Markdown Jupyter would show otherwise.
enum MarkdownForJupyter {
  /// A line for Jupyter; nil for one that is left out.
  ///
  /// A hidden answer cannot go over several cells: its heading remains.
  static func line(_ line: String) -> String? {
    switch line.trimmingBlanks {
    case "<details>", "</details>": return nil
    case let text where text.hasPrefix("<details>") || text.hasPrefix("<summary>"):
      var title = text
      for tag in ["<details>", "</details>", "<summary>", "</summary>"] { title = title.replacing(tag, with: "") }
      return "**\(title)**"
    default: return line
    }
  }
}
