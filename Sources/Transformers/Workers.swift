internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Threads that share the work of one model. What they compute does not depend on how many they are: tasks are cut the
/// same way for any number, and no two tasks add to the same number.
public struct Workers: Sendable {
  public let count: Int

  public init(_ count: Int) { self.count = max(1, count) }

  /// One per core.
  public static var all: Workers { Workers(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Runs every task once; whoever is free takes the next. `worker` is below `count`, for memory of a worker's own.
  func run(_ tasks: Int, _ body: @Sendable (_ task: Int, _ worker: Int) -> Void) {
    if count == 1 || tasks <= 1 {
      for task in 0..<tasks { body(task, 0) }
      return
    }
    let queue = TaskCounter()
    DispatchQueue.concurrentPerform(iterations: min(count, tasks)) { worker in
      while true {
        let task = queue.next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard task < tasks else { return }
        body(task, worker)
      }
    }
  }
}

private final class TaskCounter: Sendable {
  let next = Atomic<Int>(0)
}
