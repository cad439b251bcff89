#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Processes that train one model together, each with all of its weights and a share of every batch.
///
/// They run the same program on the same data. What one computes for its share, all of them receive; so the loss, its metrics
/// and every decision are the same everywhere, and so are the weights after a step. Every rank must call these functions in
/// the same order.
public protocol Ranks: AnyObject, Sendable {
  /// This process's number, from 0.
  var rank: Int { get }
  var count: Int { get }
  /// The number of processors that this rank has to itself.
  var processors: Int { get }
  /// Gives these bytes to all ranks, and returns what each gave, in the order of their numbers.
  func exchange(_ bytes: [UInt8]) -> [[UInt8]]
  /// Begins to replace numbers by their sums over all ranks; they must not be touched until `finishSums`.
  func beginSum(_ numbers: UnsafeMutableBufferPointer<Float>)
  /// Waits until all sums that were begun are complete.
  func finishSums()
  /// Sets what is called from time to time, on any thread, while this rank waits for others; nil calls nothing. It is told
  /// whether an exchange failed, after which the run cannot continue.
  func whileWaiting(_ body: (@Sendable (_ isBroken: Bool) -> Void)?)
  /// Leaves in good order, at the end of the run.
  func leave()
  /// Ends every rank, whatever it is doing, with this exit code.
  func abort(_ code: Int32)
}

#if hasFeature(Embedded)
  /// A page trains by itself; and Embedded Swift calls no generic function on `any Ranks`.
  public typealias SharedRanks = SingleRank
#else
  public typealias SharedRanks = any Ranks
#endif

/// The only rank there is.
public final class SingleRank: Ranks {
  public let rank = 0
  public let count = 1
  public var processors: Int {
    #if canImport(Glibc) || canImport(Darwin)
      sysconf(Int32(_SC_NPROCESSORS_ONLN))
    #else
      1
    #endif
  }

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

  /// The numbers of all ranks, one rank after the other.
  public func gather<Number: BitwiseCopyable>(_ own: [Number]) -> [Number] {
    if count == 1 { return own }
    return exchange(own.withUnsafeBytes { Array($0) }).flatMap { bytes in
      bytes.withUnsafeBytes { memory in
        // The bytes of a message need not be aligned for numbers.
        (0..<memory.count / MemoryLayout<Number>.stride).map {
          memory.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.stride, as: Number.self)
        }
      }
    }
  }
}
