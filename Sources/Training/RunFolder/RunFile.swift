import Foundation

/// Files that are there whole or not at all, also after a power cut.
enum RunFile {
  /// Why the last system call failed.
  static var reason: String { String(cString: strerror(errno)) }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// A folder's entries in order, without `.` and `..`; none if it cannot be read.
  static func entries(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  static func read(_ path: String) throws(TrainingError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TrainingError(.missingInput, "\(path): cannot be read: \(reason)") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Foundation.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw TrainingError(.missingInput, "\(path): cannot be read: \(reason)") }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Writes a file beside its place, makes sure that it is on the disk, and renames it.
  static func write(_ text: String, to path: String) throws(TrainingError) {
    let beside = "\(path).\(getpid()).tmp"
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw unwritable(path) }
    do throws(TrainingError) {
      defer { close(descriptor) }
      try append(Array(text.utf8), to: descriptor, path)
      guard fsync(descriptor) == 0 else { throw unwritable(path) }
    } catch {
      unlink(beside)
      throw error
    }
    guard rename(beside, path) == 0 else {
      let error = unwritable(path)
      unlink(beside)
      throw error
    }
  }

  /// Removes what `write` left beside its places in a folder, where the writer was ended in the middle.
  static func removeLeftovers(in folder: String) {
    for entry in entries(folder) {
      let parts = entry.split(separator: ".")
      guard parts.count > 2, parts.last == "tmp", let writer = pid_t(parts[parts.count - 2]), !isRunning(writer) else {
        continue
      }
      remove("\(folder)/\(entry)")
    }
  }

  /// Whether another process of this number exists; leftovers of this process are no longer being written.
  static func isRunning(_ process: pid_t) -> Bool {
    process != getpid() && (kill(process, 0) == 0 || errno == EPERM)
  }

  /// Writes all of the bytes, however many calls that takes.
  static func append(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(TrainingError) {
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw unwritable(path) }
      start += count
    }
  }

  static func unwritable(_ path: String) -> TrainingError {
    TrainingError(.writeFailed, "\(path): cannot be written: \(reason)")
  }

  /// Makes a folder and those that it stands in.
  static func makeFolder(_ path: String) throws(TrainingError) {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/" + part
      if mkdir(made, 0o777) == 0 || errno == EEXIST || errno == EISDIR { continue }
      throw TrainingError(.writeFailed, "\(path): the folder cannot be made: \(reason)")
    }
    guard isFolder(path) else {
      throw TrainingError(.writeFailed, "\(path): the folder cannot be made: there is a file of that name")
    }
  }

  /// Flushes a file, or a folder's list of names, to the disk.
  static func synchronize(_ path: String) throws(TrainingError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unwritable(path) }
    defer { close(descriptor) }
    // Some file systems cannot do it for folders, and say so.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw unwritable(path) }
  }

  /// Removes a file or a folder with all that is in it, if it is there.
  static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// The absolute path.
  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}
