import Autodiff
import Objectives
import Testing

/// Values and gradients of the estimators, by enumeration over three tokens.
@Suite struct KLEstimatorTests {
  static let logits = [0.4, -0.3, 1.1]
  static let reference = [-0.2, 0.5, 0.1]

  private func logp(_ logits: [Scalar]) -> [Scalar] {
    let normalizer = logits[0].tape.logSumExp(logits)
    return logits.map { $0 - normalizer }
  }

  /// `Σ π(y) f(y)` and the expected gradient `Σ π(y) ∇ f(y)` under samples from π.
  private func expectation(_ estimator: KLEstimator) -> (value: Double, gradient: [Double]) {
    let tape = Tape()
    let logits = Self.logits.map(tape.leaf)
    let p = logp(logits)
    let q = logp(Self.reference.map(tape.leaf))
    let weighted = p.indices.map { stopGradient(exp(p[$0])) * estimator(logp: p[$0], reference: q[$0]) }
    let expected = tape.sum(weighted)
    let gradient = tape.gradient(of: expected)
    return (expected.value, logits.map { gradient[$0] })
  }

  /// `KL(π ‖ ref)` and `KL(ref ‖ π)` with their gradients by π's logits.
  private func exact(isForward: Bool) -> (value: Double, gradient: [Double]) {
    let tape = Tape()
    let logits = Self.logits.map(tape.leaf)
    let p = logp(logits)
    let q = logp(Self.reference.map(tape.leaf))
    let kl = isForward ? exactKL(q, p) : exactKL(p, q)
    let gradient = tape.gradient(of: kl)
    return (kl.value, logits.map { gradient[$0] })
  }

  private func isClose(_ a: [Double], _ b: [Double]) -> Bool { zip(a, b).allSatisfy { abs($0 - $1) < 1e-14 } }

  @Test func k1AndK3AreUnbiasedAndK2IsNot() {
    let kl = exact(isForward: false).value
    #expect(abs(expectation(.k1).value - kl) < 1e-14)
    #expect(abs(expectation(.k3).value - kl) < 1e-14)
    #expect(abs(expectation(.k2).value - kl) > 0.01)
  }

  @Test func inALossK1HasNoGradientOnAverage() { #expect(isClose(expectation(.k1).gradient, [0, 0, 0])) }

  @Test func inALossK2HasTheGradientOfTheReverseKL() {
    #expect(isClose(expectation(.k2).gradient, exact(isForward: false).gradient))
  }

  @Test func inALossK3HasTheGradientOfTheForwardKL() {
    #expect(isClose(expectation(.k3).gradient, exact(isForward: true).gradient))
    #expect(!isClose(expectation(.k3).gradient, exact(isForward: false).gradient))
  }

  @Test func k1CanBeNegativeAndK3CanNot() {
    let tape = Tape()
    let (p, q) = (tape.leaf(-2), tape.leaf(-1))
    #expect(KLEstimator.k1(logp: p, reference: q).value == -1)
    #expect(KLEstimator.k2(logp: p, reference: q).value == 0.5)
    #expect(abs(KLEstimator.k3(logp: p, reference: q).value - (Elementary.exp(1) - 2)) < 1e-15)
  }

  @Test(arguments: [(6.0, 0.1), (60.0, 0.11), (0.0, 0.09), (6.6, 0.105)])
  func adaptiveCoefficientFollowsTheTarget(kl: Double, expected: Double) {
    let tape = Tape()
    let next = adaptedKLCoefficient(
      tape.leaf(0.1), kl: tape.leaf(kl), target: Constant(6), horizon: Constant(10), responses: 5)
    #expect(abs(next.value - expected) < 1e-15)
  }
}
