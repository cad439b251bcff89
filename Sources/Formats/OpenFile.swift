import Foundation

/// A file that is open for reading at any offset.
///
/// It is read and not mapped, so that a file which another program truncates is an error, not a crash.
final class OpenFile: Sendable {
  let path: String
  /// In bytes.
  let size: Int
  private let descriptor: Int32

  init(_ path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, "cannot be read: \(SystemError.latest.reason)") }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(path, "cannot be read: it is not a file")
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills a buffer with the bytes from `offset` on.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let read = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if read < 0 && errno == EINTR { continue }
      guard read >= 0 else { throw FileError(path, "cannot be read: \(SystemError.latest.reason)") }
      guard read > 0 else { throw FileError(path, "ends while it is being read, at byte \(offset + done)") }
      done += read
    }
  }

  func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { buffer throws(FileError) in
      try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return bytes
  }
}

/// Reads a file whole.
public func readFile(_ path: String) throws(FileError) -> [UInt8] {
  let file = try OpenFile(path)
  return try file.bytes(at: 0, count: file.size)
}
