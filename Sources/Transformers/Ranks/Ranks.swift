#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Processes that train one model together, each with all of its weights and a share of every batch.
///
/// They run the same program on the same data. What one of them computes of its share, all of them get; so what they
/// decide afterwards, the loss and its metrics among it, is the same everywhere, and so are the weights after a step.
/// Every rank must call these functions in the same order.
public protocol Ranks: AnyObject, Sendable {
  /// This process's number, from 0.
  var rank: Int { get }
  var count: Int { get }
  /// How many processors this rank has to itself.
  var processors: Int { get }
  /// What each rank gave, in the order of their numbers.
  func exchange(_ bytes: [UInt8]) -> [[UInt8]]
  /// Begins to replace numbers by their sums over all ranks, which nobody may touch until `finishSums`.
  func beginSum(_ numbers: UnsafeMutableBufferPointer<Float>)
  /// Waits until all sums that were begun are there.
  func finishSums()
  /// Sets what is called from time to time while others are waited for, on any thread; nil calls nothing. It is told
  /// whether an exchange failed, after which there is no going on.
  func whileWaiting(_ body: (@Sendable (_ isBroken: Bool) -> Void)?)
  /// The end, once everything went well.
  func leave()
  /// Ends every rank, whatever it does just now, with this exit code.
  func abort(_ code: Int32)
}

/// The only rank there is.
public final class SingleRank: Ranks {
  public let rank = 0
  public let count = 1
  public var processors: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

  public init() {}

  public func exchange(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  public func beginSum(_ numbers: UnsafeMutableBufferPointer<Float>) {}
  public func finishSums() {}
  public func whileWaiting(_ body: (@Sendable (Bool) -> Void)?) {}
  public func leave() {}
  public func abort(_ code: Int32) {}
}

extension Ranks {
  /// Whether this is the rank that writes.
  public var isFirst: Bool { rank == 0 }

  /// Which of `count` things this rank does: neighbours, shared as evenly as can be.
  func share(of count: Int) -> Range<Int> { count * rank / self.count..<count * (rank + 1) / self.count }

  /// The numbers of all ranks behind each other.
  public func gather<Number: BitwiseCopyable>(_ own: [Number]) -> [Number] {
    if count == 1 { return own }
    return exchange(own.withUnsafeBytes { Array($0) }).flatMap { bytes in
      bytes.withUnsafeBytes { memory in
        // The bytes of a message need not lie where a number may.
        (0..<memory.count / MemoryLayout<Number>.stride).map {
          memory.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.stride, as: Number.self)
        }
      }
    }
  }
}
