#if Jupyter
  import Foundation
  import Synchronization

  /// Wakes the thread that waits for messages, from other threads and from signal handlers.
  ///
  /// The bytes in it say why, since a signal handler may do no more than write one.
  enum WakePipe {
    enum Reason: UInt8 {
      /// There are messages to be sent.
      case mail = 1
      case interrupt
      case terminate
    }

    /// Makes the pipe; returns the end to be read.
    static func open() throws(ServerError) -> Int32 {
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { throw ServerError("a pipe cannot be made: \(String(cString: strerror(errno)))") }
      for end in ends {
        // Scripts do not inherit it, and writing to it never blocks.
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
      entrance.store(ends[1], ordering: .sequentiallyConsistent)
      return ends[0]
    }

    /// Ctrl-C interrupts the cell; SIGTERM ends the kernel like Jupyter's request. Scripts get the default handlers back.
    static func watchSignals() {
      signal(SIGINT) { _ in WakePipe.wake(.interrupt) }
      signal(SIGTERM) { _ in WakePipe.wake(.terminate) }
      signal(SIGHUP) { _ in WakePipe.wake(.terminate) }
    }

    /// Wakes the thread; safe in a signal handler. If the pipe is full, the thread wakes anyway.
    static func wake(_ reason: Reason) {
      let error = errno
      var byte = reason.rawValue
      _ = write(entrance.load(ordering: .sequentiallyConsistent), &byte, 1)
      errno = error
    }

    /// The reasons since the last call.
    static func reasons(_ end: Int32) -> [Reason] {
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(end, &bytes, bytes.count)
      return bytes.prefix(max(0, count)).compactMap { Reason(rawValue: $0) }
    }
  }

  private let entrance = Atomic<Int32>(-1)
#endif
