import Foundation

/// Files that are there whole or not at all.
public enum AtomicFile {
  /// Writes a file beside its place and then renames it.
  ///
  /// If anything fails, what stood there before stays as it was.
  public static func write(_ text: String, to path: String) throws(FileError) { try write(Array(text.utf8), to: path) }

  /// Writes a file beside its place and then renames it.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    do throws(SystemError) {
      try replace(destination(of: path)) { descriptor throws(SystemError) in try bytes.writeAll(to: descriptor) }
    } catch {
      throw FileError(path, "cannot be written: \(error.reason)")
    }
  }

  /// Writes one part after the other, without joining them in memory first.
  public static func write(parts: [UnsafeRawBufferPointer], to path: String) throws(FileError) {
    do throws(SystemError) {
      try replace(destination(of: path)) { descriptor throws(SystemError) in
        for part in parts { try part.writeAll(to: descriptor) }
      }
    } catch {
      throw FileError(path, "cannot be written: \(error.reason)")
    }
  }

  /// Makes a folder, and those that it stands in, unless it is there.
  public static func makeFolder(_ path: String) throws(FileError) {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      made += made.isEmpty && !path.hasPrefix("/") ? String(part) : "/" + part
      if mkdir(made, 0o777) == 0 || errno == EEXIST || errno == EISDIR { continue }
      throw FileError(path, "the folder cannot be made: \(SystemError.latest.reason)")
    }
    guard status(of: path).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true else {
      throw FileError(path, "the folder cannot be made: there is a file of that name")
    }
  }

  private typealias Writing = (_ descriptor: Int32) throws(SystemError) -> Void

  private static func replace(_ path: String, _ write: Writing) throws(SystemError) {
    let before = status(of: path)
    // A device, a pipe or a folder must not be replaced by a file. Writing to a folder fails with the right reason.
    if let before, before.st_mode & S_IFMT != S_IFREG { return try overwrite(path, write) }
    let beside = "\(path).\(getpid()).tmp"
    do throws(SystemError) {
      try overwrite(beside, flags: O_CREAT | O_EXCL, write)
      if let before { chmod(beside, before.st_mode & 0o7777) }
      guard rename(beside, path) == 0 else { throw SystemError.latest }
    } catch {
      unlink(beside)
      throw error
    }
  }

  private static func overwrite(_ path: String, flags: Int32 = 0, _ write: Writing) throws(SystemError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o666)
    guard descriptor >= 0 else { throw SystemError.latest }
    do throws(SystemError) {
      try write(descriptor)
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
