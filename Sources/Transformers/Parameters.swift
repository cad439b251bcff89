/// Numbers of a model in one array, in the order of a `ParameterLayout`: weights, a gradient, or an optimizer's moments.
///
/// A class with memory of its own, so that threads may read and write disjoint parts of it.
public final class Parameters: @unchecked Sendable {
  public let count: Int
  public let values: UnsafeMutablePointer<Float>

  /// All zero.
  public init(count: Int) {
    self.count = count
    values = FloatMemory.allocate(count)
  }

  public convenience init(copying other: Parameters) {
    self.init(count: other.count)
    values.update(from: other.values, count: count)
  }

  deinit { FloatMemory.free(values, count) }

  /// Sets all numbers to 0.
  public func clear() { if !FloatMemory.release(values, 4 * count) { values.update(repeating: 0, count: count) } }

  /// Sets all numbers of a large array to 0, which then takes no memory until it is written again.
  public func release() { _ = FloatMemory.release(values, 4 * count) }

  public subscript(range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return UnsafeMutableBufferPointer(start: values + range.lowerBound, count: range.count)
  }

  /// FNV-1a over the bits of all numbers: different weights practically never share it.
  public var checksum: UInt64 { Self.checksum(UnsafeRawPointer(values), words: count) }

  /// The same over the 32-bit words in some memory, after what went before.
  static func checksum(
    _ memory: UnsafeRawPointer, words: Int, after start: UInt64 = 0xcbf2_9ce4_8422_2325
  ) -> UInt64 {
    let words = UnsafeBufferPointer(start: memory.assumingMemoryBound(to: UInt32.self), count: words)
    return words.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  public func hasSameBits(as other: Parameters) -> Bool {
    guard count == other.count else { return false }
    return (0..<count).allSatisfy { values[$0].bitPattern == other.values[$0].bitPattern }
  }
}
