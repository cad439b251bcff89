import Debugging
import Foundation
import Synchronization

/// Stops the cell that runs, from another thread.
///
/// A script gets the signal that Ctrl-C sends, and some seconds to save what it has. A command of the debugger cannot be
/// stopped: it goes on beside the program, and nobody waits for what it gives.
public final class CellInterruption: Sendable {
  static let message = "the cell was interrupted"

  private static let (none, once, forGood) = (UInt8(0), UInt8(1), UInt8(2))
  private let state = Atomic(none)

  public init() {}

  /// Stops the cell that runs; without one, nothing happens.
  ///
  /// - Parameter forGood: Whether no other cell is to run, either.
  public func request(forGood: Bool = false) {
    // What is for good stays so.
    if forGood {
      state.store(Self.forGood, ordering: .sequentiallyConsistent)
    } else {
      _ = state.compareExchange(expected: Self.none, desired: Self.once, ordering: .sequentiallyConsistent)
    }
  }

  var isRequested: Bool { state.load(ordering: .sequentiallyConsistent) != Self.none }

  /// Whether nothing is to be waited for.
  var isForGood: Bool { state.load(ordering: .sequentiallyConsistent) == Self.forGood }

  /// A cell begins: what was requested before does not concern it.
  func begin() {
    _ = state.compareExchange(expected: Self.once, desired: Self.none, ordering: .sequentiallyConsistent)
  }

  /// Runs a command of the debugger on a thread of its own; nil if that takes longer than anybody wants to wait.
  func run(_ command: String, in session: Session) -> (Reply, Session)? {
    let work = Work(session)
    let thread = Thread { work.run(command) }
    // As much as the main thread has: expressions and files may be nested deeply.
    thread.stackSize = 8 << 20
    thread.start()
    while work.end.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
      if isRequested { return nil }
    }
    return work.reply.map { ($0, work.session) }
  }

  /// Belongs to one thread until `end` is signalled, and then to the other.
  private final class Work: @unchecked Sendable {
    var session: Session
    var reply: Reply?
    let end = DispatchSemaphore(value: 0)

    init(_ session: Session) { self.session = session }

    func run(_ command: String) {
      reply = session.run(command)
      end.signal()
    }
  }
}
