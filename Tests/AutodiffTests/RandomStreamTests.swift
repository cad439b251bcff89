import Testing

@testable import Autodiff

@Suite struct RandomStreamTests {
  /// Random123’s `kat_vectors`: counter, key, block.
  @Test(
    arguments: [
      (SIMD4(0, 0, 0, 0), SIMD2(0, 0), SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
      (
        SIMD4(repeating: 0xffff_ffff), SIMD2(repeating: 0xffff_ffff),
        SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
        SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ] as [(SIMD4<UInt32>, SIMD2<UInt32>, SIMD4<UInt32>)])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, block: SIMD4<UInt32>) {
    #expect(RandomStream.philox(counter, key: key) == block)
  }

  @Test func wordsComeInTheBlocksOrder() {
    var stream = RandomStream(seed: 0, purpose: 0)
    #expect(stream.next() == 0xe169_c58d_6627_e8d5)
    #expect(stream.next() == 0x9b00_dbd8_bc57_ac4c)
    let block = RandomStream.philox(SIMD4(1, 0, 0, 0), key: SIMD2(0, 0))
    #expect(stream.next() == UInt64(block.y) << 32 | UInt64(block.x))
  }

  @Test func everyPartOfTheNameMatters() {
    var streams = [
      RandomStream(seed: 1, purpose: 2, 3, 4), RandomStream(seed: 0, purpose: 2, 3, 4),
      RandomStream(seed: 1 << 32, purpose: 2, 3, 4), RandomStream(seed: 1, purpose: 0, 3, 4),
      RandomStream(seed: 1, purpose: 2, 0, 4), RandomStream(seed: 1, purpose: 2, 3, 0),
    ]
    #expect(Set(streams.indices.map { streams[$0].next() }).count == streams.count)
  }

  @Test func uniformIsInTheUnitIntervalAndEven() {
    var stream = RandomStream(seed: 5, purpose: 0)
    let draws = (0..<100_000).map { _ in stream.uniform() }
    #expect(draws.allSatisfy { (0..<1).contains($0) })
    #expect(abs(draws.reduce(0, +) / 100_000 - 0.5) < 0.005)
  }

  @Test func normalHasUnitVariance() {
    var stream = RandomStream(seed: 5, purpose: 0)
    let draws = (0..<100_000).map { _ in stream.normal() }
    let mean = draws.reduce(0, +) / 100_000
    let variance = draws.reduce(0) { $0 + $1 * $1 } / 100_000
    let fourth = draws.reduce(0) { $0 + $1 * $1 * $1 * $1 } / 100_000
    #expect(abs(mean) < 0.015 && abs(variance - 1) < 0.02 && abs(fourth - 3) < 0.15)
  }

  @Test(arguments: [1, 2, 3, 7, 100])
  func belowIsEven(n: Int) {
    var stream = RandomStream(seed: 9, purpose: 0)
    var counts = [Int](repeating: 0, count: n)
    for _ in 0..<(n * 2000) { counts[stream.below(n)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 2000) < 250 })
  }

  @Test(arguments: [0, 1, 2, 50])
  func shuffledIsAPermutation(n: Int) {
    var stream = RandomStream(seed: 3, purpose: 0)
    #expect(stream.shuffled(n).sorted() == Array(0..<n))
  }

  @Test func everyOrderIsEquallyLikely() {
    var stream = RandomStream(seed: 3, purpose: 0)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<12_000 { counts[stream.shuffled(3), default: 0] += 1 }
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 2000) < 250 })
  }

  /// The same bits on every platform: these were computed once and must never change.
  @Test func drawsAreFixedForAllTime() {
    var stream = RandomStream(seed: 42, purpose: 1, 2, 3)
    #expect(stream.uniform().bitPattern == 4_602_177_598_107_459_854)
    #expect(stream.normal().bitPattern == 4_600_871_848_955_234_402)
    #expect(stream.normal().bitPattern == 4_599_897_390_504_537_682)
    #expect(stream.below(1000) == 247)
    #expect(stream.shuffled(5) == [4, 3, 2, 0, 1])
  }
}
