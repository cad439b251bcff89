public import Debugging
public import Notebooks
import Recording

/// Answers what Jupyter asks of a kernel; cells are run as a notebook's are. It knows no sockets.
public final class Interpreter {
  /// Why a picture could not be drawn or a file not be written.
  public struct FileTrouble: Error {
    public let message: String

    public init(_ message: String) { self.message = message }
  }

  /// Draws a diagram as SVG.
  public typealias Drawing = (Picture) throws(FileTrouble) -> String
  /// Writes a file that a command has named.
  public typealias Writing = (FileRequest) throws(FileTrouble) -> Void

  /// Sends a message to all who look at the kernel.
  public typealias Publishing = (Outgoing) -> Void

  private let kernel: Kernel
  private let info: KernelInfo
  private let draw: Drawing
  private let write: Writing
  private var history = History()
  /// How many cells have been run and remembered.
  private var count = 0
  private var hasQuit = false

  public init(kernel: Kernel, info: KernelInfo, draw: @escaping Drawing, write: @escaping Writing) {
    self.kernel = kernel
    self.info = info
    self.draw = draw
    self.write = write
  }

  /// Removes what cells have left behind.
  public func close() { kernel.close() }

  /// The reply to a request; nil for a message that has none.
  public func reply(to request: Request, publish: Publishing) -> Outgoing? {
    do throws(DocumentError) {
      return try answer(request, publish)
    } catch {
      // `x_request` is answered by `x_reply`, whatever is wrong with it.
      guard let name = request.type.dropping(suffix: "_request") else { return nil }
      let message = "the content of \(request.type) is not as Jupyter writes it: \(error)"
      return .failure(name + "_reply", JupyterError(name: "RequestError", value: message, traceback: [message]))
    }
  }

  private func answer(_ request: Request, _ publish: Publishing) throws(DocumentError) -> Outgoing? {
    let content = request.content
    switch request.type {
    case "execute_request": return execute(try ExecuteRequest(content), publish)
    case "complete_request": return complete(try cursor(content))
    case "inspect_request": return inspect(try cursor(content))
    case "is_complete_request": return isComplete(try content.object("the content").required("code").string("code"))
    case "history_request": return try history.reply(to: content)
    case "kernel_info_request": return info.reply
    case "comm_info_request":
      return Outgoing("comm_info_reply") { json in
        json.member("status", "ok")
        json.key("comms")
        json.beginObject()
        json.endObject()
      }
    case "comm_open":
      // There are no widgets here: whoever opens one is told that it is closed.
      let id = try content.object("the content").required("comm_id").string("comm_id")
      publish(
        Outgoing("comm_close") { json in
          json.member("comm_id", id)
          json.key("data")
          json.beginObject()
          json.endObject()
        })
      return nil
    default: return nil
    }
  }

  private func cursor(_ content: Document) throws(DocumentError) -> CodeCursor {
    let fields = try content.object("the content")
    let code = try fields.required("code").string("code")
    let position = try fields.optional("cursor_pos")?.integer("cursor_pos")
    return CodeCursor(code: code, position: position ?? code.unicodeScalars.count)
  }

  // MARK: Running

  private func execute(_ request: ExecuteRequest, _ publish: Publishing) -> Outgoing {
    if request.isRemembered {
      count += 1
      history.add(request.code, count: count)
    }
    let count = count
    func show(_ message: Outgoing) { if !request.isSilent { publish(message) } }
    show(
      Outgoing("execute_input") { json in
        json.member("code", request.code)
        json.member("execution_count", count)
      })
    if let error = run(request.code, show) {
      return .failure("execute_reply", error, count: count)
    }
    return Outgoing("execute_reply") { json in
      json.member("status", "ok")
      json.member("execution_count", count)
      writeFarewell(to: &json)
      json.key("user_expressions")
      json.beginObject()
      for expression in request.expressions {
        json.key(expression.name)
        write(valueOf: expression.text, to: &json)
      }
      json.endObject()
    }
  }

  /// Runs a cell, and tells what it shows; returns the first thing that failed.
  private func run(_ code: String, _ publish: Publishing) -> JupyterError? {
    var first: JupyterError?
    func fail(_ error: JupyterError) {
      first = first ?? error
      publish(Outgoing("error") { json in error.write(to: &json) })
    }
    let cell: Cell
    do throws(NotebookError) {
      cell = try Cell(jupyterSource: code)
    } catch {
      fail(JupyterError(complaint: [error.message]))
      return first
    }
    let result = kernel.run(cell) { display in
      switch display {
      case .lines(let lines): publish(.stream(lines))
      case .complaint(let lines): fail(JupyterError(complaint: lines))
      case .file(let file):
        do throws(FileTrouble) {
          try show(file, publish)
        } catch {
          fail(JupyterError(name: "FileError", value: error.message, traceback: [error.message]))
        }
      }
    }
    if let error = JupyterError(endOf: result) { fail(error) }
    return first
  }

  /// A diagram is shown below the cell; what a command names as a file is written, too.
  private func show(_ file: FileRequest, _ publish: Publishing) throws(FileTrouble) {
    if let diagram = file.diagram {
      publish(.picture(svg: try draw(diagram).trimmingLineEnd, name: file.path))
      if !file.isNamed { return }
    }
    try write(file)
    // That there is a picture for the notebook's text to show is no news in `gradus notebook`, either.
    if file.picture == nil { publish(.stream(["wrote \(file.path.visible)"])) }
  }

