public import Documents

/// What Jupyter's connection file says: where to listen, and the key of the signatures.
public struct Connection: Sendable {
  /// The sockets, by the names of their ports in the file.
  public enum Channel: String, CaseIterable, Sendable {
    case shell, iopub, stdin, control
    case heartbeat = "hb"
  }

  private let transport: String
  private let address: String
  private let ports: [Channel: Int]
  public let signer: Signer

  public init(_ document: Document) throws(DocumentError) {
    let fields = try document.object("the connection file")
    let transport = try fields.required("transport")
    self.transport = try transport.string("transport")
    guard ["tcp", "ipc"].contains(self.transport) else { throw transport.error("transport must be tcp or ipc") }
    address = try fields.required("ip").string("ip")
    var ports: [Channel: Int] = [:]
    for channel in Channel.allCases {
      let name = channel.rawValue + "_port"
      let value = try fields.required(name)
      let port = try value.integer(name)
      guard (1...65535).contains(port) else { throw value.error("\(name) must be from 1 to 65535, found \(port)") }
      ports[channel] = port
    }
    self.ports = ports
    signer = Signer(key: Array(try fields.required("key").string("key").utf8))
    if let scheme = fields.optional("signature_scheme") {
      guard try scheme.string("signature_scheme") == "hmac-sha256" else {
        throw scheme.error("signature_scheme must be hmac-sha256, which every Jupyter writes")
      }
    }
  }

  /// `tcp://127.0.0.1:5555`, or `ipc://kernel-ipc-1` for a socket of the file system.
  public func endpoint(of channel: Channel) -> String {
    "\(transport)://\(address)\(transport == "tcp" ? ":" : "-")\(ports[channel] ?? 0)"
  }
}
