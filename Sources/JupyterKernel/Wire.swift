public import Documents
import Foundation

/// A message that has come from a client.
public struct Request: Sendable {
  /// To whom the reply goes: what the socket has put before the message.
  public let identities: [[UInt8]]
  /// As it came; replies repeat it as their parent's.
  public let header: [UInt8]
  public let type: String
  public let content: Document

  public init(identities: [[UInt8]], header: [UInt8], type: String, content: Document) {
    self.identities = identities
    self.header = header
    self.type = type
    self.content = content
  }
}

/// A message that goes to clients: its type, and its content.
public struct Outgoing: Equatable, Sendable {
  public let type: String
  /// Whether it says that a request has failed.
  let isFailure: Bool
  private let body: Body

  private enum Body: Equatable, Sendable {
    case json(String)
    /// What a cell prints, of which more may come.
    case printed([String])
  }

  /// - Parameters:
  ///   - type: The message's type, such as `status`.
  ///   - isFailure: Whether it says that a request failed.
  ///   - members: Writes the content's members.
  public init(_ type: String, isFailure: Bool = false, _ members: (inout JSONWriter) -> Void) {
    self.init(type, isFailure: isFailure, .json(Self.object(members)))
  }

  private init(_ type: String, isFailure: Bool, _ body: Body) {
    self.type = type
    self.isFailure = isFailure
    self.body = body
  }

  /// What a cell prints.
  static func stream(_ lines: [String]) -> Outgoing { Outgoing("stream", isFailure: false, .printed(lines)) }

  var isStream: Bool { if case .printed = body { true } else { false } }

  /// Both as one message; nil unless they are what a cell prints.
  func joined(with next: Outgoing) -> Outgoing? {
    guard case .printed(let lines) = body, case .printed(let more) = next.body else { return nil }
    return .stream(lines + more)
  }

  /// As JSON.
  public var content: String {
    switch body {
    case .json(let text): text
    case .printed(let lines):
      Self.object { json in
        json.member("name", "stdout")
        json.member("text", lines.map { $0 + "\n" }.joined())
      }
    }
  }

  private static func object(_ members: (inout JSONWriter) -> Void) -> String {
    var json = JSONWriter()
    json.beginObject()
    members(&json)
    json.endObject()
    return json.text
  }
}

/// Why a message is not looked at.
public struct WireError: Error, Equatable, Sendable {
  public let message: String
}

/// Messages as the frames that sockets carry: identities, `<IDS|MSG>`, a signature, and four times JSON.
///
/// Source: https://jupyter-client.readthedocs.io, "Messaging in Jupyter", version 5.3.
public struct Wire: Sendable {
  public static let version = "5.3"
  private static let delimiter = Array("<IDS|MSG>".utf8)
  private let signer: Signer
  /// Which process of the kernel speaks.
  private let session = UUID().uuidString.lowercased()

  public init(signer: Signer) { self.signer = signer }

  /// Reads frames; those behind the content are buffers, which no request of ours has.
  public func request(_ frames: [[UInt8]]) throws(WireError) -> Request {
    guard let mark = frames.firstIndex(of: Self.delimiter), frames.count >= mark + 6 else {
      throw WireError(message: "a message without its parts was ignored")
    }
    let parts = Array(frames[mark + 2..<mark + 6])
    guard signer.accepts(frames[mark + 1], of: parts) else {
      throw WireError(message: "a message with a wrong signature was ignored")
    }
    do throws(DocumentError) {
      let type = try JSONReader.read(parts[0]).object("the header").required("msg_type").string("msg_type")
      return Request(
        identities: Array(frames[..<mark]), header: parts[0], type: type, content: try JSONReader.read(parts[3]))
    } catch {
      throw WireError(message: "a message that is not as Jupyter writes them was ignored: \(error)")
    }
  }

  /// The frames of a message.
  ///
  /// - Parameters:
  ///   - message: What is sent.
  ///   - parent: The header of the request that it belongs to; nil for the first word of a kernel.
  ///   - identities: To whom it goes; for those who listen to `iopub`, the topic.
  public func frames(_ message: Outgoing, parent: [UInt8]?, identities: [[UInt8]]) -> [[UInt8]] {
    let parts = [
      Array(header(of: message).utf8), parent ?? Array("{}".utf8), Array("{}".utf8), Array(message.content.utf8),
    ]
    return identities + [Self.delimiter, Array(signer.signature(of: parts).utf8)] + parts
  }

  private func header(of message: Outgoing) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.member("msg_id", UUID().uuidString.lowercased())
    json.member("session", session)
    json.member("username", "gradus")
    json.member("date", Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    json.member("msg_type", message.type)
    json.member("version", Self.version)
    json.endObject()
    return json.text
  }
}
