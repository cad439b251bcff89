import Autodiff
import Foundation
import Testing

@Suite struct ElementaryTests {
  /// The number of representable doubles between two finite ones.
  private func ulps(_ a: Double, _ b: Double) -> Int64 {
    func ordered(_ x: Double) -> Int64 {
      let bits = Int64(bitPattern: x.bitPattern)
      return bits < 0 ? .min - bits : bits
    }
    return abs(ordered(a) - ordered(b))
  }

  /// The largest distance over `count` points, and where it is.
  private func worst(
    _ count: Int, _ ours: (Double) -> Double, _ theirs: (Double) -> Double, at point: (inout RandomStream) -> Double
  ) -> (ulps: Int64, x: Double) {
    var stream = RandomStream(seed: 1, purpose: 0)
    var worst: (ulps: Int64, x: Double) = (0, 0)
    for _ in 0..<count {
      let x = point(&stream)
      let distance = ulps(ours(x), theirs(x))
      if distance > worst.ulps { worst = (distance, x) }
    }
    return worst
  }

  @Test(arguments: [(-745.2, 709.8), (-40, 40), (-1, 1), (-0.35, 0.35), (-745.2, -707), (-1e-8, 1e-8)])
  func exponentialIsWithinOneUlp(low: Double, high: Double) {
    let worst = worst(400_000, Elementary.exp, Foundation.exp) { low + (high - low) * $0.uniform() }
    #expect(worst.ulps <= 1, "at \(worst.x)")
  }

  @Test(arguments: [(0, 1), (0.5, 2), (0.99, 1.01), (0, 1e6), (0, 1e-307)])
  func logarithmIsWithinOneUlp(low: Double, high: Double) {
    let worst = worst(400_000, Elementary.log, Foundation.log) { low + (high - low) * $0.uniform() }
    #expect(worst.ulps <= 1, "at \(worst.x)")
  }

  @Test func logarithmIsWithinOneUlpForEveryExponent() {
    let worst = worst(1_000_000, Elementary.log, Foundation.log) {
      Double(bitPattern: $0.next() % Double.infinity.bitPattern)
    }
    #expect(worst.ulps <= 1, "at \(worst.x)")
  }

  @Test(arguments: [(-1, 1), (-0.3, 0.5), (-1e-3, 1e-3), (0, 1e20), (-1, -0.999)])
  func logarithmOfOnePlusIsWithinOneUlp(low: Double, high: Double) {
    let worst = worst(400_000, Elementary.log1p, Foundation.log1p) { low + (high - low) * $0.uniform() }
    #expect(worst.ulps <= 1, "at \(worst.x)")
  }

  @Test(arguments: [(-1, 1), (-1e-3, 1e-3), (-1e-9, 1e-9), (-40, 40)])
  func exponentialMinusOneLosesNoDigits(low: Double, high: Double) {
    let worst = worst(400_000, Elementary.expm1, Foundation.expm1) { low + (high - low) * $0.uniform() }
    #expect(worst.ulps <= 4, "at \(worst.x)")
  }

  /// `log(1 − e^x)` against the series `log(−x) + x/2 + x²/24` near 0, and the plain form far from it.
  @Test func logOfOneMinusExponentialLosesNoDigits() {
    var stream = RandomStream(seed: 1, purpose: 0)
    for _ in 0..<100_000 {
      let small = -Foundation.exp(-20 - 600 * stream.uniform())
      let series = Foundation.log(-small) + small / 2
      #expect(abs(Elementary.log1mexp(small) - series) <= 1e-15 * abs(series), "seed 1, at \(small)")
      let large = -1 - 700 * stream.uniform()
      let plain = Foundation.log1p(-Foundation.exp(large))
      #expect(abs(Elementary.log1mexp(large) - plain) <= 1e-15 * abs(plain), "seed 1, at \(large)")
    }
    // On both sides of −ln 2 the value is log ½.
    for x in [-0.693147180559945, -0.693147180559946] {
      #expect(abs(Elementary.log1mexp(x) + 0.6931471805599453) < 2e-15)
    }
  }

  @Test(
    arguments: [
      (0, 1), (-0.0, 1), (.infinity, .infinity), (-.infinity, 0), (710, .infinity), (-746, 0), (1e300, .infinity),
      (-745, .leastNonzeroMagnitude), (.leastNonzeroMagnitude, 1), (709.782712893384, 1.7976931348622732e308),
      (1, 2.7182818284590455),
    ] as [(Double, Double)])
  func exponentialAtTheEdges(x: Double, expected: Double) { #expect(Elementary.exp(x) == expected) }

  @Test(
    arguments: [
      (0, -.infinity), (-0.0, -.infinity), (1, 0), (.infinity, .infinity), (.leastNonzeroMagnitude, -744.4400719213812),
      (.greatestFiniteMagnitude, 709.782712893384), (2, 0.6931471805599453),
    ] as [(Double, Double)])
  func logarithmAtTheEdges(x: Double, expected: Double) { #expect(Elementary.log(x) == expected) }

  @Test(
    arguments: [
      (0, 0), (-1, -.infinity), (.infinity, .infinity), (1e-300, 1e-300),
      (.leastNonzeroMagnitude, .leastNonzeroMagnitude), (1, 0.6931471805599453),
    ] as [(Double, Double)])
  func logarithmOfOnePlusAtTheEdges(x: Double, expected: Double) { #expect(Elementary.log1p(x) == expected) }

  @Test func notANumberHasOneBitPattern() {
    let negativeWithPayload = Double(bitPattern: 0xfff8_0000_0000_0123)
    let results = [
      Elementary.exp(negativeWithPayload), Elementary.log(negativeWithPayload), Elementary.log1p(negativeWithPayload),
      Elementary.log(-1), Elementary.log(-.infinity), Elementary.log1p(-1.5),
    ]
    for result in results { #expect(result.bitPattern == Double.nan.bitPattern) }
  }

  @Test func signOfZeroIsKept() { #expect(Elementary.log1p(-0.0).sign == .minus) }
}
