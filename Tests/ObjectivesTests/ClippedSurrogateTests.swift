import Autodiff
import Objectives
import Testing

@Suite struct ClippedSurrogateTests {
  private func objective(
    ratio: Double, advantage: Double, low: Double = 0.2, high: Double = 0.2, dualClip: Double? = nil
  ) -> (value: Double, gradient: Double) {
    let tape = Tape()
    let r = tape.leaf(ratio)
    let result = clippedSurrogate(
      0, 0, ratio: r, advantage: tape.constant(advantage),
      range: ClipRange(Constant(1 - low), Constant(1 + high)), dualClip: dualClip.map { Constant($0) },
      observer: Unobserved(tape: tape))
    return (result.value, tape.gradient(of: result)[r])
  }

  /// Ratio low, inside, high, by advantage positive, negative: only two of the six have no gradient.
  @Test(arguments: [
    (0.5, 1.0, 0.5, 1.0), (1.1, 1.0, 1.1, 1.0), (1.5, 1.0, 1.2, 0.0),
    (0.5, -1.0, -0.8, 0.0), (1.1, -1.0, -1.1, -1.0), (1.5, -1.0, -1.5, -1.0),
    (1.2, 1.0, 1.2, 1.0), (0.8, -1.0, -0.8, -1.0), (1.5, 0.0, 0.0, 0.0),
  ])
  func quadrants(ratio: Double, advantage: Double, value: Double, gradient: Double) {
    let result = objective(ratio: ratio, advantage: advantage)
    #expect(result.value == value)
    #expect(result.gradient == gradient)
  }

  @Test func theUpperSideMayBeWider() {
    #expect(objective(ratio: 1.25, advantage: 1, high: 0.28).gradient == 1)
    #expect(objective(ratio: 1.3, advantage: 1, high: 0.28).value == 1.28)
  }

  @Test func theDualClipIsAFloorUnderNegativeAdvantages() {
    #expect(objective(ratio: 10, advantage: -1, dualClip: 3) == (-3, 0))
    #expect(objective(ratio: 2, advantage: -1, dualClip: 3) == (-2, -1))
    #expect(objective(ratio: 10, advantage: 1, dualClip: 3).value == 1.2)
  }

  @Test func theLogRatioMayBeClamped() {
    let tape = Tape()
    let logp = tape.leaf(0)
    let ratio = importanceRatio(
      0, 0, logp: logp, oldLogp: tape.leaf(-30), clamp: ClipRange(Constant(-20), Constant(20)),
      observer: Unobserved(tape: tape))
    #expect(ratio.value == Elementary.exp(20))
    #expect(tape.gradient(of: ratio)[logp] == 0)
  }

  @Test(arguments: [
    // value, old value, return, clip range, counted error, gradient
    (1.0, 0.0, 2.0, 0.2, 3.24, 0.0), (1.0, 0.0, 0.5, 0.2, 0.25, 1.0), (0.1, 0.0, 2.0, 0.2, 3.61, -3.8),
  ])
  func theLargerValueErrorCounts(
    value: Double, old: Double, returns: Double, range: Double, error: Double, gradient: Double
  ) {
    let tape = Tape()
    let v = tape.leaf(value)
    let counted = valueObjective(
      0, 0, value: v, oldValue: tape.leaf(old), returns: tape.leaf(returns), cliprange: Constant(range),
      observer: Unobserved(tape: tape))
    #expect(abs(counted.value - error) < 1e-12)
    #expect(abs(tape.gradient(of: counted)[v] - gradient) < 1e-12)
  }
}
