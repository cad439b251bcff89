#if Jupyter
  import Documents
  import Foundation
  public import Notebooks

  /// Runs a kernel until Jupyter ends it.
  ///
  /// There are two threads. This one has the sockets, so that heartbeats and interruptions are answered while a cell runs; the
  /// other answers the requests of the shell channel, one after the other.
  public final class Server {
    private let sockets: Sockets
    private let wire: Wire
    private let mailbox: Mailbox
    private let queue = RequestQueue()
    private let info: KernelInfo
    private let interruption: CellInterruption
    private let wakeEnd: Int32
    /// The process that started this one, if it is Jupyter: without it nobody could use this kernel or end it.
    private let parent: pid_t?
    private var isEnding = false

    /// Listens where the connection file says.
    public init(_ connection: Connection, info: KernelInfo, interruption: CellInterruption) throws(ServerError) {
      wakeEnd = try WakePipe.open()
      sockets = try Sockets(connection)
      wire = Wire(signer: connection.signer)
      mailbox = Mailbox(wire)
      self.info = info
      self.interruption = interruption
      parent = ProcessInfo.processInfo.environment["JPY_PARENT_PID"] == nil ? nil : getppid()
    }

    /// Answers requests until the end.
    ///
    /// - Parameters:
    ///   - interpreter: Makes what answers them, on that thread.
    ///   - complain: Receives what was ignored.
    public func run(
      _ interpreter: @escaping @Sendable () throws -> Interpreter, complain: @escaping @Sendable (String) -> Void
    ) {
      WakePipe.watchSignals()
      mailbox.publish(.starting, about: nil)
      let worker = Worker(queue: queue, mailbox: mailbox, complain: complain)
      worker.start(interpreter)
      var next: Int?
      while !isEnding {
        let channels = sockets.wait(until: wakeEnd, milliseconds: next ?? (parent == nil ? -1 : 1000))
        heed(WakePipe.reasons(wakeEnd))
        if let parent, getppid() != parent { isEnding = true }
        for channel in channels {
          while let frames = sockets.receive(on: channel) { take(frames, from: channel, complain) }
        }
        next = deliver()
      }
      interruption.request(forGood: true)
      queue.close()
      worker.waitForEnd()
      _ = deliver()
      sockets.close()
    }

    private func heed(_ reasons: [WakePipe.Reason]) {
      if reasons.contains(.interrupt) { interruption.request() }
      if reasons.contains(.terminate) { isEnding = true }
    }

    /// Sends the waiting messages; returns in how many milliseconds there will be more, if that is known.
    private func deliver() -> Int? {
      let (letters, next) = mailbox.empty()
      for letter in letters { sockets.send(letter.frames, on: letter.channel) }
      return next
    }

    private func take(_ frames: [[UInt8]], from channel: Connection.Channel, _ complain: (String) -> Void) {
      if channel == .heartbeat { return sockets.send(frames, on: channel) }
      let request: Request
      do throws(WireError) {
        request = try wire.request(frames)
      } catch {
        return complain(error.message)
      }
      switch (channel, request.type) {
      case (.stdin, _): break  // nothing here asks the user for input
      case (.shell, let type) where type != "shutdown_request": queue.add(request)
      default: answer(request, on: channel)
      }
    }

    /// Answers what cannot wait for the running cell.
    private func answer(_ request: Request, on channel: Connection.Channel) {
      mailbox.publish(.busy, about: request)
      switch request.type {
      case "shutdown_request":
        let reply = shutdownReply(to: request)
        mailbox.reply(reply, to: request, on: channel)
        mailbox.publish(reply, about: request)
        isEnding = true
      case "interrupt_request":
        interruption.request()
        mailbox.reply(
          Outgoing("interrupt_reply") { json in json.member("status", "ok") }, to: request, on: channel)
      case "kernel_info_request": mailbox.reply(info.reply, to: request, on: channel)
      default: break
      }
      mailbox.publish(.idle, about: request)
    }

    private func shutdownReply(to request: Request) -> Outgoing {
      let fields = try? request.content.object()
      let isRestart = (try? fields?.optional("restart")?.bool()) ?? false
      return Outgoing("shutdown_reply") { json in
        json.member("status", "ok")
        json.member("restart", isRestart)
      }
    }
  }
#endif
