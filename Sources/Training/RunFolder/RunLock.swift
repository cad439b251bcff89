import Foundation

/// Keeps a second program from writing to a run; it ends with the program, however that ends.
public final class RunLock {
  private let descriptor: Int32

  /// Takes the run, or says that another program has it.
  public init(_ run: RunDirectory) throws(TrainingError) {
    let file = "\(run.path)/.lock"
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw RunFile.unwritable(file) }
    // Somebody who only looks, as `gradus runs` does, has the lock for less than these 200 ms.
    for _ in 0..<20 {
      guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
      // A file system without locks is no reason not to train.
      guard errno == EWOULDBLOCK else { return }
      usleep(10_000)
    }
    throw TrainingError(.usage, "\(run.path): another program is training this run; wait for its end or stop it")
  }

  deinit { close(descriptor) }

  /// Whether a program is training the run in a folder now.
  static func isHeld(_ folder: String) -> Bool {
    let descriptor = open("\(folder)/.lock", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    // Closing gives back the lock that was had for a moment.
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
