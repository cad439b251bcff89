#if Jupyter
  import Foundation
  import Recording
  import Synchronization

  /// Messages on their way from the thread that runs cells to the thread that has the sockets.
  final class Mailbox: Sendable {
    struct Letter {
      let frames: [[UInt8]]
      let channel: Connection.Channel
    }

    private let letters = Mutex<[Letter]>([])
    private let wire: Wire

    init(_ wire: Wire) { self.wire = wire }

    /// Answers a request where it came from.
    func reply(_ message: Outgoing, to request: Request, on channel: Connection.Channel) {
      put(wire.frames(message, parent: request.header, identities: request.identities), channel)
    }

    /// Tells all who listen.
    func publish(_ message: Outgoing, about request: Request?) {
      put(wire.frames(message, parent: request?.header, identities: [Array(message.type.utf8)]), .iopub)
    }

    func publish(_ status: Status, about request: Request?) {
      publish(Outgoing("status") { json in json.member("execution_state", status.rawValue) }, about: request)
    }

    enum Status: String { case starting, busy, idle }

    private func put(_ frames: [[UInt8]], _ channel: Connection.Channel) {
      letters.withLock { $0.append(Letter(frames: frames, channel: channel)) }
      WakePipe.wake(.mail)
    }

    /// What is to be sent, in order.
    func empty() -> [Letter] {
      letters.withLock { letters in
        defer { letters = [] }
        return letters
      }
    }
  }

  /// Requests that wait for the thread that runs cells.
  final class RequestQueue: @unchecked Sendable {
    // All members belong to whoever holds the lock.
    private let condition = NSCondition()
    private var requests: [Request] = []
    private var isClosed = false

    func add(_ request: Request) {
      condition.withLock {
        requests.append(request)
        condition.signal()
      }
    }

    /// The next request, once there is one; nil if none will come.
    func next() -> Request? {
      condition.withLock {
        while requests.isEmpty, !isClosed { condition.wait() }
        return isClosed ? nil : requests.removeFirst()
      }
    }

    /// Takes out the cells that wait to be run.
    func takeCells() -> [Request] {
      condition.withLock {
        defer { requests.removeAll { $0.type == "execute_request" } }
        return requests.filter { $0.type == "execute_request" }
      }
    }

    func close() {
      condition.withLock {
        isClosed = true
        condition.broadcast()
      }
    }
  }
#endif