  /// `quit` asks whoever started the kernel to end it: a console does, a notebook's page goes on.
  private func writeFarewell(to json: inout JSONWriter) {
    json.key("payload")
    json.beginArray()
    if kernel.session.isFinished, !hasQuit {
      json.beginObject()
      json.member("source", "ask_exit")
      json.member("keepkernel", false)
      json.endObject()
    }
    json.endArray()
    hasQuit = kernel.session.isFinished
  }

  private func write(valueOf expression: String, to json: inout JSONWriter) {
    json.beginObject()
    do throws(ExpressionError) {
      let text = try value(of: expression)
      json.member("status", "ok")
      json.writeData(plain: text)
    } catch {
      json.member("status", "error")
      JupyterError(complaint: [error.message]).write(to: &json)
    }
    json.endObject()
  }

  /// One number in full, or a list as `print` shows it.
  private func value(of expression: String) throws(ExpressionError) -> String {
    do throws(ExpressionError) {
      return NumberText.full(try kernel.session.number(expression))
    } catch {
      var session = kernel.session
      let reply = session.run("print \(expression)")
      if reply.isError { throw error }
      return reply.text.plain.trimmingLineEnd
    }
  }

  // MARK: Helping

  private func complete(_ cursor: CodeCursor) -> Outgoing {
    let matches = cursor.isInScript ? [] : kernel.session.completions(of: cursor.line, cursor: cursor.column)
    return Outgoing("complete_reply") { json in
      json.member("status", "ok")
      json.member("matches", strings: matches)
      json.member("cursor_start", cursor.lineStart + (matches.isEmpty ? cursor.column : cursor.wordStart))
      json.member("cursor_end", cursor.lineStart + cursor.column)
      json.key("metadata")
      json.beginObject()
      json.endObject()
    }
  }

  private func inspect(_ cursor: CodeCursor) -> Outgoing {
    let text = cursor.isInScript ? nil : description(at: cursor)
    return Outgoing("inspect_reply") { json in
      json.member("status", "ok")
      json.member("found", text != nil)
      if let text {
        json.writeData(plain: text)
      } else {
        json.writeData()
      }
    }
  }

  /// What the debugger says about a command, or about the term, the option or the stage at the cursor.
  private func description(at cursor: CodeCursor) -> String? {
    if cursor.command.isEmpty { return nil }
    var questions = cursor.isInCommand ? [] : cursor.names.flatMap { ["explain \($0)", "help \($0)"] }
    questions.append("help \(cursor.command)")
    for question in questions {
      var session = kernel.session
      let reply = session.run(question)
      if !reply.isError, !reply.text.isEmpty { return reply.text.plain.trimmingLineEnd }
    }
    return nil
  }

  /// A command is one line, complete as it stands; a script goes on to an empty line.
  private func isComplete(_ code: String) -> Outgoing {
    let isOpen = CodeCursor(code: code, position: 0).isInScript && !(code.hasSuffix("\n\n") || code.hasSuffix("\n \n"))
    return Outgoing("is_complete_reply") { json in
      json.member("status", isOpen ? "incomplete" : "complete")
      if isOpen { json.member("indent", "") }
    }
  }
}

/// What a client wants run.
private struct ExecuteRequest {
  let code: String
  let isSilent: Bool
  /// Whether the cell gets a number and a place in the history.
  let isRemembered: Bool
  let expressions: [(name: String, text: String)]

  init(_ content: Document) throws(DocumentError) {
    let fields = try content.object("the content")
    code = try fields.required("code").string("code")
    isSilent = try fields.optional("silent")?.bool("silent") ?? false
    let isStored = try fields.optional("store_history")?.bool("store_history") ?? true
    isRemembered = isStored && !isSilent
    var expressions: [(name: String, text: String)] = []
    for member in try fields.optional("user_expressions")?.object("user_expressions").members ?? [] {
      expressions.append((member.key, try member.value.string(member.key)))
    }
    self.expressions = expressions
  }
}

extension Outgoing {
  fileprivate static func picture(svg: String, name: String) -> Outgoing {
    Outgoing("display_data") { json in
      json.writeData(plain: name, svg: svg)
      json.key("transient")
      json.beginObject()
      json.endObject()
    }
  }

  static func failure(_ type: String, _ error: JupyterError, count: Int? = nil) -> Outgoing {
    Outgoing(type, isFailure: true) { json in
      json.member("status", "error")
      if let count { json.member("execution_count", count) }
      error.write(to: &json)
    }
  }
}

extension FileRequest {
  /// Whether the user has said where it goes, or there is no other way to show it.
  fileprivate var isNamed: Bool {
    if case .diagram(_, _, let isNamed) = self { isNamed } else { true }
  }
}

extension JSONWriter {
  /// The members `data`, one text for each type, and `metadata`.
  fileprivate mutating func writeData(plain: String? = nil, svg: String? = nil) {
    key("data")
    beginObject()
    if let svg { member("image/svg+xml", svg) }
    if let plain { member("text/plain", plain) }
    endObject()
    key("metadata")
    beginObject()
    endObject()
  }
}

extension String {
  /// Nil unless it ends so.
  func dropping(suffix: String) -> String? { hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil }

  /// Without line feeds at the end.
  fileprivate var trimmingLineEnd: String {
    var text = Substring(self)
    while text.last == "\n" { text = text.dropLast() }
    return String(text)
  }
}
