import Foundation

/// Keeps a second program from writing to a run; it ends with the program, however that ends.
public final class RunLock {
  private let descriptor: Int32

  /// Takes the run, or says that another program has it.
  public init(_ run: RunDirectory) throws(TrainingError) {
    let file = "\(run.path)/.lock"
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw RunFile.unwritable(file) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
    // A file system without locks is no reason not to train.
    guard errno == EWOULDBLOCK else { return }
    throw TrainingError(.usage, "\(run.path): another program is training this run; wait for its end or stop it")
  }

  deinit { close(descriptor) }
}
