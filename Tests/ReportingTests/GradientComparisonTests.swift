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
}
