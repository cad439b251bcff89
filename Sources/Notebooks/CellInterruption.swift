import Debugging
import Foundation
import Synchronization

/// Stops the running cell, from another thread.
///
/// A script gets the signal that Ctrl-C sends, and some seconds to save its work. A command of the debugger cannot be
/// stopped: it goes on in the background, and its result is dropped.
public final class CellInterruption: Sendable {
  static let message = "the cell was interrupted"

  private static let (none, once, forGood) = (UInt8(0), UInt8(1), UInt8(2))
  private let state = Atomic(none)

  public init() {}

  /// Stops the running cell, if there is one.
  ///
  /// - Parameter forGood: Whether no other cell may run, either.
  public func request(forGood: Bool = false) {
    // A request for good is never taken back.
    if forGood {
      state.store(Self.forGood, ordering: .sequentiallyConsistent)
    } else {
      _ = state.compareExchange(expected: Self.none, desired: Self.once, ordering: .sequentiallyConsistent)
    }
  }

  var isRequested: Bool { state.load(ordering: .sequentiallyConsistent) != Self.none }

  /// Whether nothing may be waited for any more.
  var isForGood: Bool { state.load(ordering: .sequentiallyConsistent) == Self.forGood }

  /// Begins a cell, which earlier requests do not concern.
  func begin() {
    _ = state.compareExchange(expected: Self.once, desired: Self.none, ordering: .sequentiallyConsistent)
  }

  /// Runs a command of the debugger on a thread of its own; nil if it was interrupted.
  func run(_ command: String, in session: Session) -> (Reply, Session)? {
    let work = Work(session)
    let thread = Thread { work.run(command) }
    // As much stack as the main thread has: expressions and files may be nested deeply.
    thread.stackSize = 8 << 20
    thread.start()
    while work.end.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
      if isRequested { return nil }
    }
    return work.reply.map { ($0, work.session) }
  }

  /// Used by one thread until `end` is signalled, and then by the other.
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
