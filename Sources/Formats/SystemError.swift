import Foundation

/// What the operating system says about a call that failed.
public struct SystemError: Error, Equatable, Sendable {
  public let reason: String

  /// The reason of the call that has just failed.
  public static var latest: SystemError { SystemError(reason: String(cString: strerror(errno))) }
}

extension UnsafeRawBufferPointer {
  /// Writes all of the bytes to a file descriptor, however many calls that takes.
  public func writeAll(to descriptor: Int32) throws(SystemError) {
    var start = 0
    while start < count {
      let rest = UnsafeRawBufferPointer(rebasing: self[start...])
      let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written >= 0 else { throw SystemError.latest }
      start += written
    }
  }
}

extension [UInt8] {
  /// Writes all of the bytes to a file descriptor, however many calls that takes.
  public func writeAll(to descriptor: Int32) throws(SystemError) {
    try withUnsafeBufferPointer { bytes throws(SystemError) in
      try UnsafeRawBufferPointer(bytes).writeAll(to: descriptor)
    }
  }
}
