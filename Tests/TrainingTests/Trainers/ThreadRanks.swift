import Dispatch
import Foundation
import Synchronization
import Transformers

/// Ranks that are threads of one process, so that a test needs nothing to start them with.
final class ThreadRanks: Ranks {
  /// Where they meet: what each of them brought, until all have taken it.
  private final class Table: @unchecked Sendable {
    private let condition = NSCondition()
    private var brought: [[UInt8]?]
    private var taken = 0

    init(_ count: Int) { brought = Array(repeating: nil, count: count) }

    func exchange(_ bytes: [UInt8], rank: Int) -> [[UInt8]] {
      condition.lock()
      defer { condition.unlock() }
      while brought[rank] != nil { condition.wait() }
      brought[rank] = bytes
      condition.broadcast()
      while brought.contains(where: { $0 == nil }) { condition.wait() }
      let all = brought.compactMap(\.self)
      taken += 1
      if taken == brought.count {
        (brought, taken) = (brought.map { _ in nil }, 0)
        condition.broadcast()
      } else {
        let round = generation
        while generation == round { condition.wait() }
        return all
      }
      generation += 1
      condition.broadcast()
      return all
    }

    private var generation = 0
  }

  let rank: Int
  let count: Int
  let processors = 1
  private let table: Table
  /// As with MPI, messages go one after the other while the program goes on.
  private let messages: DispatchQueue
  let sums = Atomic(0)

  private init(rank: Int, count: Int, _ table: Table) {
    (self.rank, self.count, self.table) = (rank, count, table)
    messages = DispatchQueue(label: "rank \(rank)")
  }

  func exchange(_ bytes: [UInt8]) -> [[UInt8]] { messages.sync { table.exchange(bytes, rank: rank) } }

  func beginSum(_ numbers: UnsafeMutableBufferPointer<Float>) {
    sums.add(1, ordering: .relaxed)
    nonisolated(unsafe) let numbers = numbers
    messages.async { [self] in
      let all = table.exchange(
        numbers.withMemoryRebound(to: UInt8.self) { _ in Array(UnsafeRawBufferPointer(numbers)) }, rank: rank)
      for i in numbers.indices {
        numbers[i] = all.reduce(0) { sum, bytes in
          sum + bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4 * i, as: Float.self) }
        }
      }
    }
  }

  func finishSums() { messages.sync {} }

  func whileWaiting(_ body: (@Sendable (Bool) -> Void)?) {}
  func leave() {}
  func abort(_ code: Int32) {}

  /// Runs a body on each of several ranks, and returns what each returned.
  static func run<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (ThreadRanks) throws -> Result
  ) throws -> [Result] {
    let table = Table(count)
    let results = Mutex([Int: Swift.Result<Result, any Error>]())
    let group = DispatchGroup()
    for rank in 0..<count {
      group.enter()
      let thread = Thread {
        let result = Swift.Result { try body(ThreadRanks(rank: rank, count: count, table)) }
        results.withLock { $0[rank] = result }
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    let all = results.withLock { $0 }
    return try (0..<count).compactMap { try all[$0]?.get() }
  }
}
