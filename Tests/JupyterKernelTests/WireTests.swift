import Documents
import Testing

@testable import JupyterKernel

@Suite struct WireTests {
  private let wire = Wire(signer: Signer(key: Array("secret".utf8)))

  /// What Python's `jupyter_client.session.Session(key=b"secret")` makes of a message.
  private static let frames = [
    "client", "<IDS|MSG>", "03a55d38a79b36db7d30e1fda1e1bb14c252ea79f304be42b41aac577f358862",
    #"{"msg_id":"1","msg_type":"kernel_info_request","username":"u","session":"s","date":"2026-01-01T00:00:00Z","version":"5.4"}"#,
    "{}", "{}", #"{"a":"ü"}"#,
  ].map { Array($0.utf8) }

  @Test func whatJupyterHasSignedIsRead() throws {
    let request = try wire.request(Self.frames)
    #expect(request.identities == [Array("client".utf8)])
    #expect(request.type == "kernel_info_request")
    #expect(request.header == Self.frames[3])
    #expect(try request.content.object().required("a").string() == "ü")
    // Buffers behind the content are none of the signature's business.
    #expect(try wire.request(Self.frames + [[1, 2]]).type == "kernel_info_request")
  }

  @Test(arguments: [2, 3, 4, 5, 6])
  func aChangedPartIsIgnored(part: Int) {
    var frames = Self.frames
    frames[part][0] ^= 1
    #expect(throws: WireError(message: "a message with a wrong signature was ignored")) { try wire.request(frames) }
  }

  @Test(arguments: [0, 1, 2, 5])
  func aShortMessageIsIgnored(count: Int) {
    #expect(throws: WireError(message: "a message without its parts was ignored")) {
      try wire.request(Array(Self.frames.prefix(count)))
    }
  }

  @Test(arguments: [
    ("[", "{}", "1:2: found the end of the file, expected a value"),
    ("{}", "{}", "1:1: the header needs the key 'msg_type'"),
  ])
  func whatIsNoMessageIsIgnored(header: String, content: String, message: String) throws {
    let parts = [header, "{}", "{}", content].map { Array($0.utf8) }
    let unsigned = Wire(signer: Signer(key: []))
    let error = #expect(throws: WireError.self) { try unsigned.request([Array("<IDS|MSG>".utf8), []] + parts) }
    #expect(error?.message.hasPrefix("a message that is not as Jupyter writes them was ignored: 1:") == true)
  }

  @Test func aReplyIsSignedAndNamesItsParent() throws {
    let reply = Outgoing("status") { json in json.member("execution_state", "busy") }
    let frames = wire.frames(reply, parent: Self.frames[3], identities: [[7]])
    #expect(frames.count == 7)
    #expect(frames[0] == [7])
    #expect(frames[4] == Self.frames[3])
    let read = try wire.request(frames)
    #expect(read.type == "status")
    #expect(try read.content.object().required("execution_state").string() == "busy")
    let header = try JSONReader.read(frames[3]).object()
    #expect(try header.required("version").string() == "5.3")
    #expect(try header.required("date").string().hasSuffix("Z"))
  }

  // MARK: Connection files

  private func connection(_ text: String) throws -> Connection { try Connection(try JSONReader.read(text)) }

  @Test(arguments: [
    ("tcp", "127.0.0.1", "tcp://127.0.0.1:5", "tcp://127.0.0.1:1"),
    ("ipc", "/tmp/k", "ipc:///tmp/k-5", "ipc:///tmp/k-1"),
  ])
  func endpointsAreThoseOfTheFile(transport: String, ip: String, heartbeat: String, shell: String) throws {
    let file = """
      {"transport": "\(transport)", "ip": "\(ip)", "key": "", "signature_scheme": "hmac-sha256", "kernel_name": "gradus",
      "shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5}
      """
    let connection = try connection(file)
    #expect(connection.endpoint(of: .heartbeat) == heartbeat)
    #expect(connection.endpoint(of: .shell) == shell)
  }
}
