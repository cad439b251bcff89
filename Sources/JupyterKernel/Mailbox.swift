#if Jupyter
  import Documents
  import Foundation
  import Synchronization

  /// Messages on their way from the thread that runs cells to the thread that has the sockets.
  final class Mailbox: Sendable {
    private struct Letter {
      var message: Outgoing
      let parent: [UInt8]?
      let identities: [[UInt8]]
      let channel: Connection.Channel
      let date = ContinuousClock.now
    }

    /// How long a cell's output waits for more, so that fewer outputs are stored.
    private static let patience = Duration.milliseconds(200)

    private let letters = Mutex<[Letter]>([])
    private let wire: Wire

    init(_ wire: Wire) { self.wire = wire }

    /// Answers a request where it came from.
    func reply(_ message: Outgoing, to request: Request, on channel: Connection.Channel) {
      put(Letter(message: message, parent: request.header, identities: request.identities, channel: channel))
    }

    /// Sends a message to all who listen.
    func publish(_ message: Outgoing, about request: Request?) {
      let topic = [Array(message.type.utf8)]
      put(Letter(message: message, parent: request?.header, identities: topic, channel: .iopub))
    }

    func publish(_ status: Status, about request: Request?) {
      publish(Outgoing("status") { json in json.member("execution_state", status.rawValue) }, about: request)
    }

    enum Status: String { case starting, busy, idle }

    private func put(_ letter: Letter) {
      letters.withLock { letters in
        if let last = letters.last, last.parent == letter.parent, let joined = last.message.joined(with: letter.message)
        {
          letters[letters.count - 1].message = joined
        } else {
          letters.append(letter)
        }
      }
      WakePipe.wake(.mail)
    }

    /// The messages to be sent, in order, and in how many milliseconds there will be more; nil if that is unknown.
    func empty() -> (mail: [(frames: [[UInt8]], channel: Connection.Channel)], next: Int?) {
      let (ready, next) = letters.withLock { letters -> ([Letter], Int?) in
        var waiting: [Letter] = []
        var next: Int?
        if let last = letters.last, last.message.isStream {
          let age = ContinuousClock.now - last.date
          if age < Self.patience {
            waiting = [letters.removeLast()]
            next = Int((Self.patience - age) / .milliseconds(1)) + 1
          }
        }
        defer { letters = waiting }
        return (letters, next)
      }
      return (ready.map { (wire.frames($0.message, parent: $0.parent, identities: $0.identities), $0.channel) }, next)
    }
  }

  /// Requests waiting for the thread that runs cells.
  final class RequestQueue: @unchecked Sendable {
    // All members are guarded by the lock.
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

    /// Removes and returns the cells that are waiting to be run.
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
