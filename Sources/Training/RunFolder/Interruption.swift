import Foundation
import Synchronization

/// Ctrl-C and SIGTERM as a flag that the training loop checks between steps; a second signal ends the program at once,
/// and with it the programs that it started.
public enum Interruption {
  /// From now on the first signal is noted instead of ending the program.
  ///
  /// - Parameter speaks: Whether the first signal is answered by a line on standard error.
  public static func watch(speaks: Bool = true) {
    answers.store(speaks, ordering: .sequentiallyConsistent)
    _ = answer.utf8CodeUnitCount
    // Globals are initialised on first use, which must not happen in the handler.
    received.store(0, ordering: .sequentiallyConsistent)
    // The parent process may have blocked them, which is inherited.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] {
      sigaddset(&signals, number)
      signal(number, handle)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Whether the user asked to stop.
  public static var isRequested: Bool { received.load(ordering: .sequentiallyConsistent) != 0 }

  /// The signal that asked; the program's exit code is 128 more.
  public static var signalNumber: Int32? {
    let number = received.load(ordering: .sequentiallyConsistent)
    return number == 0 ? nil : number
  }
}

extension Interruption {
  /// Remembers the process group of a program that was started, to be ended with this one.
  static func started(_ group: pid_t) { child.store(group, ordering: .sequentiallyConsistent) }

  /// Forgets a program that has ended.
  static func ended(_ group: pid_t) {
    _ = child.compareExchange(expected: group, desired: 0, ordering: .sequentiallyConsistent)
  }
}

private let received = Atomic<Int32>(0)
private let answers = Atomic<Bool>(false)
/// The latest program that was started, a reward for instance; 0 for none.
private let child = Atomic<pid_t>(0)
private let answer: StaticString =
  "\nstopping: the step under way is finished and saved; a second Ctrl-C ends at once, without saving it\n"

/// Only what POSIX allows in a signal handler: atomic numbers, `write`, `kill` and `_exit`.
private func handle(_ number: Int32) {
  let (isFirst, _) = received.compareExchange(expected: 0, desired: number, ordering: .sequentiallyConsistent)
  guard !isFirst else {
    if answers.load(ordering: .relaxed) { _ = write(STDERR_FILENO, answer.utf8Start, answer.utf8CodeUnitCount) }
    return
  }
  let group = child.load(ordering: .relaxed)
  if group > 0 { kill(-group, SIGKILL) }
  _exit(128 + number)
}
