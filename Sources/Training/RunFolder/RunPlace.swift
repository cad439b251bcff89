internal import Foundation

/// Notices that a run's folder was moved or removed while the run goes on: its open files go with it, and the others would begin a
/// second folder at the old place.
final class RunPlace {
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws(TrainingError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw RunFile.unwritable(path) }
  }

  deinit { close(descriptor) }

  /// Throws where another folder, or none, is at the path; says where it is now.
  func check() throws(TrainingError) {
    var (own, there) = (stat(), stat())
    guard fstat(descriptor, &own) == 0 else { return }
    if stat(path, &there) == 0, own.st_dev == there.st_dev, own.st_ino == there.st_ino { return }
    guard let now = whereItIs else {
      throw TrainingError(.writeFailed, "\(path): the run's folder was removed while it trained; begin it again")
    }
    throw TrainingError(
      .writeFailed,
      "\(path): the run's folder was moved to \(now) while it trained; --output \(now) --resume goes on from its last "
        + "checkpoint")
  }

  private var whereItIs: String? {
    #if canImport(Darwin)
      var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
      guard fcntl(descriptor, F_GETPATH, &bytes) == 0 else { return nil }
      let place = String(cString: bytes)
    #else
      let link = "/proc/self/fd/\(descriptor)"
      guard let place = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else { return nil }
    #endif
    return RunFile.isFolder(place) ? place : nil
  }
}
