import Foundation

/// Files that are there whole or not at all.
enum AtomicFile {
  /// Writes a file beside its place and then renames it; `-` is standard output.
  ///
  /// What stood there before stays as it was if anything fails.
  static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

  /// Writes a file beside its place and then renames it; `-` is standard output.
  static func write(_ bytes: [UInt8], to path: String) throws {
    if path == "-" { return try Output.write(bytes) }
    do throws(SystemError) {
      try replace(destination(of: path), with: bytes)
    } catch {
      throw CommandError(.writeFailed, "\(path): cannot be written: \(error.reason)")
    }
  }

  /// Makes a folder, and those that it stands in, unless it is there.
  static func makeFolder(_ path: String) throws {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/" + part
      if mkdir(made, 0o777) == 0 || errno == EEXIST || errno == EISDIR { continue }
      throw CommandError(.writeFailed, "\(path): the folder cannot be made: \(SystemError.latest.reason)")
    }
    guard status(of: path).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true else {
      throw CommandError(.writeFailed, "\(path): the folder cannot be made: there is a file of that name")
    }
  }

  private static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    let before = status(of: path)
    // A device, a pipe or a folder must not be replaced by a file. Writing to a folder fails with the right reason.
    if let before, before.st_mode & S_IFMT != S_IFREG { return try overwrite(path, with: bytes) }
    let beside = "\(path).\(getpid()).tmp"
    do throws(SystemError) {
      try overwrite(beside, with: bytes, flags: O_CREAT | O_EXCL)
      if let before { chmod(beside, before.st_mode & 0o7777) }
      guard rename(beside, path) == 0 else { throw SystemError.latest }
    } catch {
      unlink(beside)
      throw error
    }
  }

  private static func overwrite(_ path: String, with bytes: [UInt8], flags: Int32 = 0) throws(SystemError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o666)
    guard descriptor >= 0 else { throw SystemError.latest }
    do throws(SystemError) {
      try bytes.writeAll(to: descriptor)
    } catch {
      close(descriptor)
      throw error
    }
    // Some file systems only notice now that the disk is full.
    guard close(descriptor) == 0 else { throw SystemError.latest }
  }

  /// Where a symbolic link leads, so that the link itself stays.
  private static func destination(of path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func status(of path: String) -> stat? {
    var status = stat()
    return stat(path, &status) == 0 ? status : nil
  }
}
