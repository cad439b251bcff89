public import Documents
import Foundation

/// Why a file cannot be read, or written, or means nothing.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  public let path: String
  /// For instance “cannot be written: No space left on device”.
  public let reason: String
  /// Where in a text file, if anywhere.
  public let place: DocumentError?

  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
    place = nil
  }

  public init(_ path: String, _ error: DocumentError) {
    self.path = path
    reason = error.message
    place = error
  }

  /// `path: reason`, or `path:line:column: reason`.
  public var description: String { place.map { "\(path):\($0)" } ?? "\(path): \(reason)" }
}

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
