import Foundation
import Synchronization

/// Ctrl-C and SIGTERM as a flag that the training loop looks at between steps; the second one ends the program at once.
public enum Interruption {
  /// Begins to count signals instead of dying of them.
  public static func watch() {
    // Globals are made when first used, which must not be within the handler.
    received.store(0, ordering: .sequentiallyConsistent)
    // Whoever started the program may have blocked them, which is inherited.
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

private let received = Atomic<Int32>(0)

/// Only what POSIX allows in a signal handler: an atomic number, and `_exit`.
private func handle(_ number: Int32) {
  let (isFirst, _) = received.compareExchange(expected: 0, desired: number, ordering: .sequentiallyConsistent)
  if !isFirst { _exit(128 + number) }
}
