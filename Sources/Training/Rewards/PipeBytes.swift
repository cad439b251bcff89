internal import Foundation

/// The result of reading from or writing to a non-blocking pipe.
enum PipeResult<Success> {
  case done(Success)
  /// Nothing now; ask again once `poll` says so.
  case later
  /// The other end is closed.
  case ended
}

enum PipeBytes {
  /// Reads what is there, 64 KiB at most.
  static func read(_ descriptor: Int32) -> PipeResult<[UInt8]> {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, size in
      repeat { count = Foundation.read(descriptor, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
      size = max(count, 0)
    }
    if count > 0 { return .done(bytes) }
    return count < 0 && errno == EAGAIN ? .later : .ended
  }

  /// Writes as much as there is room for, without SIGPIPE, which would end the process if the reader is gone.
  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> PipeResult<Int> {
    let (count, code) = bytes.withUnsafeBytes { buffer in
      withoutPipeSignal { () -> (Int, Int32) in
        let count = Foundation.write(descriptor, buffer.baseAddress, buffer.count)
        return (count, errno)
      }
    }
    if count >= 0 { return .done(count) }
    return code == EAGAIN || code == EINTR ? .later : .ended
  }

  /// Blocks the signal on this thread only, and discards it if it came: the rest of the process is not affected.
  private static func withoutPipeSignal(_ body: () -> (Int, Int32)) -> (Int, Int32) {
    #if canImport(Darwin)
      return body()  // the pipe has F_SETNOSIGPIPE
    #else
      var signals = sigset_t()
      var before = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &signals, &before)
      let result = body()
      if result.0 < 0 && result.1 == EPIPE {
        var now = timespec()
        sigtimedwait(&signals, nil, &now)
      }
      pthread_sigmask(SIG_SETMASK, &before, nil)
      return result
    #endif
  }
}
