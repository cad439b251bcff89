import Debugging
import Documents
import Foundation
import JupyterKernel
import Notebooks
import Reporting
import Testing

/// The kernel's answers, without sockets; `Tests/Interop/test_jupyter.py` asks through Jupyter.
@Suite struct InterpreterTests {
  private let interpreter: Interpreter

  init() throws {
    let kernel = try Kernel(
      folder: nil, program: URL(filePath: "/bin/true"), limit: 20, interruption: CellInterruption(),
      opening: { name, _ throws(ExpressionError) in try Session.builtIn(name) }, overrun: { _ in })
    interpreter = Interpreter(
      kernel: kernel, info: KernelInfo(version: "1", program: "gradus"),
      draw: { picture throws(Interpreter.FileTrouble) in "<svg>\(picture.path)</svg>\n" },
      write: { file throws(Interpreter.FileTrouble) in throw Interpreter.FileTrouble("\(file.path): no") })
  }

  private func ask(_ type: String, _ content: String) throws -> (reply: String?, published: [String]) {
    var published: [String] = []
    let request = Request(identities: [], header: [], type: type, content: try JSONReader.read(content))
    let reply = interpreter.reply(to: request) { published.append("\($0.type) \($0.content)") }
    return (reply.map { "\($0.type) \($0.content)" }, published)
  }

  @Test func aCellPrintsAndFailsInOrder() throws {
    let (reply, published) = try ask("execute_request", #"{"code": "p 1\nnonsense\np 2"}"#)
    let error =
      #""ename":"CommandError","evalue":"there is no command nonsense; `help` lists them","traceback":["there is no command nonsense; `help` lists them"]}"#
    #expect(
      published == [
        #"execute_input {"code":"p 1\nnonsense\np 2","execution_count":1}"#,
        #"stream {"name":"stdout","text":"1 = 1\n"}"#, "error {" + error,
        #"stream {"name":"stdout","text":"2 = 2\n"}"#,
      ])
    #expect(reply == #"execute_reply {"status":"error","execution_count":1,"# + error)
  }

  @Test func aDiagramIsShownAndOnlyWrittenWhereItIsNamed() throws {
    let (reply, published) = try ask("execute_request", #"{"code": "diagram pipeline", "store_history": false}"#)
    #expect(
      published.last
        == #"display_data {"data":{"image/svg+xml":"<svg>pipeline.svg</svg>","text/plain":"pipeline.svg"},"metadata":{},"transient":{}}"#
    )
    #expect(reply == #"execute_reply {"status":"ok","execution_count":0,"payload":[],"user_expressions":{}}"#)
    let named = try ask("execute_request", #"{"code": "diagram pipeline a.svg"}"#)
    #expect(named.reply?.contains(#""ename":"FileError","evalue":"a.svg: no""#) == true)
  }

  @Test(arguments: [
    ("st", 2, #"["step"]"#, 0, 2), ("p 1\nwhy los", 11, #"["loss"]"#, 8, 11),
    ("p ä mean(old_l", 14, #"["mean(old_logp["]"#, 4, 14),
    ("zz", 2, "[]", 2, 2), ("%%sh\nst", 7, "[]", 7, 7), ("", 50, nil, 0, 0),
  ])
  func completionsHaveTheirPlace(code: String, cursor: Int, matches: String?, start: Int, end: Int) throws {
    var json = JSONWriter()
    json.beginObject()
    json.member("code", code)
    json.member("cursor_pos", cursor)
    json.endObject()
    let reply = try #require(try ask("complete_request", json.text).reply)
    if let matches { #expect(reply.contains("\"matches\":\(matches),")) }
    #expect(reply.hasSuffix(#""cursor_start":\#(start),"cursor_end":\#(end),"metadata":{}}"#), "\(reply)")
  }

  @Test func aRequestThatIsNoneIsAnError() throws {
    let reply = try ask("inspect_request", #"{"code": 1}"#).reply
    #expect(
      reply?.hasPrefix(#"inspect_reply {"status":"error","ename":"RequestError","evalue":"the content of"#) == true)
    #expect(try ask("no_such_request", "{}").reply == nil)
    #expect(try ask("comm_open", #"{"comm_id": "x"}"#).published == [#"comm_close {"comm_id":"x","data":{}}"#])
  }

  @Test(arguments: [("gradus", true), ("a.b_c-1", true), ("", false), ("a b", false), ("a/b", false), ("ü", false)])
  func namesOfKernelsAreThoseThatJupyterFinds(name: String, isValid: Bool) {
    #expect(KernelSpecification.isValid(name: name) == isValid)
  }
}
