#if Jupyter
  import Documents
  import Foundation

  /// The thread that answers the requests of the shell channel.
  final class Worker: Sendable {
    /// How long the kernel's end waits for a running command of the debugger, in seconds.
    private static let patience = 2.0
    /// How long after a failed cell those sent together with it may still arrive, in seconds.
    private static let stragglers = 0.1

    private let queue: RequestQueue
    private let mailbox: Mailbox
    private let complain: @Sendable (String) -> Void
    private let end = DispatchSemaphore(value: 0)

    init(queue: RequestQueue, mailbox: Mailbox, complain: @escaping @Sendable (String) -> Void) {
      self.queue = queue
      self.mailbox = mailbox
      self.complain = complain
    }

    func start(_ interpreter: @escaping @Sendable () throws -> Interpreter) {
      let thread = Thread { [self] in
        defer { end.signal() }
        do {
          run(try interpreter())
        } catch {
          complain("the debugger cannot be started: \(error)")
          WakePipe.wake(.terminate)
        }
      }
      thread.stackSize = 8 << 20
      thread.start()
    }

    func waitForEnd() { _ = end.wait(timeout: .now() + Self.patience) }

    private func run(_ interpreter: Interpreter) {
      defer { interpreter.close() }
      while let request = queue.next() {
        mailbox.publish(.busy, about: request)
        let reply = interpreter.reply(to: request) { mailbox.publish($0, about: request) }
        let isFailure = reply.map { hasFailed($0, request) } ?? false
        let aborted = isFailure ? stragglers() : []
        if let reply { mailbox.reply(reply, to: request, on: .shell) }
        mailbox.publish(.idle, about: request)
        for request in aborted { abort(request) }
      }
    }

    /// Whether the cells after this one must not be run.
    private func hasFailed(_ reply: Outgoing, _ request: Request) -> Bool {
      guard reply.type == "execute_reply", reply.isFailure else { return false }
      let fields = try? request.content.object()
      return (try? fields?.optional("stop_on_error")?.bool()) ?? true
    }

    /// Cells that were sent before it was known that this one fails.
    private func stragglers() -> [Request] {
      Thread.sleep(forTimeInterval: Self.stragglers)
      return queue.takeCells()
    }

    private func abort(_ request: Request) {
      mailbox.publish(.busy, about: request)
      mailbox.reply(
        Outgoing("execute_reply") { json in json.member("status", "aborted") }, to: request, on: .shell)
      mailbox.publish(.idle, about: request)
    }
  }
#endif
