#if Jupyter
  import CZeroMQ
  import Foundation

  /// The five sockets of a kernel; they belong to one thread.
  final class Sockets {
    /// How long closing waits for messages that have not been fetched, in milliseconds.
    private static let linger: Int32 = 1000

    private let context: UnsafeMutableRawPointer
    private var sockets: [Connection.Channel: UnsafeMutableRawPointer] = [:]

    /// Listens where the connection file says, and nowhere else.
    init(_ connection: Connection) throws(ServerError) {
      guard let context = zmq_ctx_new() else { throw ServerError("ZeroMQ cannot be started: \(Self.reason)") }
      self.context = context
      do throws(ServerError) {
        for channel in Connection.Channel.allCases { try open(channel, at: connection.endpoint(of: channel)) }
      } catch {
        close()
        throw error
      }
    }

    private func open(_ channel: Connection.Channel, at endpoint: String) throws(ServerError) {
      guard let socket = zmq_socket(context, Self.type(of: channel)) else {
        throw ServerError("a socket cannot be made: \(Self.reason)")
      }
      sockets[channel] = socket
      var linger = Self.linger
      zmq_setsockopt(socket, ZMQ_LINGER, &linger, MemoryLayout<Int32>.size)
      // A client that reconnects under its name replaces its lost connection.
      var handover: Int32 = 1
      if Self.type(of: channel) == ZMQ_ROUTER {
        zmq_setsockopt(socket, ZMQ_ROUTER_HANDOVER, &handover, MemoryLayout<Int32>.size)
      }
      guard zmq_bind(socket, endpoint) == 0 else {
        throw ServerError("the kernel cannot listen at \(endpoint): \(Self.reason)")
      }
    }

    private static func type(of channel: Connection.Channel) -> Int32 {
      switch channel {
      case .shell, .control, .stdin: ZMQ_ROUTER
      case .iopub: ZMQ_PUB
      case .heartbeat: ZMQ_REP
      }
    }

    /// The channels with a message; empty if the descriptor became readable or the time is over.
    func wait(until descriptor: Int32, milliseconds: Int) -> [Connection.Channel] {
      let listened = Connection.Channel.allCases.filter { $0 != .iopub }
      var items = listened.map { channel in
        zmq_pollitem_t(socket: sockets[channel], fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
      }
      items.append(zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
      guard zmq_poll(&items, Int32(items.count), milliseconds) > 0 else { return [] }
      return zip(listened, items).compactMap { channel, item in item.revents == 0 ? nil : channel }
    }

    /// A message's frames, if there is a message.
    func receive(on channel: Connection.Channel) -> [[UInt8]]? {
      guard let socket = sockets[channel] else { return nil }
      var frames: [[UInt8]] = []
      while true {
        var frame = zmq_msg_t()
        zmq_msg_init(&frame)
        defer { zmq_msg_close(&frame) }
        // The parts of a message arrive together: only the first can be missing.
        guard zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0 else { return nil }
        frames.append(Array(UnsafeRawBufferPointer(start: zmq_msg_data(&frame), count: zmq_msg_size(&frame))))
        if zmq_msg_more(&frame) == 0 { return frames }
      }
    }

    /// Sends a message; a client that is gone, or that does not fetch its messages, loses it.
    func send(_ frames: [[UInt8]], on channel: Connection.Channel) {
      guard let socket = sockets[channel] else { return }
      for (index, frame) in frames.enumerated() {
        let more = index < frames.count - 1 ? ZMQ_SNDMORE : 0
        guard zmq_send(socket, frame, frame.count, ZMQ_DONTWAIT | more) >= 0 else { return }
      }
    }

    func close() {
      for socket in sockets.values { zmq_close(socket) }
      sockets = [:]
      zmq_ctx_term(context)
    }

    private static var reason: String { String(cString: zmq_strerror(zmq_errno())) }
  }
#endif
