#if !hasFeature(Embedded)
  internal import Dispatch
  internal import Synchronization
#endif

/// The threads that share the work of one model. Results do not depend on how many there are: work is cut into the same
/// tasks for any number of threads, and no two tasks add to the same number.
///
/// Where several processes train a model, each has its own threads, and all `ranks` share the batches: sums of their
/// gradients are the same up to rounding. A web page has one thread and one process.
public struct Workers: Sendable {
  public let count: Int
  public let ranks: SharedRanks

  public init(_ count: Int, ranks: SharedRanks = SingleRank()) {
    self.count = max(1, count)
    self.ranks = ranks
  }

  /// The calling thread alone.
  static let one = Workers(1)

  /// One per core.
  public static var all: Workers { Workers(SingleRank().processors) }

  /// Runs every task once, on whichever thread is free. `worker` is below `count`, to choose memory of the worker's own.
  func run(_ tasks: Int, _ body: @Sendable (_ task: Int, _ worker: Int) -> Void) {
    if count == 1 || tasks <= 1 {
      for task in 0..<tasks { body(task, 0) }
      return
    }
    #if !hasFeature(Embedded)
      let queue = TaskCounter()
      DispatchQueue.concurrentPerform(iterations: min(count, tasks)) { worker in
        while true {
          let task = queue.next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard task < tasks else { return }
          body(task, worker)
        }
      }
    #endif
  }
}

#if !hasFeature(Embedded)
  private final class TaskCounter: Sendable {
    let next = Atomic<Int>(0)
  }
#endif
