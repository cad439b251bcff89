public import Debugging
import Documents
public import Notebooks
import Reporting

/// Answers Jupyter's requests to a kernel; cells are run like those of a notebook. It knows no sockets.
public final class Interpreter {
  /// Why a picture could not be drawn, or a file could not be written.
  public struct FileTrouble: Error {
    public let message: String

    public init(_ message: String) { self.message = message }
  }

  /// Draws a diagram as SVG.
  public typealias Drawing = (Picture) throws(FileTrouble) -> String
  /// Writes a file that a command has named.
  public typealias Writing = (FileRequest) throws(FileTrouble) -> Void

  /// Sends a message to all clients.
  public typealias Publishing = (Outgoing) -> Void

  private let kernel: Kernel
  private let info: KernelInfo
  private let runner: CellRunner
  private var history = History()
  /// How many cells have been run and remembered.
  private var count = 0
  private var hasQuit = false

  public init(kernel: Kernel, info: KernelInfo, draw: @escaping Drawing, write: @escaping Writing) {
    self.kernel = kernel
    self.info = info
    runner = CellRunner(kernel: kernel, draw: draw, write: write)
  }

  /// Removes what cells left behind.
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
    case "complete_request": return help.complete(try cursor(content))
    case "inspect_request": return help.inspect(try cursor(content))
    case "is_complete_request":
      return help.isComplete(try content.object("the content").required("code").string("code"))
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
      // There are no widgets here: a comm that is opened is closed at once.
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

  private var help: Help { Help(session: kernel.session) }

  private func cursor(_ content: Document) throws(DocumentError) -> CodeCursor {
    let fields = try content.object("the content")
    let code = try fields.required("code").string("code")
    let position = try fields.optional("cursor_pos")?.integer("cursor_pos")
    return CodeCursor(code: code, position: position ?? code.unicodeScalars.count)
  }

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
    if let error = runner.run(request.code, show) {
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

  /// `quit` asks the client to end the kernel: a console does, a notebook's page goes on.
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
}

extension Outgoing {
  static func failure(_ type: String, _ error: JupyterError, count: Int? = nil) -> Outgoing {
    Outgoing(type, isFailure: true) { json in
      json.member("status", "error")
      if let count { json.member("execution_count", count) }
      error.write(to: &json)
    }
  }
}

extension String {
  /// Nil unless it ends so.
  func dropping(suffix: String) -> String? { hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil }

  /// Without line feeds at the end.
  var trimmingLineEnd: String {
    var text = Substring(self)
    while text.last == "\n" { text = text.dropLast() }
    return String(text)
  }
}
