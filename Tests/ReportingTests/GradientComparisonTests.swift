import Testing

@testable import Reporting

/// What `verify` says of two derivatives.
@Suite struct GradientComparisonTests {
  @Test(
    arguments: [
      (.nan, 1.0, 0.0), (.nan, .nan, .nan), (.infinity, .infinity, 0), (1, .nan, .nan), (1, .infinity, 0), (0, .nan, 0),
    ] as [(Double, Double, Double)])
  func nothingAgreesWithWhatIsNoNumber(gradient: Double, above: Double, below: Double) {
    let check = (derivative: (above - below) / 2e-5, above: above, below: below, step: 1e-5)
    let comparison = GradientComparison(gradient, check, value: 0)
    #expect(!comparison.agrees && !comparison.verdict.contains("agree."))
  }

  /// At a minimum the difference is what rounding and the third derivative leave; on a corner it is neither side's slope.
  @Test func aMinimumAgreesWithAGradientOf0AndACornerDoesNot() {
    let (step, rest) = (1e-5, 1e-19)
    let minimum = (derivative: rest / (2 * step), above: step * step + rest, below: step * step, step: step)
    #expect(GradientComparison(0, minimum, value: 0).agrees)
    let corner = (derivative: 0.0, above: step, below: step, step: step)
    #expect(!GradientComparison(1, corner, value: 0).agrees)
    #expect(!GradientComparison(1e-3, minimum, value: 0).agrees)
  }
}
