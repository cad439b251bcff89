import Foundation

/// Keeps a second program from writing to a run; it is released when the program ends, however that happens.
public final class RunLock {
  private let descriptor: Int32

  /// Takes the run, or says that another program has it.
  public init(_ run: RunDirectory) throws(TrainingError) {
    let file = "\(run.path)/.lock"
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw RunFile.unwritable(file) }
    // A program that only looks, such as `gradus runs`, holds the lock for less than these 200 ms.
    for _ in 0..<20 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        sign()
        return
      }
      // A file system without locks is no reason not to train.
      guard errno == EWOULDBLOCK else { return }
      usleep(10_000)
    }
    throw Self.taken(run.path)
  }

  deinit { close(descriptor) }

  /// Writes who has the run, for whom it is refused to; that the run goes on does not depend on it.
  private func sign() {
    _ = ftruncate(descriptor, 0)
    try? RunFile.append(Array("process \(getpid()) on \(HostName.own)".utf8), to: descriptor, "")
  }

  /// What is said of a run that another program is training.
  static func taken(_ folder: String) -> TrainingError {
    let signature = (try? RunFile.read("\(folder)/.lock")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let other = signature.isEmpty ? "another program" : signature
    return TrainingError(.usage, "\(folder): \(other) is training this run; wait for its end or stop it")
  }

  /// Whether a program is training the run in a folder now.
  static func isHeld(_ folder: String) -> Bool {
    let descriptor = open("\(folder)/.lock", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    // Closing releases the lock, which was held for a moment.
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
