import Testing

@testable import Objectives

/// `torch.quantile` of single-precision numbers.
@Suite struct EntropyQuantileTests {
  @Test(arguments: [(0.0, 1.0), (0.25, 1.75), (0.5, 2.5), (1, 4)])
  func isInterpolated(quantile: Double, expected: Double) {
    #expect(singleQuantile([4, 1, 3, 2], quantile) == expected)
  }

  @Test func anElementIsRoundedToSinglePrecision() {
    #expect(singleQuantile([0.3, 0.1, 0.2], 0.5) == Double(Float(0.2)))
  }
}
