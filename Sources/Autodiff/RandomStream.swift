/// A stream of random numbers named by a seed, a purpose and up to two indices.
///
/// A draw depends only on the stream's name and on its number in the stream. So a what-if that draws more or fewer numbers in
/// one place leaves the draws everywhere else as they were, which a generator with one running state cannot do.
///
///     var stream = RandomStream(seed: 7, purpose: 1, 3)  // say, 1 = sampling, 3 = the sequence
///     let u = stream.uniform()
///
/// The generator is Philox4x32-10: J. Salmon, M. Moraes, R. Dror, D. Shaw, “Parallel random numbers: as easy as 1, 2, 3”,
/// SC 2011. Its counter is (block, purpose, a, b), its key the seed, low word first. One stream holds 2³³ numbers.
public struct RandomStream: Sendable {
  private var counter: SIMD4<UInt32>
  private let key: SIMD2<UInt32>
  private var second: UInt64?
  private var spareNormal: Double?

  /// Opens the stream at its first number.
  public init(seed: UInt64, purpose: UInt32, _ a: UInt32 = 0, _ b: UInt32 = 0) {
    counter = SIMD4(0, purpose, a, b)
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    if let second {
      self.second = nil
      return second
    }
    let block = Self.philox(counter, key: key)
    counter.x += 1
    second = UInt64(block.w) << 32 | UInt64(block.z)
    return UInt64(block.y) << 32 | UInt64(block.x)
  }

  /// The next number in `[0, 1)`, a multiple of 2⁻⁵³.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// The next number from the standard normal distribution.
  ///
  /// Marsaglia’s polar method; it makes two numbers at a time, and the second is kept for the next call.
  public mutating func normal() -> Double {
    if let spareNormal {
      self.spareNormal = nil
      return spareNormal
    }
    while true {
      let x = 2 * uniform() - 1
      let y = 2 * uniform() - 1
      let square = x * x + y * y
      if square > 0 && square < 1 {
        let scale = (-2 * Elementary.log(square) / square).squareRoot()
        spareNormal = y * scale
        return x * scale
      }
    }
  }

  /// The next whole number in `0..<n`, each equally likely.
  ///
  /// D. Lemire, “Fast random integer generation in an interval”, 2019: the high word of a product, rejecting the few low
  /// words that would favour some results.
  public mutating func below(_ n: Int) -> Int {
    precondition(n > 0, "below(n) needs a positive n")
    let n = UInt64(n)
    let threshold = (0 &- n) % n
    while true {
      let product = next().multipliedFullWidth(by: n)
      if product.low >= threshold { return Int(product.high) }
    }
  }

  /// The numbers `0..<n` in random order, every order equally likely (Fisher and Yates).
  public mutating func shuffled(_ n: Int) -> [Int] {
    var order = Array(0..<n)
    for i in stride(from: n - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
    return order
  }

  /// One block of four random words.
  static func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (c, k) = (counter, key)
    for _ in 0..<10 {
      let first = UInt64(0xd251_1f53) * UInt64(c.x)
      let second = UInt64(0xcd9e_8d57) * UInt64(c.z)
      c = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ c.y ^ k.x, UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ c.w ^ k.y, UInt32(truncatingIfNeeded: first))
      k = SIMD2(k.x &+ 0x9e37_79b9, k.y &+ 0xbb67_ae85)
    }
    return c
  }
}
